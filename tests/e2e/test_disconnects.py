"""A client that leaves, at every phase: its provider is let go, what came is billed once, and what
was set aside for it is free again."""

import json
import os
import signal
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import limited
from harness.counting import Manners, Provider, Served, Stop
from harness.gateway import Gateway, sidecar_of
from harness.limited import key, secret

# Within this time all is as if the client had never been there, but for its row.
SOON = 1.0
# Rows are on their way for a second at most.
LEDGER_DELAY = 4.0
# Of each limit there is enough for one request, and not for two.
MOST_OUTPUT = 5500
TOKENS = 10_000
DOLLARS = 0.1


@dataclass(frozen=True)
class Phase:
    """When a client leaves."""

    name: str
    stream: bool
    stop: Stop | None = None
    # What the provider has produced by then.
    output: int = 0
    # Events that the client reads.
    events: int = 0


# The provider has not been asked yet.
BEFORE_THE_PROVIDER = [
    Phase("half of the body is sent", False),
    Phase("half of the body of a stream is sent", True),
    Phase("a limit is asked", False),
    Phase("a limit is asked for a stream", True),
]
AT_THE_PROVIDER = [
    Phase("no headers", False, Stop.BEFORE_HEADERS),
    Phase("no headers of a stream", True, Stop.BEFORE_HEADERS),
    Phase("headers alone", True, Stop.BEFORE_FIRST_EVENT),
    Phase("no token", True, Stop.AFTER_TOKENS),
    Phase("the first token", True, Stop.AFTER_TOKENS, output=1, events=2),
    Phase("in the middle", True, Stop.AFTER_TOKENS, output=40, events=41),
    # The role, five tokens, the finish, the count.
    Phase("all but the end", True, Stop.BEFORE_DONE, output=5, events=8),
    Phase("half of an answer", False, Stop.IN_BODY, output=2000),
]
AFTER_THE_END = Phase("after the end", True, Stop.AFTER_DONE, output=5, events=9)
PHASES = [*BEFORE_THE_PROVIDER, *AT_THE_PROVIDER, AFTER_THE_END]


def names(phase: Phase) -> tuple[str, str, str]:
    """Keys: the one of whom the test is, one of its team, and one of its organization."""
    name = phase.name.replace(" ", "-")
    return name, f"{name}-mate", f"{name}-cousin"


def phases(found: list[Phase]) -> Any:
    return pytest.mark.parametrize("phase", found, ids=[phase.name for phase in found])


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
    """Each phase has its own keys: one with a slot, in a team with tokens for one request at a time,
    in an organization with money for as many."""
    keys, teams, organizations = [], {}, {}
    for phase in PHASES:
        own, mate, cousin = names(phase)
        one_slot = {"parallel_requests": 1, "on_unavailable": "deny"}
        keys += [key(own, team=own, rate_limits=one_slot), key(mate, team=own),
                 key(cousin, team=cousin)]
        tokens = {"tokens_per_hour": TOKENS, "on_unavailable": "deny"}
        teams[own] = {"organization": own, "rate_limits": tokens}
        teams[cousin] = {"organization": own}
        organizations[own] = {"budgets": [{"usd": DOLLARS, "per": "day"}]}
    settings = limited.limited(
        provider, directory, keys, teams=teams, organizations=organizations
    )
    gateway = Gateway(settings, directory, "--concurrency", "1", env=limited.environment())
    yield gateway
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


@pytest.fixture(scope="module")
def asked() -> Counter[str]:
    """How many requests each key has made."""
    return Counter()


@pytest.fixture
def visit(
    gateway: Gateway, provider: Provider, directory: Path, asked: Counter[str], phase: Phase
) -> "Iterator[Visit]":
    provider.reset()
    visit = Visit(gateway, provider, directory, asked, phase)
    yield visit
    visit.hang_up()


