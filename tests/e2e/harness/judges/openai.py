"""OpenAI's APIs, by the official SDK's parameters; and those of its look-alikes.

A look-alike is judged as OpenAI with members of its own, which are named here with their source. They
are taken out before the SDK's types judge the rest.
"""

import copy
import functools
import json
from typing import Any

from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses.response_create_params import ResponseCreateParams

from .strict import Strict

# Members of requests that a kind has beside OpenAI's.
REQUESTS: dict[str, set[str]] = {
    # openrouter.ai/docs, "Reasoning tokens".
    "openrouter": {"reasoning"},
    # docs.z.ai, "Thinking mode".
    "zai": {"thinking"},
}
# Members of messages that a kind has beside OpenAI's (wire-facts §8 to §16 of 2026-11-21).
MESSAGES: dict[str, set[str]] = {
    # api-docs.deepseek.com, "Thinking mode": a turn with tool calls comes back with it.
    "deepseek": {"reasoning_content"},
}


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind)


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    body = copy.deepcopy(body)
    for name in REQUESTS.get(kind, set()):
        body.pop(name, None)
    for message in body.get("messages", []):
        for name in MESSAGES.get(kind, set()):
            message.pop(name, None)
    types(CompletionCreateParams).judge(json.dumps(body).encode())


def embeddings(kind: str, path: str, body: dict[str, Any]) -> None:
    types(EmbeddingCreateParams).judge(json.dumps(body).encode())


def responses(kind: str, path: str, body: dict[str, Any]) -> None:
    types(ResponseCreateParams).judge(json.dumps(body).encode())
