"""A stream as it comes over the wire: server-sent events, and how it ended."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

DONE = "[DONE]"


@dataclass
class Wire:
    """All that came."""

    status: int
    headers: httpx.Headers
    data: list[str] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)
    # What broke the transfer; None if it ended as HTTP wants it.
    broken: str | None = None

    @property
    def done(self) -> bool:
        return DONE in self.data

    @property
    def objects(self) -> list[Any]:
        return [json.loads(data) for data in self.data if data != DONE]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [thing["error"] for thing in self.objects if "error" in thing]

    @property
    def text(self) -> str:
        choices = [choice for thing in self.objects for choice in thing.get("choices", [])]
        return "".join(choice["delta"].get("content") or "" for choice in choices)


def ask(client: httpx.Client, model: str, messages: list, **more: Any) -> Wire:
    """Asks for a stream and reads it to its end, whatever end that is."""
    request = {"model": model, "messages": messages, "stream": True, **more}
    with client.stream("POST", "/v1/chat/completions", json=request) as answer:
        wire = Wire(answer.status_code, answer.headers)
        try:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    wire.data.append(line.removeprefix("data:").removeprefix(" "))
                    wire.arrived.append(time.monotonic())
        except httpx.TransportError as error:
            wire.broken = type(error).__name__
        return wire
