"""Which target a request goes to while all are well, and where it goes while its own is not."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from harness import settings
from harness.gateway import Gateway
from harness.settings import KEY, Settings, key
from harness.simulator import Simulator
from harness.steady import Answer, Asking, Question, ask

USERS = 200
COOLDOWNS = {"first": "500ms", "longest": "2s"}
# A target that has failed for some seconds is back after so long.
BACK_SECONDS = 2.5
WORKERS = ("--concurrency", "2")
# The models `bench-…` are answered by the simulator at next to no cost.
UPSTREAM = "bench-5"


def model(name: str, weights: tuple[int, int] = (1, 1), **more: Any) -> dict[str, Any]:
    """Two targets that no other model has."""
    targets = [
        {"provider": provider, "model": name, "weight": weight}
        for provider, weight in zip(("openai", "claude"), weights, strict=True)
    ]
    return {"targets": targets, **more}


def sticky(name: str, by: Any) -> dict[str, Any]:
    return model(name, (70, 30), strategy="weighted", sticky=by)


def user_secret(number: int) -> str:
    return f"{KEY}-{number}"


MODELS = {
    "weighted": model(UPSTREAM, (70, 30), strategy="weighted"),
    "by-user": sticky("by-user", "user"),
    "by-key": sticky("by-key", "key"),
    "by-header": sticky("by-header", {"header": "x-tenant"}),
    "affine": model("affine", strategy="affinity"),
    "cheap": model("cheap", strategy="cheapest"),
    "cheap-later": model("cheap-later", strategy="cheapest"),
    "it-depends": model("it-depends", strategy="cheapest"),
    "least-busy": model("least-busy", strategy="least_busy"),
    "pinned": {"provider": "openai", "model": "least-busy"},
    "quota": model("quota"),
    "quota-alone": {"provider": "openai", "model": "quota-alone"},
}
PRICES = {
    "openai": {
        "cheap": {"input": 5, "output": 5},
        "cheap-later": {"input": 1, "output": 1},
        "it-depends": {"input": 1, "output": 1000},
    },
    "claude": {
        "cheap": {"input": 1, "output": 1},
        "cheap-later": {"input": 2, "output": 2},
        "it-depends": {"input": 10, "output": 1},
    },
}


def configuration(simulators: dict[str, Simulator]) -> Settings:
    two = {name: settings.provider(simulators[name], name) for name in ("openai", "claude")}
    own = settings.small(two, MODELS, cooldowns=COOLDOWNS, prices={"overrides": PRICES})
    users = [key(f"user-{n}", user_secret(n)) for n in range(USERS)]
    return {**own, "keys": [*own["keys"], *users]}


@pytest.fixture(scope="module")
def chooser(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    yield from running(simulators, tmp_path_factory)


@pytest.fixture(scope="module")
def restarted(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Another one with the same settings, which knows nothing of what the first has seen."""
    yield from running(simulators, tmp_path_factory)


def running(
    simulators: dict[str, Simulator], directories: pytest.TempPathFactory
) -> Iterator[Gateway]:
    gateway = Gateway(configuration(simulators), directories.mktemp("chooser"), *WORKERS)
    yield gateway
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


def question(asked: str, content: str = "say yes", **more: Any) -> Question:
    return Question({"model": asked, "messages": [{"role": "user", "content": content}], **more})


def providers(answers: list[Answer]) -> Counter:
    """Who has answered how often; all were answered."""
    assert {answer.status for answer in answers} == {200}, Counter(a.status for a in answers)
    return Counter(answer.provider for answer in answers)


def test_weights_are_shares_of_the_requests(
    chooser: Gateway, simulators: dict[str, Simulator]
) -> None:
    """By the providers' own counts."""
    both = simulators["openai"], simulators["claude"]
    before = [simulator.stats()["total"] for simulator in both]
    answers = ask(chooser.port, [question("weighted")] * 10_000)
    assert {answer.status for answer in answers} == {200}
    heavy, light = (s.stats()["total"] - n for s, n in zip(both, before, strict=True))
    assert heavy + light == 10_000
    assert abs(heavy - 7_000) <= 100
    assert min(chooser.connections().values()) > 0


