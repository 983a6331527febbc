"""A client that leaves, at every phase: its provider is let go, what came is billed once, its slot is
free."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import limited
from harness.counting import Manners, Provider
from harness.gateway import Gateway, sidecar_of
from harness.limited import ask, key, secret

# What the provider has sent and the client has not got yet.
IN_FLIGHT = 2


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disconnects")


@pytest.fixture(scope="module")
def gateway(provider: Provider, directory: Path) -> Iterator[Gateway]:
    keys = [key("dev", rate_limits={"parallel_requests": 1, "tokens_per_minute": 1_000_000})]
    settings = limited.limited(provider, directory, keys)
    gateway = Gateway(settings, directory, "--concurrency", "1", env=limited.environment())
    yield gateway
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


@pytest.fixture(autouse=True)
def clean(provider: Provider) -> None:
    provider.reset()


async def leave(gateway: Gateway, body: dict[str, Any], events: int, after: float,
                part: float = 1.0) -> str | None:
    """Sends a part of a request, reads so many events of its answer, waits, and hangs up. Returns the
    request's id, where it was told."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    text = json.dumps(body).encode()
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nauthorization: Bearer "
            f"{secret('dev')}\r\ncontent-length: {len(text)}\r\n\r\n").encode()
    writer.write(head + text[: int(len(text) * part)])
    request_id = None
    if events:
        told = await reader.readuntil(b"\r\n\r\n")
        for line in told.decode().split("\r\n"):
            if line.startswith("x-tidegate-request-id: "):
                request_id = line.split(": ")[1]
        for _ in range(events):
            await reader.readuntil(b"\n\n")
    await asyncio.sleep(after)
    writer.transport.abort()
    return request_id


def next_request(gateway: Gateway, provider: Provider) -> None:
    """The slot is free within a second."""
    provider.manners = Manners()
    deadline = time.monotonic() + 1.0
    status = 0
    with gateway.http(secret("dev")) as http:
        while status != 200 and time.monotonic() < deadline:
            status = http.post("/v1/chat/completions", json=ask()).status_code
    assert status == 200


def row_of(directory: Path, request_id: str | None, since_ms: float) -> dict[str, Any]:
    """The row of the request that was left, by its id or as the only one left since then."""
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        rows = [row for row in limited.rows(directory)
                if row["status"] == 499 and row["ended_ms"] >= since_ms
                and request_id in (None, row["request_id"])]
        if rows:
            assert len(rows) == 1
            return rows[0]
        time.sleep(0.1)
    raise AssertionError("the request has no row")


PHASES = [
    # What the provider does, whether it streams, events that the client reads, when it leaves.
    pytest.param(Manners(latency=20), False, 0, 0.3, id="waiting for an answer"),
    pytest.param(Manners(latency=20), True, 0, 0.3, id="waiting for a stream"),
    pytest.param(Manners(pace=0.05, output=200), True, 1, 0.0, id="after the first event"),
    pytest.param(Manners(pace=0.05, output=200), True, 3, 0.0, id="after the first token"),
    pytest.param(Manners(pace=0.02, output=400), True, 40, 0.0, id="in the middle"),
]


@pytest.mark.parametrize(("manners", "stream", "events", "after"), PHASES)
def test_the_provider_is_let_go_and_what_came_is_billed_once(
    gateway: Gateway, provider: Provider, directory: Path, manners: Manners, stream: bool,
    events: int, after: float,
) -> None:
    provider.manners = manners
    since = time.time() * 1000
    request_id = asyncio.run(leave(gateway, ask(stream=stream), events, after))
    left = time.monotonic()
    one = provider.served[0]
    while not one.ended and time.monotonic() < left + 2:
        time.sleep(0.01)
    assert one.hung_up and one.ended - left < 1.0
    next_request(gateway, provider)
    row = row_of(directory, request_id, since)
    assert row["outcome"] == "abandoned"
    assert abs(row["output_tokens"] - one.output) <= IN_FLIGHT, (row, one)
    billed = [row for row in limited.rows(directory) if row["request_id"] == request_id]
    assert len(billed) == (1 if request_id else 0)


def test_a_client_that_leaves_with_its_body_half_sent_costs_nothing(
    gateway: Gateway, provider: Provider, directory: Path
) -> None:
    since = time.time() * 1000
    asyncio.run(leave(gateway, ask(), 0, 0.2, part=0.5))
    next_request(gateway, provider)
    row = row_of(directory, None, since)
    assert (row["output_tokens"], row["input_tokens"], row["provider"]) == (0, 0, None)
    assert len(provider.served) == 1


def test_a_client_that_leaves_while_its_limit_is_asked_costs_nothing(
    gateway: Gateway, provider: Provider, directory: Path
) -> None:
    # What is in hand would do: it is given back after a while of quiet.
    time.sleep(2.5)
    since = time.time() * 1000
    sidecar = sidecar_of(gateway)
    os.kill(sidecar, signal.SIGSTOP)
    try:
        asyncio.run(leave(gateway, ask(), 0, 0.1))
    finally:
        os.kill(sidecar, signal.SIGCONT)
    next_request(gateway, provider)
    row = row_of(directory, None, since)
    assert (row["output_tokens"], row["provider"]) == (0, None)
    assert len(provider.served) == 1


def test_a_client_that_leaves_with_the_last_token_pays_for_all(
    gateway: Gateway, provider: Provider, directory: Path
) -> None:
    # Role, five tokens, the finish: then the client has all but `[DONE]`.
    provider.manners = Manners(pace=0.05)
    request_id = asyncio.run(leave(gateway, ask(stream=True), 7, 0.0))
    next_request(gateway, provider)
    deadline = time.monotonic() + 4
    rows: list[dict[str, Any]] = []
    while not rows and time.monotonic() < deadline:
        rows = [row for row in limited.rows(directory) if row["request_id"] == request_id]
        time.sleep(0.1)
    assert len(rows) == 1
    # Chunks are counted where the provider's own count did not come: the last one may have no token.
    assert 0 <= rows[0]["output_tokens"] - provider.served[0].output <= 1
