"""What OpenAI's SDK has received, in the words of `said.py`."""

import json
from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionMessage

from .said import Said, Tokens, rounded


def completion(answer: ChatCompletion) -> Said:
    """Of an answer that came at once, or that the SDK has put together."""
    [choice] = answer.choices
    message = choice.message
    extra = message.model_extra or {}
    return Said(
        text=message.content or message.refusal or "",
        reasoning=extra.get("reasoning_content") or "",
        signatures=signatures(extra.get("thinking_blocks") or []),
        calls=calls(message),
        finish=choice.finish_reason,
        tokens=tokens(answer.usage),
    )


def calls(message: ChatCompletionMessage) -> list[tuple[str, Any]]:
    made = message.tool_calls or []
    ids = [call.id for call in made]
    assert all(ids) and len(set(ids)) == len(ids), f"ids of calls: {ids}"
    return [(call.function.name, json.loads(call.function.arguments)) for call in made]


def signatures(blocks: list[dict[str, Any]]) -> list[str]:
    found = [block.get("signature") or block.get("data") for block in blocks]
    return [signature for signature in found if signature]


def tokens(usage: CompletionUsage | None) -> Tokens | None:
    if usage is None:
        return None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    prompt, completed = usage.prompt_tokens_details, usage.completion_tokens_details
    return Tokens(
        prompt=usage.prompt_tokens,
        completion=usage.completion_tokens,
        cached=(prompt and prompt.cached_tokens) or 0,
        cache_write=(prompt and prompt.cache_write_tokens) or 0,
        reasoning=(completed and completed.reasoning_tokens) or 0,
    )


def vectors(data: Any) -> list[list[float]]:
    return [rounded(item.embedding) for item in data]
