"""What a model has said, without what two ways of asking it may differ in.

Compared: role, content, refusal, the tool calls' order, types, names and arguments (byte for byte),
finish reason, and the token counts (prompt, completion, total, cached prompt, reasoning).

Not compared, because providers make them up: `id`, `created`, `model`, `system_fingerprint`,
`service_tier`, the tool calls' ids (they must be there and differ from each other), zeroes and nulls
among the details of the usage, and fields that OpenAI's SDK does not know.
"""

from dataclasses import dataclass

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk


@dataclass(frozen=True)
class Said:
    role: str | None
    content: str | None
    refusal: str | None
    tool_calls: tuple[tuple[str | None, str | None, str], ...]
    finish_reason: str | None
    tokens: tuple[int, int, int, int, int] | None


@dataclass(frozen=True)
class Raised:
    """What the SDK has raised instead."""

    exception: str


def whole(completion: ChatCompletion) -> Said:
    """Of an answer that came at once, or that the SDK has put together."""
    assert len(completion.choices) == 1
    choice = completion.choices[0]
    calls = choice.message.tool_calls or []
    check_ids([call.id for call in calls])
    return Said(
        role=choice.message.role,
        content=choice.message.content or None,
        refusal=choice.message.refusal or None,
        tool_calls=tuple((c.type, c.function.name, c.function.arguments) for c in calls),
        finish_reason=choice.finish_reason,
        tokens=tokens(completion.usage),
    )


def streamed(chunks: list[ChatCompletionChunk]) -> Said:
    """Of an answer that came in chunks, put together by hand and without forgiveness."""
    check_order(chunks)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    calls: dict[int, list[str | None]] = {}
    for part in (part for delta in deltas for part in delta.tool_calls or []):
        assert part.function is not None
        if part.index not in calls:
            assert part.index == len(calls), "tool calls are numbered without gaps"
            calls[part.index] = [part.id, part.type, part.function.name, ""]
        else:
            assert part.id is None and part.function.name is None, "said twice"
        calls[part.index][3] += part.function.arguments or ""
    check_ids([call[0] for call in calls.values()])
    finish = [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason]
    return Said(
        role=deltas[0].role,
        content="".join(delta.content or "" for delta in deltas) or None,
        refusal="".join(delta.refusal or "" for delta in deltas) or None,
        tool_calls=tuple((kind, name, text) for _, kind, name, text in calls.values()),
        finish_reason=finish[0],
        tokens=tokens(next((chunk.usage for chunk in chunks if chunk.usage), None)),
    )


def check_order(chunks: list[ChatCompletionChunk]) -> None:
    """What OpenAI promises of a stream: who speaks comes first, the end once, the usage last."""
    assert len({chunk.id for chunk in chunks}) == 1, "one id"
    assert len({chunk.created for chunk in chunks}) == 1, "one time"
    assert len({chunk.model for chunk in chunks}) == 1, "one model"
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    spoken = [chunk for chunk in chunks if chunk.choices]
    assert spoken[0].choices[0].delta.role == "assistant"
    finishes = [bool(chunk.choices[0].finish_reason) for chunk in spoken]
    assert finishes == [False] * (len(spoken) - 1) + [True], "the finish reason comes once, last"
    counted = [index for index, chunk in enumerate(chunks) if chunk.usage]
    assert counted in ([], [len(chunks) - 1]), "the usage comes once, last"
    assert all(not chunks[index].choices for index in counted)


def check_ids(ids: list[str | None]) -> None:
    assert all(ids) and len(set(ids)) == len(ids), f"ids of tool calls: {ids}"


def tokens(usage: CompletionUsage | None) -> tuple[int, int, int, int, int] | None:
    if usage is None:
        return None
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return (
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        (prompt and prompt.cached_tokens) or 0,
        (completion and completion.reasoning_tokens) or 0,
    )


def raised(error: openai.OpenAIError) -> Raised:
    return Raised(type(error).__name__)