def of_user(asked: str, user: int) -> Question:
    body: dict[str, Any] = {"model": asked, "messages": [{"role": "user", "content": "say yes"}]}
    match asked:
        case "by-user":
            return Question({**body, "user": f"user-{user}"})
        case "by-key":
            return Question(body, user_secret(user))
        case _:
            return Question(body, headers=(("x-tenant", f"tenant-{user}"),))


def arms(gateway: Gateway, asked: str, times: int = 5) -> list[str]:
    """Of each user, the one that all of his requests went to."""
    users = [user for user in range(USERS) for _ in range(times)]
    random.Random(5).shuffle(users)
    answers = ask(gateway.port, [of_user(asked, user) for user in users])
    providers(answers)
    # By the worker that has served it, nobody is told apart: connections take their turns.
    assert min(gateway.connections().values()) > 0
    seen: dict[int, set[str]] = {}
    for user, answer in zip(users, answers, strict=True):
        seen.setdefault(user, set()).add(answer.provider)
    strays = {user: found for user, found in seen.items() if len(found) > 1}
    assert not strays
    return [next(iter(seen[user])) for user in range(USERS)]


@pytest.mark.parametrize("asked", ["by-user", "by-key", "by-header"])
def test_an_arm_never_changes(
    chooser: Gateway, restarted: Gateway, simulators: dict[str, Simulator], asked: str
) -> None:
    drawn = arms(chooser, asked)
    assert 0.6 * USERS <= drawn.count("openai") <= 0.8 * USERS
    assert arms(restarted, asked) == drawn

    everyone = [of_user(asked, user) for user in range(USERS)]
    simulators["openai"].always(status=500)
    elsewhere = ask(restarted.port, everyone)
    assert providers(elsewhere) == {"claude": USERS}
    simulators["openai"].reset()
    time.sleep(BACK_SECONDS)
    # While one request of a worker's finds out that the target is well, others go elsewhere.
    providers(ask(restarted.port, everyone * 2))
    assert arms(restarted, asked) == drawn
    check_arms_are_logged(restarted, asked, elsewhere)


def check_arms_are_logged(gateway: Gateway, asked: str, elsewhere: list[Answer]) -> None:
    (answer,) = ask(gateway.port, [of_user(asked, 0)])
    log = gateway.log_of(answer.headers["x-tidegate-request-id"])
    assert log["route"] == f"weighted arm={answer.provider}/{asked}"
    # The arm is the user's, whoever has answered.
    logged = [gateway.log_of(one.headers["x-tidegate-request-id"]) for one in elsewhere]
    routes = Counter(log["route"].split(" (")[0] for log in logged if len(log["attempts"]) == 1)
    away = f"weighted arm=openai/{asked}, skipped openai/{asked}"
    assert routes[away] >= 0.5 * USERS
    assert routes[f"weighted arm=claude/{asked}"] >= 1


def turns(conversation: int, count: int) -> list[dict[str, str]]:
    """The messages of a conversation when so many questions have been asked."""
    said = [{"role": "system", "content": "You are terse."}]
    for turn in range(count):
        if turn:
            said.append({"role": "assistant", "content": f"answer {turn}"})
        said.append({"role": "user", "content": f"conversation {conversation}, question {turn}"})
    return said