@dataclass
class Visit:
    """One client, that comes and leaves, and those who share its limits."""

    gateway: Gateway
    provider: Provider
    directory: Path
    asked: Counter[str]
    phase: Phase
    _socket: socket.socket = field(default_factory=socket.socket)

    @property
    def body(self) -> bytes:
        more = {"stream_options": {"include_usage": True}} if self.phase.stream else {}
        body = limited.ask(max_tokens=MOST_OUTPUT, stream=self.phase.stream, **more)
        return json.dumps(body).encode()

    @property
    def estimate(self) -> int:
        """The input, where its provider has not counted it: a quarter of the bytes."""
        return (len(self.body) + 1) // 2 // 2

    @property
    def set_aside(self) -> int:
        """Tokens that are set aside for a request: half of its bytes, and its output."""
        return (len(self.body) + 1) // 2 + MOST_OUTPUT

    def come(self, part: float = 1.0) -> None:
        """Sends a part of the body, and reads what is to be read of the answer."""
        own, _, _ = names(self.phase)
        self.asked[own] += 1
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nauthorization: Bearer "
                f"{secret(own)}\r\ncontent-length: {len(self.body)}\r\n\r\n").encode()
        self._socket = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=10)
        self._socket.sendall(head + self.body[: int(len(self.body) * part)])
        with self._socket.makefile("rb") as lines:
            events = 0
            while events < self.phase.events:
                line = lines.readline()
                assert line, "the gateway has hung up"
                events += line.startswith(b"data: ")

    def wait_until_there(self) -> None:
        wait_for(self._requests_under_way, lambda count: count == 1, 5, "the request")

    def leave(self) -> float:
        """Resets its connection, as a client that is killed. Returns when."""
        reset = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        self.hang_up()
        return time.monotonic()

    def hang_up(self) -> None:
        self._socket.close()

    def ask_as(self, name: str) -> httpx.Response:
        self.asked[name] += 1
        with self.gateway.http(secret(name)) as http:
            return http.post("/v1/chat/completions", content=self.body)

    def assert_nothing_is_left_for_others(self) -> None:
        """As long as the client is there, it has what the next one needs: of each limit."""
        limits = ("at a time of the key", "tokens per hour of the team",
                  "USD per day of the organization")
        for name, limit in zip(names(self.phase), limits, strict=True):
            answer = self.ask_as(name)
            assert answer.status_code == 429, answer.text
            assert limit in answer.json()["error"]["message"], answer.text

    def assert_all_is_free(self, left: float) -> int:
        """Within a second the next request gets the slot, the tokens and the money of the one that
        has left. Returns the tokens that are missing, by the team's counter."""
        self.provider.manners = Manners()
        own, _, _ = names(self.phase)
        answer = wait_for(
            lambda: self.ask_as(own), lambda answer: answer.status_code == 200,
            left + SOON - time.monotonic(), "an answer", pause=0.02,
        )
        assert self.provider.served[-1].arrived - left < SOON
        remaining = int(answer.headers["x-ratelimit-remaining-tokens"])
        return TOKENS - self.set_aside - remaining

    def row(self) -> dict[str, Any]:
        """The row of the request that was left: the one row of its key that no answer had."""
        own, _, _ = names(self.phase)
        rows = wait_for(lambda: self._rows(own), lambda rows: len(rows) >= self.asked[own],
                        LEDGER_DELAY, "a row for each request")
        assert len(rows) == self.asked[own], rows
        refused = [row for row in rows if row["status"] in (429, 503)]
        assert all(row["provider"] is None and not row["cost_pico_usd"] for row in refused)
        rest = sorted(
            (row for row in rows if row not in refused), key=lambda row: row["ended_ms"]
        )
        assert [row["status"] for row in rest[1:]] == [200], rows
        return rest[0]

    def _rows(self, name: str) -> list[dict[str, Any]]:
        return [row for row in limited.rows(self.directory) if row["key_id"] == name]

    def _requests_under_way(self) -> int:
        stats = self.gateway.stats(r"^http\.clients\.downstream_rq_active$")
        return sum(stats.values())


def wait_for(
    look: Callable[[], Any], is_it: Callable[[Any], bool], seconds: float, what: str,
    pause: float = 0.05,
) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if is_it(found):
            return found
        assert time.monotonic() < deadline, f"{what} did not come in time: {found}"
        time.sleep(pause)


def tokens(row: dict[str, Any]) -> int:
    return row["input_tokens"] + row["output_tokens"]


