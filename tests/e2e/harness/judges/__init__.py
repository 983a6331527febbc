"""Judges: what providers take, in words that were not written here.

Each judge takes the path and the body of a request, and raises `Refused` with the reason where the
provider's own model of its API does not know such a request: the types of its official SDK, with
unknown members refused all the way down (`strict.py`), or, for Bedrock, botocore's model of the
service. What a judge cannot see: values that only the vendor's server checks (an effort that one model
does not take), and whether the request means what the client has asked for.

A judge is found by the path, because that is what decides upstream; look-alikes of OpenAI share a path
and are told apart by the provider's kind. A path without a judge fails the test that asks.
"""

import functools
import importlib
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from .strict import Refused

__all__ = ["JUDGES", "Judged", "Refused", "find", "judge"]


class Judge(Protocol):
    def __call__(self, kind: str, path: str, body: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Judged:
    """An endpoint and its judge: a function of a module here. `kind` where the path is shared."""

    path: str
    judge: str
    kind: str | None = None


# The first one that fits counts.
JUDGES = [
    Judged(r"/v1/messages", "anthropic.messages"),
    Judged(r"/model/[^/]+/converse(-stream)?", "bedrock.converse"),
    Judged(r"/model/[^/]+/invoke", "bedrock.invoke"),
    Judged(r".*/(models|endpoints)/[^/:]+:(streamG|g)enerateContent(\?alt=sse)?", "gemini.generate_content"),
    Judged(r".*/models/[^/:]+:batchEmbedContents", "gemini.batch_embed_contents"),
    Judged(r"/v2/chat", "cohere.chat"),
    Judged(r"/v2/embed", "cohere.embed"),
    Judged(r"/api/chat", "ollama.chat"),
    Judged(r"/api/embed", "ollama.embed"),
    Judged(r".*/chat/completions", "cerebras.chat", kind="cerebras"),
    Judged(r".*/chat/completions", "groq.chat", kind="groq"),
    Judged(r".*/chat/completions", "mistral.chat", kind="mistral"),
    Judged(r".*/embeddings", "mistral.embeddings", kind="mistral"),
    Judged(r".*/chat/completions(\?api-version=[\w-]+)?", "openai.chat"),
    Judged(r".*/embeddings(\?api-version=[\w-]+)?", "openai.embeddings"),
    Judged(r".*/responses(\?api-version=[\w-]+)?", "openai.responses"),
]


def find(kind: str, path: str) -> str | None:
    """The judge of a request, by name."""
    for judged in JUDGES:
        if judged.kind in (None, kind) and re.fullmatch(judged.path, path):
            return judged.judge
    return None


def judge(kind: str, path: str, body: bytes) -> None:
    """Judges a request to a provider of this kind.

    Raises `Refused` with the reason, also where nobody can judge."""
    name = find(kind, path)
    if name is None:
        raise Refused(f"no judge for {path} of {kind}: name one in JUDGES")
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Refused(f"no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Refused("no object")
    loaded(name)(kind, path, document)


@functools.cache
def loaded(name: str) -> Any:
    """SDKs are slow to import: only those that are asked."""
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(f".{module}", __name__), function)
