"""Limits over four Envoys of two workers each, by the provider's own count."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import hammer
from harness.cluster import Cluster
from harness.counting import Manners, Provider, most_within
from harness.limited import ask, key, secret
from harness.services import Postgres, Redis


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.stop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    redis = Redis(tmp_path / "redis", aof=False)
    yield redis
    redis.stop()


@pytest.fixture
def providers() -> Iterator[dict[str, Provider]]:
    providers = {name: Provider() for name in ("rpm", "tpm", "usd")}
    yield providers
    for provider in providers.values():
        provider.stop()


@pytest.mark.timeout(240)
def test_no_limit_is_passed_and_nearly_all_of_it_can_be_used(
    providers: dict[str, Provider], redis: Redis, postgres: Postgres, tmp_path: Path
) -> None:
    upstreams = {
        name: {"kind": "openai", "base_url": one.base_url} for name, one in providers.items()
    }
    prices = {name: {"m": {"input": 1, "output": 10}} for name in providers}
    providers["tpm"].manners = Manners(prompt=20, output=80)
    providers["usd"].manners = Manners(prompt=40, output=40, latency=0.05)
    cluster = Cluster(
        providers["rpm"], redis, postgres, tmp_path,
        [
            key("rpm", rate_limits={"requests_per_minute": 1000}),
            key("tpm", team="tokens"),
            key("usd", budgets=[{"usd": 1, "per": "day"}]),
        ],
        teams={"tokens": {"rate_limits": {"tokens_per_minute": 200_000}}},
        providers=upstreams,
        models={name: {"provider": name, "model": "m"} for name in providers},
        prices={"overrides": prices},
    )
    try:
        def plan(name: str, clients: int, **more: object) -> hammer.Plan:
            body = {**ask(**more), "model": name}
            return hammer.Plan(cluster.ports, secret(name), body, clients, seconds=75)

        rpm, tpm, usd = hammer.run(
            plan("rpm", 16), plan("tpm", 16, max_tokens=80), plan("usd", 200, max_tokens=40)
        )
    finally:
        cluster.stop()
    first = {name: min(one.arrived for one in found.served) for name, found in providers.items()}
    early = {
        name: [one for one in found.served if one.arrived < first[name] + 60]
        for name, found in providers.items()
    }
    assert most_within(providers["rpm"].served, 60) <= 1000
    assert len(early["rpm"]) >= 950
    assert most_within(providers["tpm"].served, 60, "tokens") <= 200_000
    assert sum(one.tokens for one in early["tpm"]) >= 190_000
    # In millionths of a dollar.
    spent = sum(one.prompt + 10 * one.output for one in providers["usd"].served)
    assert 950_000 <= spent <= 1_000_000
    for result in (rpm, tpm, usd):
        assert result.statuses[0] == 0
        assert set(result.statuses) <= {200, 429}