@phases(AT_THE_PROVIDER)
def test_the_provider_is_let_go_what_came_is_billed_once_and_the_rest_is_free(
    visit: Visit, provider: Provider, phase: Phase
) -> None:
    more = 400 if phase.stop == Stop.AFTER_TOKENS else 0
    provider.manners = Manners(
        stop=phase.stop, tokens=phase.output, output=phase.output + more
    )
    visit.come()
    wait_for(lambda: [one.stopped for one in provider.served], lambda all: all == [True], 5,
             "the provider's part")
    visit.assert_nothing_is_left_for_others()
    (one,) = provider.served
    left = visit.leave()
    wait_for(lambda: one.ended, bool, SOON, "the end at the provider", pause=0.005)
    assert one.hung_up and one.ended - left < SOON

    used = visit.assert_all_is_free(left)
    row = visit.row()
    assert (row["status"], row["outcome"], row["provider"]) == (499, "abandoned", "openai")
    assert_what_came_is_billed(visit, one, row)
    assert used == tokens(row)


def assert_what_came_is_billed(visit: Visit, one: Served, row: dict[str, Any]) -> None:
    stop = visit.phase.stop
    # Where its provider has not counted the input, it is estimated; without an answer it is free.
    inputs = {Stop.BEFORE_HEADERS: 0, Stop.BEFORE_DONE: one.prompt}
    assert row["input_tokens"] == inputs.get(stop, visit.estimate)
    if stop == Stop.IN_BODY:
        # All was produced and half of it came, by its bytes: names and braces count too.
        assert 0 <= row["output_tokens"] - one.output // 2 <= 50
    else:
        assert row["output_tokens"] == one.output == visit.phase.output
    cost = 1_000_000 * row["input_tokens"] + 10_000_000 * row["output_tokens"]
    assert row["cost_pico_usd"] == cost


@phases([AFTER_THE_END])
def test_a_client_that_leaves_with_the_last_byte_pays_once(
    visit: Visit, provider: Provider, phase: Phase
) -> None:
    provider.manners = Manners(stop=phase.stop, output=phase.output)
    visit.come()
    (one,) = provider.served
    left = visit.leave()
    wait_for(lambda: one.ended, bool, SOON, "the end at the provider", pause=0.005)
    assert one.hung_up and one.ended - left < SOON
    assert visit.assert_all_is_free(left) == one.tokens
    row = visit.row()
    assert (row["status"], row["outcome"]) == (200, "answered")
    assert (row["input_tokens"], row["output_tokens"]) == (one.prompt, one.output)


@phases([phase for phase in BEFORE_THE_PROVIDER if "half" in phase.name])
def test_a_client_that_leaves_with_its_body_half_sent_costs_nothing(
    visit: Visit, provider: Provider, phase: Phase
) -> None:
    visit.come(part=0.5)
    visit.wait_until_there()
    assert_nobody_was_asked(visit, provider, visit.leave())


@phases([phase for phase in BEFORE_THE_PROVIDER if "half" not in phase.name])
def test_a_client_that_leaves_while_its_limit_is_asked_costs_nothing(
    visit: Visit, gateway: Gateway, provider: Provider, phase: Phase
) -> None:
    sidecar = sidecar_of(gateway)
    os.kill(sidecar, signal.SIGSTOP)
    try:
        visit.come()
        # With an answer of the sidecar's it would long be with its provider; without one, it is
        # refused after half a second.
        time.sleep(0.15)
        assert provider.served == []
        left = visit.leave()
    finally:
        os.kill(sidecar, signal.SIGCONT)
    assert_nobody_was_asked(visit, provider, left)


def assert_nobody_was_asked(visit: Visit, provider: Provider, left: float) -> None:
    assert visit.assert_all_is_free(left) == 0
    row = visit.row()
    assert (row["status"], row["outcome"], row["provider"]) == (499, "abandoned", None)
    assert tokens(row) == 0 and not row["cost_pico_usd"]
    assert len(provider.served) == 1, "that of the client that came next"


def test_each_request_has_one_row_after_all_is_over(
    gateway: Gateway, directory: Path, asked: Counter[str]
) -> None:
    # Whatever might be written twice has been by now.
    time.sleep(2 * SOON)
    assert Counter(row["key_id"] for row in limited.rows(directory)) == asked
