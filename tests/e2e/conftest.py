"""Fixtures: three simulated providers and one gateway for all tests, and others on demand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from harness import ports, settings
from harness.gateway import Gateway
from harness.settings import CANARY, PROVIDER_KEYS, Settings
from harness.simulator import Simulator

StartGateway = Callable[..., Gateway]


@pytest.fixture(scope="session")
def openai_simulator() -> Iterator[Simulator]:
    simulator = Simulator("openai", PROVIDER_KEYS["openai"])
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def claude_simulator() -> Iterator[Simulator]:
    simulator = Simulator("anthropic", PROVIDER_KEYS["claude"])
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def local_simulator() -> Iterator[Simulator]:
    simulator = Simulator("openai", PROVIDER_KEYS["local"])
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def simulators(
    openai_simulator: Simulator, claude_simulator: Simulator, local_simulator: Simulator
) -> dict[str, Simulator]:
    """By the names that the providers have in the settings."""
    return {"openai": openai_simulator, "claude": claude_simulator, "local": local_simulator}


@pytest.fixture(autouse=True)
def fresh_simulators(simulators: dict[str, Simulator]) -> None:
    """Every test begins with good answers and empty journals."""
    for simulator in simulators.values():
        simulator.reset()


@pytest.fixture(scope="session")
def gateway(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """The gateway that most tests share; see `harness/settings.py` for its models."""
    with ports.refusing() as refusing_port:
        everything = settings.full(
            simulators["openai"], simulators["claude"], simulators["local"], refusing_port
        )
        running = Gateway(everything, tmp_path_factory.mktemp("gateway"), "--concurrency", "1")
        yield running
        failures = running.vm_failures()
        running.stop()
    assert not failures, failures
    assert_nothing_leaked(running)


@pytest.fixture
def start(simulators: dict[str, Simulator], tmp_path: Path) -> Iterator[StartGateway]:
    """Starts a gateway of the test's own: `start(settings, *options)`."""
    started: list[Gateway] = []

    def start_one(own: Settings, *options: str, **more: Any) -> Gateway:
        started.append(Gateway(own, tmp_path / str(len(started)), *options, **more))
        return started[-1]

    yield start_one
    for running in started:
        running.stop()
        assert_nothing_leaked(running)


@pytest.fixture(scope="session")
def sdk(gateway: Gateway) -> Iterator[openai.OpenAI]:
    with gateway.sdk() as client:
        yield client


@pytest.fixture(scope="session")
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with gateway.http() as client:
        yield client


def assert_nothing_leaked(gateway: Gateway) -> None:
    """No key and no prompt is in anything that the gateway or Envoy has printed."""
    printed = gateway.process.stdout.text() + gateway.process.stderr.text()
    leaks = [line for line in printed.splitlines() if CANARY in line]
    assert not leaks, leaks
