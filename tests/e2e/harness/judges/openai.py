"""OpenAI's APIs, by the official SDK's parameters; and those of its look-alikes without a judge of their
own.

A look-alike is judged as OpenAI with members of its own, which stand here with their types. They are taken
out and judged first, and the SDK's types judge the rest.
"""

import copy
import functools
import json
from typing import Any, Literal, NotRequired

from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses.response_create_params import ResponseCreateParams
from typing_extensions import TypedDict

from .strict import Strict


class Sampling(TypedDict, total=False):
    """Of most servers that run open models."""

    top_k: int


class Thinking(TypedDict):
    type: Literal["enabled", "disabled"]
    # Z.ai's only.
    clear_thinking: NotRequired[bool]


class SwitchedThinking(TypedDict, total=False):
    """api-docs.deepseek.com, docs.z.ai: "Thinking mode"."""

    thinking: Thinking


class Qwen(Sampling, total=False):
    """docs.qwencloud.com, "Chat completions"."""

    enable_thinking: bool
    thinking_budget: int


class OpenRouter(Sampling, total=False):
    """openrouter.ai/docs, "API reference"."""

    models: list[str]
    provider: dict[str, Any]
    reasoning: dict[str, Any]


class Together(Sampling, total=False):
    """docs.together.ai, "Reasoning"."""

    reasoning: dict[str, bool]


class Replayed(TypedDict, total=False):
    """Reasoning of an earlier turn, in a message."""

    reasoning: str
    reasoning_content: str
    reasoning_details: list[dict[str, Any]]


# Beside OpenAI's members of a request; kinds that are not here have none.
REQUESTS: dict[str, Any] = {
    "deepseek": SwitchedThinking,
    "fireworks": Sampling,
    "llamacpp": Sampling,
    "lmstudio": Sampling,
    "nvidia": Sampling,
    "openrouter": OpenRouter,
    "perplexity": Sampling,
    "qwen": Qwen,
    "sglang": Sampling,
    "together": Together,
    "vllm": Sampling,
    "zai": SwitchedThinking,
}
# The members of `Replayed` that a kind knows.
MESSAGES: dict[str, set[str]] = {
    "deepseek": {"reasoning_content"},
    "openrouter": {"reasoning", "reasoning_details"},
    "zai": {"reasoning_content"},
}


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind)


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    body = copy.deepcopy(body)
    if known := REQUESTS.get(kind):
        judge_own(known, body, set(known.__annotations__))
    for message in body.get("messages", []):
        judge_own(Replayed, message, MESSAGES.get(kind, set()))
    types(CompletionCreateParams).judge(json.dumps(body).encode())


def judge_own(kind: Any, document: dict[str, Any], names: set[str]) -> None:
    """Judges what OpenAI does not have, and takes it out."""
    own = {name: document.pop(name) for name in names if name in document}
    types(kind).judge(json.dumps(own).encode())


def embeddings(kind: str, path: str, body: dict[str, Any]) -> None:
    types(EmbeddingCreateParams).judge(json.dumps(body).encode())


def responses(kind: str, path: str, body: dict[str, Any]) -> None:
    types(ResponseCreateParams).judge(json.dumps(body).encode())
