"""Requests that wait until a target has room, and clients that say where theirs are to go."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import settings
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, KEY, key
from harness.simulator import Simulator

OTHER_KEY = f"{KEY}-other"
SLOW_MS = 300


def ask(client: httpx.Client, model: str, secret: str = KEY, **headers: str) -> httpx.Response:
    return client.post(
        "/v1/chat/completions",
        json={"model": model, "messages": [{"role": "user", "content": "Hello"}]},
        headers={
            "authorization": f"Bearer {secret}",
            **{f"x-tidegate-{name.replace('_', '-')}": value for name, value in headers.items()},
        },
    )


@pytest.fixture(scope="module")
def http(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    one = {"provider": "openai", "model": GPT, "max_parallel_requests": 1}
    models: dict[str, Any] = {
        "both": settings.chain("openai", "claude"),
        "patient": {"targets": [one], "queue": {"timeout": "5s", "size": 3}},
        "hasty": {"targets": [one], "queue": {"timeout": "200ms"}},
        "unqueued": {"targets": [one]},
        "roomy": {"targets": [one, settings.target("claude")]},
    }
    two = {name: settings.provider(simulators[name], name) for name in ("openai", "claude")}
    own = settings.small(two, models)
    own["keys"] = [key("dev", KEY, routing_headers=True), key("other", OTHER_KEY)]
    # Lines are each worker's own.
    gateway = Gateway(own, tmp_path_factory.mktemp("wishes"), "--concurrency", "1")
    with gateway.http(None) as client:
        yield client
    assert gateway.vm_failures() == {}
    gateway.stop()


@pytest.fixture
def hot(simulators: dict[str, Simulator], tmp_path: Path) -> Iterator[httpx.Client]:
    """A gateway where targets cool down."""
    two = {name: settings.provider(simulators[name], name) for name in ("openai", "claude")}
    own = settings.small(two, {"both": settings.chain("openai", "claude")}, cooldowns="on")
    own["keys"] = [key("dev", KEY, routing_headers=True)]
    gateway = Gateway(own, tmp_path, "--concurrency", "1")
    with gateway.http(None) as client:
        yield client
    gateway.stop()


def together(client: httpx.Client, model: str, count: int) -> list[tuple[httpx.Response, float]]:
    """Answers to requests that come one soon after the other, each with its seconds."""

    def one(_: int) -> tuple[httpx.Response, float]:
        begun = time.monotonic()
        return ask(client, model), time.monotonic() - begun

    with ThreadPoolExecutor(count) as pool:
        futures = []
        for number in range(count):
            futures.append(pool.submit(one, number))
            time.sleep(0.02)
        return [future.result() for future in futures]


def test_requests_wait_for_room_in_the_order_in_which_they_came(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=SLOW_MS)
    answers = together(http, "patient", 4)
    assert [answer.status_code for answer, _ in answers] == [200] * 4
    for place, (_, seconds) in enumerate(answers, 1):
        assert seconds > place * SLOW_MS / 1000 - 0.15, f"{place}: more than one at a time"
    ends = [seconds + 0.02 * place for place, (_, seconds) in enumerate(answers)]
    assert ends == sorted(ends)


def test_a_line_that_is_full_takes_no_more(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=SLOW_MS)
    answers = together(http, "patient", 6)
    refused = [answer for answer, _ in answers if answer.status_code != 200]
    assert len(refused) == 2
    for answer in refused:
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "targets_busy"
        assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("model", ["hasty", "unqueued"])
def test_who_has_waited_too_long_is_told_so(
    http: httpx.Client, simulators: dict[str, Simulator], model: str
) -> None:
    simulators["openai"].always(delay_ms=1_000)
    (first, _), (second, seconds) = together(http, model, 2)
    assert (first.status_code, second.status_code) == (200, 503)
    assert second.json()["error"]["code"] == "targets_busy"
    least = 0.2 if model == "hasty" else 0.0
    assert least <= seconds < 0.9


def test_another_target_is_better_than_waiting(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=SLOW_MS)
    answers = [answer for answer, _ in together(http, "roomy", 3)]
    providers = [answer.headers["x-tidegate-provider"] for answer in answers]
    assert providers == ["openai", "claude", "claude"]


def test_a_client_that_leaves_gives_up_its_place(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=SLOW_MS)

    def impatient() -> None:
        with pytest.raises(httpx.ReadTimeout):
            http.post(
                "/v1/chat/completions",
                json={"model": "patient", "messages": [{"role": "user", "content": "x"}]},
                headers={"authorization": f"Bearer {KEY}"},
                timeout=0.1,
            )

    first = threading.Thread(target=ask, args=(http, "patient"))
    first.start()
    time.sleep(0.05)
    leaving = [threading.Thread(target=impatient) for _ in range(3)]
    for thread in leaving:
        thread.start()
    for thread in [*leaving, first]:
        thread.join()
    # The line has room again, and nobody in it who never goes.
    assert [answer.status_code for answer, _ in together(http, "patient", 4)] == [200] * 4


@pytest.mark.parametrize("wished", ["claude", f"claude/{CLAUDE}", "claude, openai"])
def test_a_client_may_name_targets(http: httpx.Client, wished: str) -> None:
    answer = ask(http, "both", targets=wished)
    assert answer.headers["x-tidegate-provider"] == "claude"


def test_a_client_may_want_no_fallback(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(status=500)
    assert ask(http, "both").headers["x-tidegate-provider"] == "claude"
    answer = ask(http, "both", no_fallback="true")
    assert answer.status_code == 500
    assert answer.headers["x-tidegate-attempts"] == "1"


def test_a_client_may_be_in_a_hurry(
    http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(hang="headers")
    begun = time.monotonic()
    answer = ask(http, "both", timeout_ms="300")
    assert answer.status_code == 504
    assert 0.25 < time.monotonic() - begun < 2


def test_a_client_in_a_hurry_does_not_make_a_target_cool_down(
    hot: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=SLOW_MS)
    for _ in range(6):
        assert ask(hot, "both", timeout_ms="50").status_code == 504
    answer = ask(hot, "both", explain="true")
    assert answer.headers["x-tidegate-provider"] == "openai"
    assert answer.headers["x-tidegate-route"] == "priority"


def test_a_client_may_ask_why(http: httpx.Client) -> None:
    answer = ask(http, "both", explain="true", targets="claude")
    route = answer.headers["x-tidegate-route"]
    assert route == f"priority, skipped openai/{GPT} (not wanted)"
    assert "x-tidegate-route" not in ask(http, "both").headers


def test_a_client_may_choose_the_strategy(http: httpx.Client) -> None:
    answers = [ask(http, "both", strategy="weighted", explain="true") for _ in range(4)]
    providers = [answer.headers["x-tidegate-provider"] for answer in answers]
    assert sorted(providers) == ["claude", "claude", "openai", "openai"]
    assert answers[0].headers["x-tidegate-route"].startswith("weighted arm=")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("targets", "local"),
        ("strategy", "best"),
        ("timeout_ms", "soon"),
        ("no_fallback", "1"),
        ("explain", "please"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    http: httpx.Client, name: str, value: str
) -> None:
    answer = ask(http, "both", **{name: value})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_header"
    assert f"x-tidegate-{name.replace('_', '-')}" in error["message"]


def test_a_key_that_may_not_choose_does_not(http: httpx.Client) -> None:
    answer = ask(http, "both", OTHER_KEY, targets="claude", explain="true", strategy="best")
    assert answer.status_code == 200
    assert answer.headers["x-tidegate-provider"] == "openai"
    assert "x-tidegate-route" not in answer.headers
