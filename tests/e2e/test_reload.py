"""Another configuration for a gateway that runs: nothing fails, nothing is cut, nothing is lost."""

import copy
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from harness import hammer, limited, ports, settings
from harness.cases import user
from harness.counting import Provider
from harness.gateway import Gateway
from harness.reloading import hear, reload, replace, serve, write
from harness.settings import GPT, KEY, LOCAL, PROVIDER_KEYS, Settings
from harness.simulator import Simulator
from harness.streams import Open

Start = Callable[..., Gateway]

RELOADS = 100
OPEN_STREAMS = 200
REQUESTS_PER_SECOND = 500
GUEST_KEY = f"tg-{settings.CANARY}-guest-31415926"

ASK = {"model": GPT, "messages": [user("say one two")]}
LONG = {"model": "local", "messages": [user("say it")]}


@pytest.fixture
def spare() -> Iterator[Simulator]:
    """Another place where the same provider is."""
    simulator = Simulator("openai", PROVIDER_KEYS["openai"])
    yield simulator
    simulator.stop()


@pytest.fixture
def own(simulators: dict[str, Simulator]) -> Settings:
    return settings.small(
        settings.providers(*(simulators[name] for name in ("openai", "claude", "local"))),
        {GPT: {"provider": "openai"}, "local": {"provider": "local", "model": LOCAL}},
        timeouts={"connect": "2s", "first_token": "15s", "idle": "15s", "total": "300s"},
    )


def with_guest(own: Settings) -> Settings:
    return {**own, "keys": [*own["keys"], settings.key("guest", GUEST_KEY)]}


def status(gateway: Gateway, key: str = KEY, **more: object) -> int:
    with gateway.http(key) as http:
        return http.post("/v1/chat/completions", json={**ASK, **more}).status_code


def by_name(simulator: Simulator) -> str:
    """Its address by a name, which Envoy resolves."""
    return simulator.base_url.replace(ports.HOST, "localhost")


def variants(own: Settings, here: Simulator, there: Simulator) -> list[Settings]:
    """Configurations in a circle: each differs from the one before in what it is about."""
    guest = with_guest(own)
    targets = copy.deepcopy(own)
    targets["models"][GPT] = settings.chain("openai", "local")
    targets["models"]["local"]["timeouts"] = {"first_token": "20s"}
    more = copy.deepcopy(own)
    more["providers"]["spare"] = settings.provider(there, "openai", base_url=by_name(there))
    more["models"][GPT] = {"targets": [{"provider": "spare"}, {"provider": "openai"}]}
    moved = copy.deepcopy(more)
    moved["providers"]["openai"]["base_url"] = there.base_url
    moved["providers"]["spare"]["base_url"] = by_name(here)
    return [guest, own, targets, more, moved]


@pytest.mark.timeout(150)
def test_a_hundred_reloads_under_load_fail_nothing_and_cut_nothing(
    start: Start, own: Settings, simulators: dict[str, Simulator], spare: Simulator
) -> None:
    gateway = start(own, "--concurrency", "2")
    simulators["local"].always(tokens=40, pause_between_events_ms=1000)
    streams = Open(gateway.port, KEY, LONG, OPEN_STREAMS)
    deadline = time.monotonic() + 20
    while streams.open < OPEN_STREAMS and time.monotonic() < deadline:
        time.sleep(0.1)
    assert streams.open == OPEN_STREAMS
    # More than wanted, where an answer takes no time.
    load = hammer.start(hammer.Plan([gateway.port], KEY, ASK, clients=100, pace=0.12))
    circle = variants(own, simulators["openai"], spare)
    began = time.monotonic()
    for number in range(RELOADS):
        serve(gateway, circle[number % len(circle)])
    seconds = time.monotonic() - began
    assert streams.open == OPEN_STREAMS, "a stream has ended before the last reload"
    load.stop()
    (result,) = load.wait()
    ends = streams.wait(90)
    print(f"{RELOADS} reloads in {seconds:.1f} s, {result.statuses}, {ends.complete} streams")
    assert dict(result.statuses) == {200: result.answered}
    assert result.answered >= REQUESTS_PER_SECOND * seconds
    assert (ends.complete, ends.cut) == (OPEN_STREAMS, [])
    assert not gateway.vm_failures()


