"""Anthropic's Messages format."""

from typing import Any

from ..files import Exchange
from ..said import Failed, Said, Tokens, arguments
from . import errors
from .openai import events

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "pause_turn": "stop",
}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    answer = exchange.json
    if exchange.status >= 400:
        return errors.failed(exchange.status, answer["error"]["message"])
    return said(answer["content"], answer["stop_reason"], answer["usage"])


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    blocks: dict[int, dict[str, Any]] = {}
    usage: dict[str, Any] = {}
    reason = None
    for event in events(exchange.body):
        match event["type"]:
            case "message_start":
                usage |= event["message"]["usage"]
            case "content_block_start":
                blocks[event["index"]] = {**event["content_block"], "json": ""}
            case "content_block_delta":
                add(blocks[event["index"]], event["delta"])
            case "message_delta":
                usage |= event["usage"]
                reason = event["delta"]["stop_reason"]
    for block in blocks.values():
        if block["type"] == "tool_use":
            block["input"] = arguments(block["json"]) or block["input"]
    return said(list(blocks.values()), reason, usage)


def add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    for name in ("text", "thinking", "signature"):
        block[name] = block.get(name, "") + delta.get(name, "")
    block["json"] += delta.get("partial_json", "")


def said(blocks: list[dict[str, Any]], reason: str | None, usage: dict[str, Any]) -> Said:
    def of(kind: str, member: str) -> list[Any]:
        return [block[member] for block in blocks if block["type"] == kind]

    return Said(
        text="".join(of("text", "text")),
        reasoning="".join(of("thinking", "thinking")),
        signatures=of("thinking", "signature") + of("redacted_thinking", "data"),
        calls=list(zip(of("tool_use", "name"), of("tool_use", "input"), strict=True)),
        finish=FINISH[reason or ""],
        tokens=tokens(usage),
    )


def tokens(usage: dict[str, Any]) -> Tokens:
    cached = usage.get("cache_read_input_tokens") or 0
    written = usage.get("cache_creation_input_tokens") or 0
    details = usage.get("output_tokens_details") or {}
    return Tokens(
        prompt=usage["input_tokens"] + cached + written,
        completion=usage["output_tokens"],
        cached=cached,
        cache_write=written,
        reasoning=details.get("thinking_tokens") or 0,
    )