def test_a_conversation_stays_and_conversations_are_spread(chooser: Gateway) -> None:
    asked = [
        (number, Question({"model": "affine", "messages": turns(number, count)}))
        for count in range(1, 5)
        for number in range(USERS)
    ]
    answers = ask(chooser.port, [question for _, question in asked])
    providers(answers)
    served = sorted((number, a.provider) for (number, _), a in zip(asked, answers, strict=True))
    of_each = {n: {p for _, p in found} for n, found in groupby(served, lambda one: one[0])}
    assert all(len(found) == 1 for found in of_each.values())
    first = sum(found == {"openai"} for found in of_each.values())
    assert 0.4 * USERS <= first <= 0.6 * USERS


def test_a_client_may_say_what_belongs_together(chooser: Gateway) -> None:
    asked = [
        question("affine", f"Something else {n}", prompt_cache_key=f"key {n % 20}")
        for n in range(200)
    ]
    answers = ask(chooser.port, asked)
    assert len(providers(answers)) == 2
    for first in range(20):
        assert len(providers(answers[first::20])) == 1


def test_the_cheaper_target_is_asked(chooser: Gateway) -> None:
    assert providers(ask(chooser.port, [question("cheap")] * 100)) == {"claude": 100}


def test_what_is_cheaper_depends_on_the_request(chooser: Gateway) -> None:
    """Where much is read and little written, and the other way round."""
    long = question("it-depends", "word " * 5_000, max_tokens=1)
    short = question("it-depends", "Tell me more")
    assert providers(ask(chooser.port, [long] * 40)) == {"openai": 40}
    assert providers(ask(chooser.port, [short] * 40)) == {"claude": 40}


def test_the_cheaper_target_is_asked_again_when_it_is_well_again(
    chooser: Gateway, simulators: dict[str, Simulator]
) -> None:
    """Also if it has never answered, and so nobody knows how long its answers are."""
    simulators["openai"].always(status=500)
    assert providers(ask(chooser.port, [question("cheap-later")] * 100)) == {"claude": 100}
    simulators["openai"].reset()
    time.sleep(BACK_SECONDS)
    providers(ask(chooser.port, [question("cheap-later")] * 100))
    assert providers(ask(chooser.port, [question("cheap-later")] * 100)) == {"openai": 100}


def test_a_target_with_many_requests_under_way_gets_no_more(
    chooser: Gateway, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(delay_ms=2_000)
    waiting = Asking(chooser.port, [question("pinned")] * 80, connections=80)
    # When all of them are there.
    deadline = time.monotonic() + 1.0
    while len(simulators["openai"].requests()) < 80:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    answers = ask(chooser.port, [question("least-busy")] * 200, connections=4)
    assert providers(answers) == {"claude": 200}
    assert max(answer.seconds for answer in answers) < 1.0
    assert providers(waiting.wait()) == {"openai": 80}
    simulators["openai"].reset()
    # With nothing under way anywhere, each has its turn. Workers tell each other within a second.
    time.sleep(1.2)
    alone = ask(chooser.port, [question("least-busy")] * 50, connections=1)
    assert min(providers(alone)[name] for name in ("openai", "claude")) >= 20


def test_a_target_that_says_that_no_requests_are_left_is_asked_when_there_are(
    chooser: Gateway, simulators: dict[str, Simulator]
) -> None:
    used_up = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s"}
    simulators["openai"].always(headers=used_up)
    answers = ask(chooser.port, [question("quota")] * 20, connections=1)
    assert [answer.provider for answer in answers] == ["openai"] + ["claude"] * 19
    assert {answer.attempts for answer in answers} == {1}
    time.sleep(1.1)
    again = ask(chooser.port, [question("quota")], connections=1)
    assert providers(again) == {"openai": 1}


def test_a_quota_of_tokens_does_not_refuse_what_is_only_estimated(
    chooser: Gateway, simulators: dict[str, Simulator]
) -> None:
    scarce = {"x-ratelimit-remaining-tokens": "50", "x-ratelimit-reset-tokens": "1m"}
    simulators["openai"].always(headers=scarce)
    long = question("quota-alone", "some words " * 500)
    assert providers(ask(chooser.port, [long] * 10, connections=1)) == {"openai": 10}
