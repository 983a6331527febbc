"""What clients see while one of two targets is in trouble, or both: failure × strategy.

The rows are in `harness/outage.py`. While a good target remains, answers come; a target that said no
is not asked again by the same request; trouble does not multiply the traffic.
"""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from conftest import StartGateway
from harness import settings
from harness.outage import (
    COOLDOWNS, FAILURES, LONGEST_COOLDOWN, REQUESTS, STRATEGIES, Cell, Table,
)
from harness.simulator import Simulator
from harness.steady import Question, ask

SUCCESS = 0.999
# Attempts at all providers for each request, when the trouble is a second old.
ATTEMPTS = 1.2
# A target has said no with one of these.
REFUSALS = {401, 429, 500}
# What a busy machine needs beside the cooldown itself, in seconds.
SLACK = 0.5

PARTIAL = [name for name, failure in FAILURES.items() if not failure.is_total]
TOTAL = [name for name, failure in FAILURES.items() if failure.is_total]
EVERY_STRATEGY = pytest.mark.parametrize("strategy", STRATEGIES)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    table = Table(tmp_path_factory.mktemp("table"))
    yield table
    assert min(table.gateway.connections().values()) > 0, "a worker had nothing to do"
    failures = table.gateway.vm_failures()
    table.stop()
    assert not failures, failures


@EVERY_STRATEGY
@pytest.mark.parametrize("failure", PARTIAL)
def test_answers_come_while_one_target_is_well(table: Table, failure: str, strategy: str) -> None:
    cell = table.cell(failure, strategy)
    assert len(cell.answers) == REQUESTS
    assert cell.statuses()[200] >= SUCCESS * REQUESTS, cell.statuses()
    if FAILURES[failure].stream:
        ended = [answer for answer in cell.answers if answer.body.endswith(b"data: [DONE]\n\n")]
        assert len(ended) >= SUCCESS * REQUESTS
    check_attempts(cell, failure)


@pytest.mark.parametrize("strategy", ["fastest", "least_busy"])
def test_the_faster_target_gets_most_of_the_requests(table: Table, strategy: str) -> None:
    cell = table.cell("slow", strategy)
    slow = sum(answer.provider == f"bad-{strategy}" for answer in cell.late())
    # Far fewer where the machine has nothing else to do: then a good answer takes some milliseconds.
    assert slow <= 0.25 * len(cell.late())


@EVERY_STRATEGY
@pytest.mark.parametrize("failure", TOTAL)
def test_an_outage_of_all_is_told_and_over_within_a_cooldown(
    table: Table, failure: str, strategy: str
) -> None:
    cell = table.cell(failure, strategy)
    assert set(cell.statuses()) <= {429, 500, 503}, cell.statuses()
    for answer in cell.answers:
        check_told(answer.status, answer.error, answer.headers)
    check_attempts(cell, failure)
    assert cell.back_after <= LONGEST_COOLDOWN + SLACK
    assert Counter(answer.status for answer in cell.after) == {200: len(cell.after)}


def check_attempts(cell: Cell, failure: str) -> None:
    # What clients are told is what providers have seen; where nobody is, nobody has.
    if FAILURES[failure].bad != "gone":
        assert sum(answer.attempts for answer in cell.answers) == cell.attempts
    assert sum(answer.attempts for answer in cell.late()) <= ATTEMPTS * len(cell.late())
    for requests in cell.bad_requests, cell.good_requests:
        refused = [one for one in requests if one.entry["status"] in REFUSALS]
        tries = Counter(one.headers["x-tidegate-request-id"] for one in refused)
        assert not refused or max(tries.values()) == 1


def check_told(status: int, error: dict, headers: dict[str, str]) -> None:
    """The last failure, or when to come back."""
    assert error["message"]
    if status == 503:
        assert error["code"] == "targets_cooling"
        assert 1 <= int(headers["retry-after"]) <= 3


def test_an_outage_of_all_can_be_refused_without_asking(
    start: StartGateway, simulators: dict[str, Simulator]
) -> None:
    own = settings.small(
        {name: settings.provider(simulators[name], name) for name in ("openai", "claude")},
        {"m": {"targets": [settings.target("openai"), settings.target("claude")]}},
        cooldowns={**COOLDOWNS, "when_all_cool": "refuse"},
    )
    gateway = start(own, "--concurrency", "2")
    simulators["openai"].always(status=500)
    simulators["claude"].always(status=500)
    asked = Question({"model": "m", "messages": [{"role": "user", "content": "Hello"}]})
    answers = ask(gateway.port, [asked] * 1_000, seconds=2.0)
    for answer in answers:
        check_told(answer.status, answer.error, answer.headers)
    refused = [answer for answer in answers if answer.status == 503]
    assert len(refused) >= 0.9 * len(answers)
    assert {answer.attempts for answer in refused} == {0}
    # Three failures in a row of each target in each worker, and probes.
    both = simulators["openai"].requests() + simulators["claude"].requests()
    assert len(both) <= 0.1 * len(answers)
    simulators["openai"].reset()
    simulators["claude"].reset()
    time.sleep(LONGEST_COOLDOWN)
    # While one request of a worker's finds out that a target is well, others are refused still.
    ask(gateway.port, [asked] * 64)
    assert {answer.status for answer in ask(gateway.port, [asked] * 64)} == {200}
