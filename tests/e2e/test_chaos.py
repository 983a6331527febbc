"""`kill -9` of everything in mid-load: no limit is passed, no row is lost, slots are free again."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import hammer
from harness.bookkeeper import Bookkeeper
from harness.books import (
    assert_kept_what_was_acknowledged,
    assert_refusals_are_free,
    billed,
    request_ids,
    settle,
    used,
)
from harness.bounds import FREE, LARGE, Bounds
from harness.cluster import Cluster
from harness.counting import Manners, Provider, Stop, most_at_once
from harness.gateway import envoy_of, sidecar_of
from harness.kills import assert_in_mid_load, kill, kill_for, wait_until
from harness.limited import ask, key, secret
from harness.services import Postgres, Redis

ANSWERS = 100_000
# A lease of a holder that is gone, and the margin that its store adds.
TTL = 12.0
# A filter sends its rows once a second, and gives a batch five.
UNSENT = 6.0
SLOTS = 2


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.stop()


@pytest.fixture
def ledger(postgres: Postgres) -> Postgres:
    """Without the rows of other tests."""
    postgres.rows("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return postgres


@pytest.fixture
def bounds() -> Iterator[Bounds]:
    bounds = Bounds()
    yield bounds
    bounds.stop()


@pytest.mark.timeout(420)
def test_limits_and_ledger_hold_when_sidecars_and_databases_are_killed(
    bounds: Bounds, ledger: Postgres, tmp_path: Path
) -> None:
    redis = Redis(tmp_path / "redis", aof=True)
    cluster = bounds.cluster(redis, ledger, tmp_path)

    def database_and_sidecar() -> None:
        ledger.kill()
        time.sleep(1)
        # What it has taken meanwhile is gone with it.
        cluster.kill_sidecar(0)
        time.sleep(1)
        ledger.start()

    try:
        load = hammer.start(bounds.plan(FREE, cluster.ports, 24))
        bound = hammer.start(*bounds.plans(cluster.ports))
        keepers = [Bookkeeper(path, path.stem) for path in cluster.sockets]
        wait_until(bounds.are_reached, 60, "all limits")
        kills = [kill("sidecar", cluster.kill_sidecar, 0)]
        time.sleep(2)
        kills.append(kill("PostgreSQL", database_and_sidecar))
        time.sleep(2)
        kills.append(kill("Redis", kill_for, 0.5, redis))
        wait_until(lambda: bounds.is_known_again(kills[-1].back), 40, "the end of quarantine")
        spent = bounds.spent("large")
        kills.append(kill("sidecar", cluster.kill_sidecar, 1))

        time.sleep(1)
        free = bounds.providers[FREE].served
        wait_until(lambda: len(free) >= ANSWERS, 300, f"{ANSWERS} requests")
        load.stop()
        recovered = kills[-1].back
        wait_until(lambda: bounds.are_reached(recovered), 30, "all limits again")
        wait_until(bounds.is_used_up, 60, "the large budget")
        bound.stop()
        results = [*load.wait(), *bound.wait()]
        for keeper in keepers:
            keeper.stop()
        settle(ledger, bounds.ids())
    finally:
        cluster.stop()
        redis.stop()
    assert results[0].answered >= ANSWERS
    statuses = sum((result.statuses for result in results), Counter())
    assert statuses[0] == 0
    assert statuses[200] == len(bounds.served())
    assert_in_mid_load(kills, free)
    bounds.assert_no_limit_is_passed()
    assert 0 < spent < 0.9 * LARGE, "the large budget was being spent when all was killed"
    assert billed(ledger, "requests") == used(bounds.by_provider())
    assert billed(ledger, "attempts") == used(bounds.by_provider())
    assert_refusals_are_free(ledger, statuses)
    sidecar, database, _, other = kills
    assert_kept_what_was_acknowledged(ledger, keepers, [sidecar, database, other])
    without = (database.at + 0.5, database.at + 2)
    assert not [at for keeper in keepers for at in keeper.times() if without[0] < at < without[1]]


@pytest.mark.timeout(240)
def test_limits_hold_when_envoys_and_a_redis_without_memory_are_killed(
    bounds: Bounds, ledger: Postgres, tmp_path: Path
) -> None:
    redis = Redis(tmp_path / "redis", aof=False)
    cluster = bounds.cluster(redis, ledger, tmp_path)
    try:
        free = bounds.plan(FREE, cluster.ports, 8, pace=0.05)
        load = hammer.start(free, *bounds.plans(cluster.ports))
        wait_until(bounds.are_reached, 60, "all limits")
        kills = [kill("Redis", kill_for, 0.0, redis)]
        wait_until(lambda: bounds.is_known_again(kills[-1].back), 40, "the end of quarantine")
        time.sleep(2)
        pid = envoy_of(cluster.gateways[0])

        def envoy() -> None:
            os.kill(pid, signal.SIGKILL)
            cluster.restart(0)

        spent = bounds.spent("large")
        kills.append(kill("Envoy", envoy))

        recovered = kills[-1].back
        wait_until(lambda: bounds.are_reached(recovered), 30, "all limits again")
        wait_until(bounds.is_used_up, 60, "the large budget")
        load.stop()
        results = load.wait()
        # What the killed Envoy had not sent yet has no row; what it had, its provider may read late.
        at = kills[-1].at
        unsent = {one.request_id for one in bounds.served()
                  if at - UNSENT < one.arrived < at + 1.0}
        settle(ledger, bounds.ids() - unsent)
    finally:
        cluster.stop()
        redis.stop()
    assert_in_mid_load(kills, bounds.providers[FREE].served)
    bounds.assert_no_limit_is_passed()
    assert 0 < spent < 0.9 * LARGE, "the large budget was being spent when all was killed"

    lost = bounds.ids() - request_ids(ledger)
    assert lost <= unsent
    assert request_ids(ledger) <= bounds.ids()
    without = {name: [one for one in served if one.request_id not in lost]
               for name, served in bounds.by_provider().items()}
    assert billed(ledger, "requests") == used(without)
    assert billed(ledger, "attempts") == used(without)
    assert sum(result.answered for result in results) <= len(bounds.served())


@pytest.mark.timeout(180)
def test_slots_are_free_within_their_ttl_whatever_was_killed(
    ledger: Postgres, tmp_path: Path
) -> None:
    provider = Provider()
    redis = Redis(tmp_path / "redis", aof=True)
    keys = [key("dev", rate_limits={"parallel_requests": SLOTS, "on_unavailable": "deny"})]
    cluster = Cluster(provider, redis, ledger, tmp_path, keys, size=2, workers=1)

    def sidecar(held: Manners) -> None:
        os.kill(sidecar_of(cluster.gateways[0]), signal.SIGKILL)
        # They end while nobody can be told of it.
        held.goes_on = True

    def memory(held: Manners) -> None:
        redis.kill()
        held.goes_on = True
        time.sleep(0.5)
        redis.start()

    def envoy(_held: Manners) -> None:
        os.kill(envoy_of(cluster.gateways[0]), signal.SIGKILL)

    try:
        for victim in (sidecar, memory, envoy):
            assert_slots_come_back(cluster, provider, victim)
    finally:
        cluster.stop()
        redis.stop()
        provider.stop()
    assert most_at_once(provider.served) == SLOTS


def assert_slots_come_back(
    cluster: Cluster, provider: Provider, kill_one: Callable[[Manners], None]
) -> None:
    """All slots are taken through the first gateway, and the second one has to get them."""
    first, second = ([port] for port in cluster.ports)

    def are_taken(before: int) -> bool:
        under_way = [one for one in provider.served[before:] if one.stopped and not one.ended]
        return len(under_way) == SLOTS

    before = len(provider.served)
    provider.manners = held = Manners(stop=Stop.BEFORE_HEADERS)
    holders = hammer.start(hammer.Plan(first, secret("dev"), ask(), SLOTS))
    wait_until(lambda: are_taken(before), 10, "slots are taken")
    plan = hammer.Plan(second, secret("dev"), ask(), SLOTS + 1, after_refusal=0.1)
    others = hammer.start(plan)
    time.sleep(1)
    assert are_taken(before) and len(provider.served) == before + SLOTS

    holders.stop()
    provider.manners = then = Manners(stop=Stop.BEFORE_HEADERS)
    kill_one(held)
    name = kill_one.__name__
    wait_until(lambda: are_taken(before + SLOTS), TTL + 2, f"slots after the kill of {name}")
    others.stop()
    then.goes_on = True
    others.wait(20)
    holders.wait(20)
