"""What reaches a client, by the models of OpenAI's SDK with unknown members refused.

What the gateway adds to them is typed here, and nothing else passes: reasoning has no place in OpenAI's
chat format, and everybody puts it where DeepSeek and LiteLLM do. Vendors whose bytes pass may add members
of their own; those are named by the test that asks, as paths with `*` for a list's items.
"""

import functools
import json
from collections.abc import Iterable
from typing import Any, Literal, NotRequired

from openai.types import CreateEmbeddingResponse
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessage,
    ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageFunctionToolCall,
)
from openai.types.chat.chat_completion import Choice as WholeChoice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall
from openai.types.chat.chat_completion_message import Annotation
from openai.types.shared import ErrorObject
from typing_extensions import TypedDict

from .strict import Refused, Strict


class ThinkingBlock(TypedDict):
    """Reasoning that must come back unchanged, in LiteLLM's shape."""

    type: Literal["thinking", "redacted_thinking"]
    thinking: NotRequired[str]
    signature: NotRequired[str]
    data: NotRequired[str]
    # In a stream only.
    index: NotRequired[int]


class Google(TypedDict):
    thought_signature: str


class Issuer(TypedDict):
    issuer: str


class ExtraContent(TypedDict):
    """A signature beside what it belongs to, as Google's own OpenAI endpoint has it, and its maker."""

    google: Google
    tidegate: NotRequired[Issuer]


class ImageUrl(TypedDict):
    url: str


class Image(TypedDict):
    """A picture that a model has made, where OpenRouter and LiteLLM have it."""

    type: Literal["image_url"]
    image_url: ImageUrl
    # In a stream only.
    index: NotRequired[int]


class AudioPiece(TypedDict, total=False):
    """What OpenAI streams of speech; its SDK has no type for it."""

    id: str
    data: str
    transcript: str
    expires_at: int


class FunctionCall(ChatCompletionMessageFunctionToolCall):
    extra_content: ExtraContent | None = None


class CallPiece(ChoiceDeltaToolCall):
    extra_content: ExtraContent | None = None


class Before(TypedDict):
    """What of an answer stands before a block."""

    thinking_blocks: int
    content: int
    tool_calls: int


class VendorBlock(TypedDict):
    before: Before
    block: NotRequired[dict[str, Any]]
    index: NotRequired[int]


class VendorCitation(TypedDict):
    start_index: int
    end_index: int
    citation: dict[str, Any]
    index: NotRequired[int]


class Anthropic(TypedDict, total=False):
    """What only Anthropic has words for (docs/anthropic.md)."""

    blocks: list[VendorBlock]
    citations: list[VendorCitation]
    stop_reason: str
    stop_sequence: str
    stop_details: dict[str, Any]
    usage: dict[str, Any]
    container: dict[str, Any]
    context_management: dict[str, Any]
    input_transformations: list[dict[str, Any]]
    diagnostics: dict[str, Any]
    lost_blocks: list[str]


class IndexedAnnotation(Annotation):
    index: int


class Message(ChatCompletionMessage):
    tool_calls: list[FunctionCall | ChatCompletionMessageCustomToolCall] | None = None
    reasoning_content: str | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    images: list[Image] | None = None
    extra_content: ExtraContent | None = None
    anthropic: Anthropic | None = None


class Delta(ChoiceDelta):
    tool_calls: list[CallPiece] | None = None
    reasoning_content: str | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    images: list[Image] | None = None
    audio: AudioPiece | None = None
    extra_content: ExtraContent | None = None
    annotations: list[IndexedAnnotation] | None = None
    anthropic: Anthropic | None = None


class Whole(WholeChoice):
    message: Message


class Piece(ChunkChoice):
    delta: Delta


class Completion(ChatCompletion):
    choices: list[Whole]


class Chunk(ChatCompletionChunk):
    choices: list[Piece]


class Error(TypedDict):
    error: ErrorObject


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind)


def completion(body: bytes, vendor: Iterable[str] = ()) -> None:
    judge(Completion, body, vendor)


def chunk(body: bytes, vendor: Iterable[str] = ()) -> None:
    judge(Chunk, body, vendor)


def embeddings(body: bytes, vendor: Iterable[str] = ()) -> None:
    judge(CreateEmbeddingResponse, body, vendor)


def error(body: bytes, vendor: Iterable[str] = ()) -> None:
    judge(Error, body, vendor)


def judge(kind: Any, body: bytes, vendor: Iterable[str]) -> None:
    document = json.loads(body)
    for path in vendor:
        remove(document, path.split("."))
    try:
        types(kind).judge(json.dumps(document).encode())
    except Refused as refused:
        raise Refused(f"{refused}\nin {body[:2000]!r}") from None


def remove(value: Any, steps: list[str]) -> None:
    step, *rest = steps
    if step == "*":
        for item in value if isinstance(value, list) else []:
            remove(item, rest)
    elif isinstance(value, dict) and rest:
        remove(value.get(step), rest)
    elif isinstance(value, dict):
        value.pop(step, None)
