"""A stream is ended in order when its budget is used up, and its provider is not paid for more."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness import settings
from harness.gateway import Gateway
from harness.settings import GPT
from harness.upstream import Upstream

PAUSE = 0.02
# What is reserved for a stream: 50 tokens at a dollar for a thousand, and a little for its input.
RESERVED_TOKENS = 50
BUDGET_TOKENS = 80
TOKENS_IN_ALL = 1500

ASK = {
    "model": GPT,
    "messages": [{"role": "user", "content": "talk"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}


class Talker(Upstream):
    """Says a word every 20 ms for half a minute, unless the gateway leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.said = 0
        self.left_at = 0.0
        self.answer = self._talk

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(TOKENS_IN_ALL):
                send(connection, event())
                self.said += 1
                time.sleep(PAUSE)
            send(connection, event(finish="stop") + b"data: [DONE]\n\n")
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            self.left_at = time.monotonic()
            raise


def event(finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": "word "}, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"


def send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@pytest.fixture
def talker() -> Iterator[Talker]:
    upstream = Talker()
    yield upstream
    upstream.stop()


@pytest.fixture
def budgeted(talker: Talker, tmp_path: Path) -> Iterator[Gateway]:
    provider = {"kind": "openai", "base_url": f"{talker.url}/v1", "api_key": "${E2E_OPENAI_KEY}"}
    own = settings.small(
        {"openai": provider},
        {GPT: {"provider": "openai", "model": "in-house"}},
        limits={"budgets": [{"usd": BUDGET_TOKENS / 1000, "per": "day"}]},
        budgets={"stop_streams": "on"},
        default_max_tokens=RESERVED_TOKENS,
        # Dollars for a million tokens.
        prices={"overrides": {"openai": {"in-house": {"input": 1, "output": 1_000}}}},
        sidecar={"admin": {"port": settings.ports.free()}},
    )
    running = Gateway(own, tmp_path, "--concurrency", "1")
    yield running
    running.stop()


def chunks(text: str) -> list[dict]:
    """All of a stream's chunks; it ends with `[DONE]`."""
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert events[-1] == "[DONE]", text[-500:]
    return [json.loads(data) for data in events[:-1]]


def judge(budgeted: Gateway, text: str, request_id: str) -> None:
    *_, last, usage = chunks(text)
    assert last["choices"][0]["finish_reason"] == "length"
    assert usage["choices"] == []
    line = budgeted.log_of(request_id)
    assert (line["outcome"], line["error_code"]) == ("stopped", "insufficient_quota")
    assert line["cost_usd"] == usage["usage"]["cost"]
    # All of the budget is used, and little more: what comes while the sidecar is asked.
    tokens = usage["usage"]["completion_tokens"]
    assert line["tokens"]["output"] == tokens
    assert RESERVED_TOKENS < tokens <= BUDGET_TOKENS + 10


def wait_until_left(talker: Talker, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not talker.left_at and time.monotonic() < deadline:
        time.sleep(0.02)
    assert talker.left_at, f"the provider goes on: {talker.said} tokens"


def test_a_client_that_leaves_at_the_end_takes_the_provider_along(
    budgeted: Gateway, talker: Talker
) -> None:
    stream = budgeted.sdk().chat.completions.with_raw_response.create(**ASK)
    text = ""
    with budgeted.http().stream("GET", "/healthz"):
        pass
    for line in stream.http_response.iter_text():
        text += line
        if "[DONE]" in text:
            break
    ended = time.monotonic()
    stream.http_response.close()
    wait_until_left(talker, 1)
    assert talker.left_at - ended < 0.5
    judge(budgeted, text, stream.headers["x-tidegate-request-id"])


def test_a_client_that_stays_gets_everything_and_is_disconnected_later(
    budgeted: Gateway, talker: Talker
) -> None:
    text, done = "", 0.0
    with budgeted.http() as client, client.stream("POST", "/v1/chat/completions", json=ASK) as answer:
        assert answer.status_code == 200
        request_id = answer.headers["x-tidegate-request-id"]
        with pytest.raises(httpx.RemoteProtocolError):
            for piece in answer.iter_text():
                text += piece
                if "[DONE]" in text and not done:
                    done = time.monotonic()
    stayed = time.monotonic() - done
    assert done and 0.9 < stayed < 2.5, stayed
    assert text.endswith("data: [DONE]\n\n")
    wait_until_left(talker, 1)
    judge(budgeted, text, request_id)


def test_the_next_request_is_refused(budgeted: Gateway) -> None:
    with budgeted.http() as client:
        for chunk in budgeted.sdk().chat.completions.create(**ASK):
            last = chunk
        assert last.usage
        answer = client.post("/v1/chat/completions", json=ASK)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "insufficient_quota"
