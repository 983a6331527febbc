"""OpenAI's chat format, with the spellings that its look-alikes have."""

import json
from collections.abc import Iterable
from typing import Any

from ..files import Exchange
from ..said import Embedded, Failed, Said, Tokens, arguments, rounded
from . import errors

FINISH = {"eos": "stop", "model_length": "length"}
CACHED = ("prompt_tokens_details", "prompt_token_details")

# Vendors whose completion tokens are without those of the reasoning.
REASONING_APART = {"xai"}


def whole(exchange: Exchange, kind: str) -> Said | Failed:
    answer = exchange.json
    if exchange.status >= 400:
        error = answer["error"]
        code = error.get("code")
        return errors.failed(exchange.status, error["message"], code if isinstance(code, str) else None)
    [choice] = answer["choices"]
    message = choice["message"]
    said = Said(text=text(message.get("content")), reasoning=reasoning(message))
    calls = message.get("tool_calls") or []
    said.calls = [(c["function"]["name"], arguments(c["function"]["arguments"])) for c in calls]
    said.finish = finish(choice["finish_reason"])
    said.tokens = tokens(answer["usage"], kind)
    return said


def streamed(exchange: Exchange, kind: str) -> Said | Failed:
    said = Said()
    calls: dict[int, list[str]] = {}
    for event in events(exchange.body):
        if error := event.get("error"):
            code = error.get("code")
            return Failed(
                error["message"], code=code if isinstance(code, str) else None, before=said
            )
        if usage := event.get("usage") or event.get("x_groq", {}).get("usage"):
            said.tokens = tokens(usage, kind)
        for choice in event.get("choices", []):
            delta = choice.get("delta") or {}
            said.text += text(delta.get("content"))
            said.reasoning += reasoning(delta)
            for at, piece in enumerate(delta.get("tool_calls") or []):
                join(calls.setdefault(piece.get("index", at), ["", ""]), piece["function"])
            said.finish = finish(choice.get("finish_reason")) or said.finish
    said.calls = [(name, arguments(given)) for name, given in calls.values()]
    return said


def embedded(exchange: Exchange) -> Embedded:
    answer = exchange.json
    vectors = [rounded(item["embedding"]) for item in answer["data"]]
    return Embedded(vectors, answer["usage"]["prompt_tokens"])


def join(call: list[str], function: dict[str, Any]) -> None:
    call[0] += function.get("name") or ""
    call[1] += function.get("arguments") or ""


def events(body: bytes) -> Iterable[dict[str, Any]]:
    """The data of a stream's events; one line each in all recordings."""
    for line in body.decode().splitlines():
        if line.startswith("data:") and (data := line[5:].strip()) != "[DONE]":
            yield json.loads(data)


def text(content: str | list | None) -> str:
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part["type"] == "text")
    return content or ""


def reasoning(message: dict[str, Any]) -> str:
    found = message.get("reasoning_content") or message.get("reasoning") or ""
    content = message.get("content")
    if isinstance(content, list):
        thoughts = [part["thinking"] for part in content if part["type"] == "thinking"]
        found += "".join(text(thought) for thought in thoughts)
    return found


def finish(reason: str | None) -> str | None:
    return FINISH.get(reason, reason) if reason else None


def tokens(usage: dict[str, Any], kind: str) -> Tokens:
    details = [usage.get(name) or {} for name in CACHED]
    cached = [usage.get("num_cached_tokens"), usage.get("prompt_cache_hit_tokens")]
    cached += [detail.get("cached_tokens") for detail in details]
    thought = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    apart = thought if kind in REASONING_APART else 0
    return Tokens(
        prompt=usage["prompt_tokens"],
        completion=usage["completion_tokens"] + apart,
        cached=max(count or 0 for count in cached),
        cache_write=details[0].get("cache_write_tokens") or 0,
        reasoning=thought,
    )
