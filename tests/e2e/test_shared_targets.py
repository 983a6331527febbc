"""A cooldown that one worker has found is known to its siblings, and to other gateways."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from harness import ports, settings
from harness.gateway import Gateway
from harness.services import Redis
from harness.settings import Settings
from harness.simulator import Simulator

Start = Callable[..., Gateway]

# Each round has a model of its own, and so targets that nothing is known of.
ROUNDS = 20
MODELS = [f"model-{number}" for number in range(ROUNDS)]
# Longer than any test of this file.
LATER = {"status": 429, "headers": {"retry-after": "120"}}
# Who has asked others for so long knows of it.
SETTLED = 0.5


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    redis = Redis(tmp_path / "redis", aof=False)
    yield redis
    redis.stop()


def two_targets(simulators: dict[str, Simulator]) -> Settings:
    """A gateway that prefers `openai` to `local`, without a sidecar."""
    providers = {name: settings.provider(simulators[name], name) for name in ("openai", "local")}
    models = {
        model: {
            "strategy": "priority",
            "targets": [{"provider": name, "model": model} for name in providers],
        }
        for model in MODELS
    }
    return settings.small(providers, models, cooldowns={})


def with_sidecar(simulators: dict[str, Simulator], **more: object) -> Settings:
    own = two_targets(simulators)
    own["sidecar"] = {"admin": {"port": ports.free()}}
    return {**own, **more}


def fresh_connections(gateway: Gateway) -> httpx.Client:
    """A client that connects for each request anew, and so comes to all workers."""
    return gateway.http(limits=httpx.Limits(max_keepalive_connections=0))


def ask(client: httpx.Client, model: str) -> str:
    """Which provider has answered."""
    body = {"model": model, "messages": [{"role": "user", "content": "say one"}]}
    answer = client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-tidegate-provider"]


def learns(finder: Gateway, learner: Gateway, openai: Simulator, model: str, watch: float) -> float:
    """After how many seconds the learner has sent its last request to the target of which the finder
    has found that it is to be left alone. The target itself tells nobody else: it answers again."""
    with fresh_connections(learner) as client:
        openai.script(LATER)
        with finder.http() as other:
            began = time.monotonic()
            assert ask(other, model) == "local"
        last = 0.0
        while (now := time.monotonic() - began) < min(watch, last + SETTLED):
            if ask(client, model) == "openai":
                last = now
    return last


def shown(what: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle, most = ordered[len(ordered) // 2], ordered[-1]
    return f"{what}: {len(ordered)} cooldowns, median {middle:.3f} s, longest {most:.3f} s"


def asks_of(simulator: Simulator, model: str) -> int:
    return sum(request.json["model"] == model for request in simulator.requests())


def workers_at_work(gateway: Gateway) -> int:
    """How many have taken connections."""
    stats = gateway.stats(r"listener\.127.*worker_\d+\.downstream_cx_total")
    return sum(count > 0 for count in stats.values())


def test_workers_of_a_process_learn_within_300_ms(
    simulators: dict[str, Simulator], start: Start
) -> None:
    gateway = start(two_targets(simulators), "--concurrency", "2")
    openai = simulators["openai"]
    seconds = []
    for model in MODELS:
        seconds.append(learns(gateway, gateway, openai, model, watch=0.3))
        asked = asks_of(openai, model)
        with fresh_connections(gateway) as client:
            assert {ask(client, model) for _ in range(30)} == {"local"}
        assert asks_of(openai, model) == asked, "a request was tried there all the same"
    print(shown("two workers", seconds))
    with fresh_connections(gateway) as client:
        assert {ask(client, model) for model in MODELS for _ in range(4)} == {"local"}
    assert workers_at_work(gateway) == 2
    assert max(seconds) < 0.3


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shared", ["redis", "sidecar"])
def test_gateways_learn_within_a_second(
    shared: str, simulators: dict[str, Simulator], redis: Redis, start: Start
) -> None:
    if shared == "redis":
        pair = [with_sidecar(simulators, redis={"url": redis.url}) for _ in range(2)]
    else:
        pair = [with_sidecar(simulators) for _ in range(2)]
        address = f"{ports.HOST}:{ports.free()}"
        pair[0]["sidecar"]["listen"] = address
        own = f"{ports.HOST}:{ports.free()}"
        pair[1]["sidecar"] |= {"listen": own, "connect": address}
    one, other = (start(own, "--concurrency", "2") for own in pair)
    seconds = []
    for number, model in enumerate(MODELS):
        finder, learner = (one, other) if number % 2 else (other, one)
        seconds.append(learns(finder, learner, simulators["openai"], model, watch=1.5))
    print(shown(f"two gateways by a shared {shared}", seconds))
    assert max(seconds) < 1
    # They have learnt of it, and not found out for themselves.
    assert min(seconds) > 0


def test_gateways_with_sidecars_of_their_own_learn_nothing_of_each_other(
    simulators: dict[str, Simulator], start: Start
) -> None:
    one, other = (start(with_sidecar(simulators), "--concurrency", "1") for _ in range(2))
    watched = 1.5
    assert learns(one, other, simulators["openai"], MODELS[0], watched) > watched - 0.2
