"""Groq's chat API, by the official SDK's parameters."""

import functools
import json
from typing import Any

from groq.types.chat.completion_create_params import CompletionCreateParams

from .strict import Strict


@functools.cache
def types() -> Strict:
    return Strict(CompletionCreateParams)


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    types().judge(json.dumps(body).encode())
