"""Cohere's v2 format. The plan of its tools is reasoning."""

from typing import Any

from ..files import Exchange
from ..said import Embedded, Failed, Said, Tokens, arguments, rounded
from . import errors
from .openai import events

FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    answer = exchange.json
    if exchange.status >= 400:
        return errors.failed(exchange.status, answer["message"])
    message = answer["message"]
    parts = message.get("content") or []
    said = Said(finish=FINISH[answer["finish_reason"]], tokens=tokens(answer["usage"]))
    said.text = "".join(part.get("text", "") for part in parts)
    said.reasoning = message.get("tool_plan") or ""
    said.reasoning += "".join(part.get("thinking", "") for part in parts)
    calls = [call["function"] for call in message.get("tool_calls") or []]
    said.calls = [(call["name"], arguments(call["arguments"])) for call in calls]
    return said


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    said = Said()
    calls: list[list[str]] = []
    for event in events(exchange.body):
        delta = event.get("delta") or {}
        message = delta.get("message") or {}
        match event["type"]:
            case "tool-plan-delta":
                said.reasoning += message["tool_plan"]
            case "content-delta":
                said.text += message["content"].get("text", "")
                said.reasoning += message["content"].get("thinking", "")
            case "tool-call-start":
                function = message["tool_calls"]["function"]
                calls.append([function["name"], function.get("arguments") or ""])
            case "tool-call-delta":
                calls[-1][1] += message["tool_calls"]["function"]["arguments"]
            case "message-end":
                said.finish = FINISH[delta["finish_reason"]]
                said.tokens = tokens(delta["usage"])
    said.calls = [(name, arguments(given)) for name, given in calls]
    return said


def tokens(usage: dict[str, Any]) -> Tokens:
    counted = usage["tokens"]
    return Tokens(
        prompt=int(counted["input_tokens"]),
        completion=int(counted["output_tokens"]),
        cached=int(usage.get("cached_tokens") or 0),
    )


def embedded(exchange: Exchange) -> Embedded:
    answer = exchange.json
    vectors = [rounded(vector) for vector in answer["embeddings"]["float"]]
    return Embedded(vectors, answer["meta"]["billed_units"]["input_tokens"])