def test_a_watched_file_is_served_within_two_seconds(start: Start, own: Settings) -> None:
    gateway = start(own, "--watch")
    assert status(gateway, GUEST_KEY) == 401
    for settings_now, expected in ((with_guest(own), 200), (own, 401)):
        write(gateway, settings_now)
        written = time.monotonic()
        while status(gateway, GUEST_KEY) != expected:
            assert time.monotonic() - written < 2, gateway.process.stderr.text()
            time.sleep(0.02)
    # It counts a moment before that is said.
    hear(gateway, before=1)
    replace(gateway.file, gateway.file.read_text() + "# a word\n")
    assert "says nothing new" in hear(gateway, before=2)


def test_a_bad_file_is_refused_in_the_words_of_check_and_the_old_one_serves(
    start: Start, own: Settings
) -> None:
    gateway = start(own)
    bad = copy.deepcopy(own)
    bad["models"][GPT] = {"provider": "opnai"}
    said = reload(gateway, lambda: write(gateway, bad))
    assert "there is no provider `opnai`" in said and "tidegate.yaml:" in said
    assert "is not taken" in said
    said = reload(gateway, lambda: replace(gateway.file, "models: [\n"))
    assert "is not taken" in said
    assert status(gateway) == 200
    serve(gateway, with_guest(own))
    assert status(gateway, GUEST_KEY) == 200


def test_what_needs_a_restart_is_named_and_nothing_else_of_the_file_is_taken(
    start: Start, own: Settings
) -> None:
    gateway = start(own)
    other = {"address": ports.HOST, "port": ports.free()}
    late = copy.deepcopy(own["providers"])
    late["openai"]["api_key"] = "${E2E_LATE_KEY}"
    changes: list[tuple[dict, str]] = [
        ({"listen": other}, "listen: "),
        ({"admin": other}, "admin: "),
        ({"max_body_bytes": 1 << 20}, "max_body_bytes: "),
        ({"access_log": False}, "access_log: "),
        ({"ledger": {"retention_days": 7}}, "sidecar: "),
        ({"providers": late}, "providers.openai.api_key: the gateway was started without ${E2E_LATE"),
    ]
    for change, named in changes:
        changed = {**with_guest(own), **change}
        said = reload(gateway, partial(write, gateway, changed))
        assert "is not taken" in said
        assert f"  - {named}" in said, said
    assert status(gateway, GUEST_KEY) == 401
    assert status(gateway) == 200


def test_a_provider_that_is_gone_leaves_once_no_request_can_need_it(
    start: Start, own: Settings, simulators: dict[str, Simulator]
) -> None:
    own["timeouts"] = {"first_token": "2s", "response": "2s", "idle": "2s", "total": "3s"}
    own["models"]["both"] = settings.chain("claude", "openai")
    gateway = start(own)
    without = copy.deepcopy(own)
    del without["providers"]["claude"], without["models"]["both"]
    simulators["local"].always(tokens=8, pause_between_events_ms=250)
    streams = Open(gateway.port, KEY, LONG, 5)
    serve(gateway, without)
    assert status(gateway, model="both") == 404
    members = r"cluster\.claude\.membership_total"
    assert gateway.stats(members), "requests that were planned before may still go there"
    time.sleep(4)
    assert not gateway.stats(members)
    assert streams.wait(10).cut == []
    assert status(gateway) == 200


def test_leases_and_rows_outlive_reloads(tmp_path: Path) -> None:
    provider = Provider()
    minute = {"requests_per_minute": 100_000}
    few = limited.limited(provider, tmp_path, [limited.key("dev", rate_limits=minute)])
    some = {"requests_per_minute": 90_000, "tokens_per_minute": 100_000_000}
    keys = [limited.key("dev", rate_limits=some), limited.key("late", rate_limits=minute)]
    many = {**few, "keys": keys}
    gateway = Gateway(few, tmp_path, "--concurrency", "2", env=limited.environment())
    try:
        plan = hammer.Plan([gateway.port], limited.secret("dev"), limited.ask(), 10, pace=0.1)
        load = hammer.start(plan)
        asked = 0
        for number in range(20):
            serve(gateway, few if number % 2 else many)
            with gateway.http(limited.secret("late")) as http:
                answer = http.post("/v1/chat/completions", json=limited.ask())
            assert answer.status_code == (401 if number % 2 else 200), answer.text
            asked += answer.status_code == 200
        load.stop()
        (result,) = load.wait()
        assert dict(result.statuses) == {200: result.answered}
        expected = result.answered + asked
        deadline = time.monotonic() + 8
        while served_rows(tmp_path) < expected and time.monotonic() < deadline:
            time.sleep(0.2)
        assert served_rows(tmp_path) == expected == len(provider.served)
        assert not gateway.vm_failures()
    finally:
        gateway.stop()
        provider.stop()


def served_rows(directory: Path) -> int:
    return sum(row["provider"] is not None for row in limited.rows(directory))
