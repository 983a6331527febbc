"""What an exchange has said, in words that every provider's answer and OpenAI's client share."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tokens:
    """OpenAI's totals, which include their details."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass
class Said:
    """An answer. Arguments of calls are compared as JSON: their white space may change."""

    text: str = ""
    reasoning: str = ""
    # What must come back with reasoning: signatures, or whole blocks that nobody can read.
    # None where the provider has its own carrier, which its own tests look at.
    signatures: list[str] | None = None
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish: str | None = None
    # None where nothing was counted.
    tokens: Tokens | None = None


@dataclass
class Failed:
    """An error, and what was said before it. `code` is None where any will do."""

    message: str
    status: int | None = None
    kind: str | None = None
    code: str | None = None
    before: Said | None = None


@dataclass
class Embedded:
    """Vectors, rounded: they travel as 32 bits."""

    vectors: list[list[float]]
    tokens: int | None


def arguments(text: str | None) -> Any:
    """Arguments of a call: absent ones are an empty object."""
    if text in (None, "", "null"):
        return {}
    return json.loads(text)


def rounded(vector: list[float]) -> list[float]:
    return [round(value, 5) for value in vector]
