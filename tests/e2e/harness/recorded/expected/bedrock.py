"""Bedrock's Converse format; streams are taken apart by botocore's own reader."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer

from ..files import Exchange
from ..said import Embedded, Failed, Said, Tokens, arguments, rounded
from . import errors

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    answer = exchange.json
    if exchange.status >= 400:
        # Bedrock says 400 of a model that it does not know, where OpenAI says 404.
        unknown = answer["message"] == "The provided model identifier is invalid."
        return errors.failed(404 if unknown else exchange.status, answer["message"])
    blocks = answer["output"]["message"]["content"]
    return said(blocks, answer["stopReason"], answer["usage"])


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    blocks: dict[int, dict[str, Any]] = {}
    usage: dict[str, Any] = {}
    reason = ""
    for event, payload in frames(exchange.body):
        block = blocks.setdefault(payload.get("contentBlockIndex", -1), {})
        match event:
            case "contentBlockStart":
                block |= payload["start"]
            case "contentBlockDelta":
                add(block, payload["delta"])
            case "messageStop":
                reason = payload["stopReason"]
            case "metadata":
                usage = payload["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = arguments(block["toolUse"].get("input"))
    return said(list(blocks.values()), reason, usage)


def frames(body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    for message in buffer:
        yield message.headers[":event-type"], json.loads(message.payload)


def add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    """The non-streamed form holds reasoning one level deeper."""
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    if call := delta.get("toolUse"):
        block["toolUse"]["input"] = block["toolUse"].get("input", "") + call["input"]
    if thought := delta.get("reasoningContent"):
        held = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
        for name, value in thought.items():
            held[name] = held.get(name, "") + value


def said(blocks: list[dict[str, Any]], reason: str, usage: dict[str, Any]) -> Said:
    thoughts = [b["reasoningContent"]["reasoningText"] for b in blocks if "reasoningContent" in b]
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    return Said(
        text="".join(block.get("text", "") for block in blocks),
        reasoning="".join(thought.get("text", "") for thought in thoughts),
        signatures=[thought["signature"] for thought in thoughts if thought.get("signature")],
        calls=[(call["name"], call["input"]) for call in calls],
        finish=FINISH[reason],
        tokens=tokens(usage),
    )


def tokens(usage: dict[str, Any]) -> Tokens:
    cached = usage.get("cacheReadInputTokens", 0)
    written = usage.get("cacheWriteInputTokens", 0)
    return Tokens(
        prompt=usage["inputTokens"] + cached + written,
        completion=usage["outputTokens"],
        cached=cached,
        cache_write=written,
    )


def embedded(exchange: Exchange) -> Embedded:
    """Titan's."""
    answer = exchange.json
    return Embedded([rounded(answer["embedding"])], answer["inputTextTokenCount"])
