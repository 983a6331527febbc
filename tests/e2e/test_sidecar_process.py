"""The sidecar's process: `tidegate run` starts it, starts it again, and ends it last."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable

import pytest

from harness import ports, settings
from harness.cases import user
from harness.gateway import Gateway, envoy_of, sidecar_of
from harness.settings import GPT, KEY, Settings
from harness.simulator import Simulator

ASK = [user("say one")]
Start = Callable[..., Gateway]


@pytest.fixture
def limited(simulators: dict[str, Simulator]) -> Settings:
    """A gateway with room for all that a test asks for."""
    providers = {"openai": settings.provider(simulators["openai"], "openai")}
    own = settings.small(providers, {GPT: {"provider": "openai"}})
    own["defaults"] = {
        "rate_limits": {"requests_per_minute": 1000},
        "budgets": [{"usd": 5, "per": "day"}],
    }
    own["sidecar"] = {"admin": {"port": ports.free()}}
    return own


def ask(gateway: Gateway) -> str | None:
    with gateway.sdk() as client:
        answer = client.chat.completions.create(model=GPT, messages=ASK)
    return answer.choices[0].message.content


def another_sidecar_than(first: int, gateway: Gateway) -> bool:
    """Whether one comes within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        # Between two lives there is none, or one that is not the sidecar yet.
        with contextlib.suppress(AssertionError, FileNotFoundError):
            if sidecar_of(gateway) != first:
                return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_requests_are_counted_and_their_cost_is_known(start: Start, limited: Settings) -> None:
    gateway = start(limited)
    with gateway.http(KEY) as client:
        body = {"model": GPT, "messages": ASK}
        answer = client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-limit-requests"] == "1000"
    usage = answer.json()["usage"]
    # The list price of gpt-4o-mini: 0.15 and 0.60 dollars for a million tokens.
    dollars = (usage["prompt_tokens"] * 15 + usage["completion_tokens"] * 60) / 1e8
    assert float(answer.headers["x-tidegate-cost-usd"]) == pytest.approx(dollars)


def test_one_that_is_killed_is_started_again_and_the_gateway_serves_on(
    start: Start, limited: Settings
) -> None:
    gateway = start(limited)
    assert ask(gateway)
    first, envoy = sidecar_of(gateway), envoy_of(gateway)
    os.kill(first, signal.SIGKILL)
    said = gateway.process.stderr.wait_for(lambda line: "started again" in line, 5)
    assert said is not None and "SIGKILL" in said
    assert another_sidecar_than(first, gateway)
    assert envoy_of(gateway) == envoy
    assert ask(gateway)


def test_at_the_end_nothing_stays(start: Start, limited: Settings) -> None:
    gateway = start(limited)
    assert ask(gateway)
    children = [envoy_of(gateway), sidecar_of(gateway)]
    gateway.process.send(signal.SIGTERM)
    assert gateway.process.wait(20) == 0
    assert not any(alive(pid) for pid in children)
    with socket.socket() as again:
        again.bind((ports.HOST, limited["sidecar"]["admin"]["port"]))


def test_a_killed_gateway_takes_its_sidecar_along(start: Start, limited: Settings) -> None:
    gateway = start(limited)
    sidecar = sidecar_of(gateway)
    os.kill(gateway.process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while alive(sidecar) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(sidecar)
