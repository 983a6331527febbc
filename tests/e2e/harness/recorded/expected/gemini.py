"""Gemini's `generateContent` format, of AI Studio and of Vertex."""

import re
from typing import Any

from ..files import Exchange
from ..said import Embedded, Failed, Said, Tokens, rounded
from . import errors
from .openai import events

STOP = {"STOP", "OTHER", "FINISH_REASON_UNSPECIFIED"}
LENGTH = {"MAX_TOKENS", "CONTINUATION"}
ERRORS = {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    answer = exchange.json
    if exchange.status >= 400:
        return errors.failed(exchange.status, answer["error"]["message"])
    return said([answer])


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    return said(list(events(exchange.body)))


def said(answers: list[dict[str, Any]]) -> Said:
    found = Said()
    calls: list[tuple[str, Any]] = []
    usage: dict[str, Any] = {}
    reason = None
    for answer in answers:
        usage |= {name: n for name, n in answer.get("usageMetadata", {}).items() if n}
        for candidate in answer.get("candidates", []):
            reason = candidate.get("finishReason") or reason
            for part in candidate.get("content", {}).get("parts", []):
                take(found, calls, part)
    found.calls = calls
    found.finish = finish(reason, bool(calls))
    found.tokens = tokens(usage)
    return found


def take(found: Said, calls: list[tuple[str, Any]], part: dict[str, Any]) -> None:
    if call := part.get("functionCall"):
        if "name" in call:
            calls.append((call["name"], call.get("args") or {}))
        for piece in call.get("partialArgs", []):
            put(calls[-1][1], piece)
    elif part.get("thought"):
        found.reasoning += part.get("text", "")
    else:
        found.text += part.get("text", "")


def put(arguments: dict[str, Any], piece: dict[str, Any]) -> None:
    """A piece of an argument: `$.a.b` or `$.a[0]`, and a value; text is continued."""
    steps = [int(n) if n else name for name, n in re.findall(r"\.?(\w+)|\[(\d+)\]", piece["jsonPath"][1:])]
    holder: Any = arguments
    for step, following in zip(steps, steps[1:], strict=False):
        holder = holder.setdefault(step, [] if isinstance(following, int) else {})
    last = steps[-1]
    if "stringValue" in piece:
        before = holder.get(last, "") if isinstance(holder, dict) else ""
        holder[last] = before + piece["stringValue"]
    for name in ("numberValue", "boolValue"):
        if name in piece:
            holder[last] = piece[name]
    if "nullValue" in piece:
        holder[last] = None


def finish(reason: str | None, called: bool) -> str:
    if reason in LENGTH:
        return "length"
    if reason in STOP:
        return "tool_calls" if called else "stop"
    assert reason not in ERRORS, reason
    return "content_filter"


def tokens(usage: dict[str, Any]) -> Tokens:
    thought = usage.get("thoughtsTokenCount", 0)
    return Tokens(
        prompt=usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        completion=usage.get("candidatesTokenCount", 0) + thought,
        cached=usage.get("cachedContentTokenCount", 0),
        reasoning=thought,
    )


def embedded(exchange: Exchange) -> Embedded:
    answer = exchange.json
    usage = answer.get("usageMetadata") or {}
    vectors = [rounded(item["values"]) for item in answer["embeddings"]]
    return Embedded(vectors, usage.get("promptTokenCount"))
