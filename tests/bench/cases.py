"""What is measured, and which bar each case has."""

from collections.abc import Callable
from dataclasses import dataclass

import settings
import wire
from wire import Script

LONG, SHORT = 200, 10
"""Pieces of text in the two streams whose difference is the cost of a chunk."""


class WrongAnswer(Exception):
    """An answer that is not what the case is about: its cost would mean nothing."""


@dataclass(frozen=True)
class Case:
    name: str
    provider: str
    model: str
    stream: bool = False
    image_bytes: int = 0
    text_bytes: int = 0
    request_bar: float | None = None
    chunk_bar: float | None = None

    @property
    def is_large(self) -> bool:
        return bool(self.image_bytes or self.text_bytes)

    def script(self, length: int = 0) -> Script:
        """A request and its answer: a stream of so many pieces of text, or an answer in one."""
        # A key from the middle: which of the 500 it is must not matter.
        request = wire.chat(self.provider, self.model, settings.key(250), self.stream,
                            self.image_bytes, self.text_bytes)
        if self.stream:
            make = wire.openai_stream if self.provider == "openai" else wire.anthropic_stream
            return Script(request, *make(length))
        make = wire.openai_answer if self.provider == "openai" else wire.anthropic_answer
        return Script(request, make())

    def check(self, sample: str, length: int = 0) -> None:
        """Whether this is what an OpenAI client must get from the gateway."""
        if self.stream:
            expect(sample, "the text", sample.count(wire.CHUNK_TEXT) == length)
            expect(sample, "one end", sample.count("data: [DONE]") == 1)
            expect(sample, "one finish reason", sample.count('"finish_reason":"stop"') == 1)
            expect(sample, "no usage", "prompt_tokens" not in sample)
            expect(sample, "OpenAI's chunks", sample.count("chat.completion.chunk") >= length)
        else:
            expect(sample, "the text", wire.ANSWER in sample)
            expect(sample, "OpenAI's object", '"chat.completion"' in sample)
            expect(sample, "usage", '"total_tokens":189' in sample)


def expect(sample: str, what: str, holds: bool) -> None:
    if not holds:
        raise WrongAnswer(f"expected {what} in:\n{sample[:2000]}")


BARS = [
    Case("pass-through, same model name", "openai", "gpt-4o-mini", request_bar=1.5),
    Case("pass-through, renamed model", "openai", "small", request_bar=1.5),
    Case("translated for Anthropic", "claude", "smart", request_bar=1.9),
    Case("stream, pass-through", "openai", "gpt-4o-mini", stream=True, chunk_bar=1.15),
    Case("stream, translated for Anthropic", "claude", "smart", stream=True, chunk_bar=1.35),
]
INFORMATION = [
    Case("300 KB prompt, pass-through", "openai", "small", text_bytes=300_000),
    Case("300 KB prompt, translated", "claude", "smart", text_bytes=300_000),
    Case("1 MB image, pass-through", "openai", "small", image_bytes=1_000_000),
    Case("1 MB image, translated", "claude", "smart", image_bytes=1_000_000),
]
ANSWERED_BY_THE_GATEWAY: list[tuple[str, Callable[[], str]]] = [
    ("GET /v1/models", lambda: wire.get("/v1/models", settings.key(250))),
    ("GET /healthz", lambda: wire.get("/healthz")),
]
