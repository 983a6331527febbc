"""Ollama's own API, by the official client's types."""

import functools
import json
from typing import Annotated, Any, Literal

from ollama._types import ChatRequest, EmbedRequest
from pydantic import Field

from .strict import Strict

# The client types a part of JSON Schema, for tools made of Python functions; the server takes any.
# It reads pictures from files and writes them as base64.
WIRE = {
    ("Function", "parameters"): Annotated[dict[str, Any] | None, Field(default=None)],
    ("Message", "images"): Annotated[list[bytes] | None, Field(default=None)],
    ("ChatRequest", "format"): Annotated[Literal["json"] | dict[str, Any] | None, Field(default=None)],
}


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind, retyped=WIRE)


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    types(ChatRequest).judge(json.dumps(body).encode())


def embed(kind: str, path: str, body: dict[str, Any]) -> None:
    types(EmbedRequest).judge(json.dumps(body).encode())
