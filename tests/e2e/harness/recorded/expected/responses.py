"""OpenAI's Responses format, answered to a client of chat completions (wire-facts §1y)."""

from typing import Any

from ..files import Exchange
from ..said import Failed, Said, Tokens, arguments
from . import errors
from .openai import events

LAST = {"response.completed", "response.incomplete", "response.failed"}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    if exchange.status >= 400:
        error = exchange.json["error"]
        return errors.failed(exchange.status, error["message"], error.get("code"))
    return said(exchange.json)


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    [answer] = [event["response"] for event in events(exchange.body) if event["type"] in LAST]
    return said(answer)


def said(answer: dict[str, Any]) -> Said:
    items = answer["output"]
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    thoughts = [part for item in items if item["type"] == "reasoning" for part in item["summary"]]
    calls = [item for item in items if item["type"] == "function_call"]
    details = answer.get("incomplete_details") or {}
    cut = {"max_output_tokens": "length", "content_filter": "content_filter"}
    usage = answer["usage"]
    return Said(
        text="".join(part["text"] for part in parts if part["type"] == "output_text"),
        reasoning="".join(thought["text"] for thought in thoughts),
        calls=[(call["name"], arguments(call["arguments"])) for call in calls],
        finish=cut.get(details.get("reason"), "tool_calls" if calls else "stop"),
        tokens=Tokens(
            prompt=usage["input_tokens"],
            completion=usage["output_tokens"],
            cached=usage["input_tokens_details"]["cached_tokens"],
            reasoning=usage["output_tokens_details"]["reasoning_tokens"],
        ),
    )
