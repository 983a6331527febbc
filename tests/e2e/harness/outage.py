"""What can happen to one of two targets, played to all strategies at the same time.

Each strategy has two simulated providers of its own, `bad-STRATEGY` (OpenAI's dialect) and
`good-STRATEGY` (Anthropic's), and for each failure a model of its own with its own two targets
there: no cell of the table knows anything of another's targets. The gateway has two workers.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import ports, settings
from .gateway import Gateway
from .settings import CANARY, Settings
from .simulator import Recorded, Simulator, Step, dead_url
from .steady import Answer, Asking, Question, ask

STRATEGIES = ["priority", "weighted", "cheapest", "fastest", "least_busy", "affinity"]
# One in so many requests may fail while a target is well; so a cell needs at least as many.
REQUESTS = 1_020
SECONDS = 6.0
CONVERSATIONS = 40
COOLDOWNS = {"first": "500ms", "longest": "2s"}
LONGEST_COOLDOWN = 2.0 * 1.1
KEYS = {"bad": f"sk-{CANARY}-bad-0a1b2c", "good": f"sk-ant-{CANARY}-good-3d4e5f"}
WRONG_KEY = f"sk-{CANARY}-wrong-6a7b8c"


@dataclass(frozen=True)
class Failure:
    """What happens while the requests come."""

    # To every request that comes to the bad one.
    step: Step = field(default_factory=dict)
    # To every request that comes to the good one.
    good_step: Step = field(default_factory=dict)
    # What the bad one is called, in the settings of its providers.
    bad: str = "bad"
    stream: bool = False
    # The bad one is well and not, by turns of this many seconds.
    flaps: float = 0.0
    # After so many seconds it is known: one, and what it takes to run into a timeout.
    known_after: float = 1.0

    @property
    def is_total(self) -> bool:
        return bool(self.good_step)


STORM: Step = {"status": 429, "headers": {"retry-after": "1"}}
FAILURES = {
    "storm": Failure({"status": 429}),
    "storm-with-retry-after": Failure(STORM),
    "slow": Failure({"delay_ms": 1_000}),
    "flapping": Failure({"status": 500}, flaps=1.0),
    "hung": Failure({"hang": "first_token"}, stream=True, known_after=2.5),
    "wrong-key": Failure(bad="wrong"),
    "refused": Failure(bad="gone"),
    "errors": Failure({"status": 500}),
    "all-down": Failure({"status": 500}, {"status": 500}),
    "all-storming": Failure(STORM, STORM),
}


@dataclass
class Cell:
    """What came of one failure with one strategy."""

    answers: list[Answer]
    # By the providers' own journals, which keep a thousand.
    bad_requests: list[Recorded]
    good_requests: list[Recorded]
    # By the providers' own counts: all that came to both.
    attempts: int
    known_after: float
    # Of all down: seconds after which a request was answered again, and what came then.
    back_after: float = 0.0
    after: list[Answer] = field(default_factory=list)

    def statuses(self) -> Counter:
        return Counter(answer.status for answer in self.answers)

    def late(self) -> list[Answer]:
        """The answers to what was asked when the failure was known."""
        start = self.answers[0].begun + self.known_after
        return [answer for answer in self.answers if answer.begun >= start]


class Table:
    """The simulators and the gateway; plays each failure once."""

    def __init__(self, directory: Path) -> None:
        self._stack = ExitStack()
        self._cells: dict[tuple[str, str], Cell] = {}
        refusing = self._stack.enter_context(ports.refusing())
        self.bad = {name: self._simulator("openai", "bad") for name in STRATEGIES}
        self.good = {name: self._simulator("anthropic", "good") for name in STRATEGIES}
        secrets = {"E2E_BAD": KEYS["bad"], "E2E_GOOD": KEYS["good"], "E2E_WRONG": WRONG_KEY}
        own = self._settings(refusing)
        self.gateway = Gateway(own, directory, "--concurrency", "2", env=secrets)
        self._stack.callback(self.gateway.stop)

    def _simulator(self, dialect: str, kind: str) -> Simulator:
        simulator = Simulator(dialect, KEYS[kind])
        self._stack.callback(simulator.stop)
        return simulator

    def stop(self) -> None:
        self._stack.close()

    def _settings(self, refusing_port: int) -> Settings:
        providers: dict[str, Any] = {}
        models: dict[str, Any] = {}
        prices: dict[str, Any] = {}
        for strategy in STRATEGIES:
            bad = {"kind": "openai", "base_url": self.bad[strategy].base_url}
            good = {"kind": "anthropic", "base_url": self.good[strategy].base_url}
            providers |= {
                f"bad-{strategy}": {**bad, "api_key": "${E2E_BAD}"},
                f"wrong-{strategy}": {**bad, "api_key": "${E2E_WRONG}"},
                f"gone-{strategy}": {
                    **bad, "base_url": f"{dead_url(refusing_port)}/v1", "api_key": "${E2E_BAD}"
                },
                f"good-{strategy}": {**good, "api_key": "${E2E_GOOD}"},
            }
            models |= {f"{name}-{strategy}": model(name, strategy) for name in FAILURES}
        for name, failure in FAILURES.items():
            # What fails is the cheaper one.
            asked = f"{name}-cheapest"
            prices.setdefault(f"{failure.bad}-cheapest", {})[asked] = {"input": 1, "output": 1}
            prices.setdefault("good-cheapest", {})[asked] = {"input": 2, "output": 2}
        return settings.small(
            providers, models, cooldowns=COOLDOWNS, prices={"overrides": prices},
            # Longer than a machine needs that is busy with something else.
            timeouts={"connect": "2s", "first_token": "2s", "response": "5s", "total": "15s"},
        )

    def cell(self, failure: str, strategy: str) -> Cell:
        if (failure, strategy) not in self._cells:
            self._play(failure)
        return self._cells[failure, strategy]

    def _play(self, name: str) -> None:
        failure = FAILURES[name]
        for simulator in self._simulators():
            simulator.reset()
        before = self._attempts()
        self._set(failure)
        asking = Asking(self.gateway.port, questions(name, failure), SECONDS)
        with flapping(failure, self._set):
            answers = asking.wait()
        after = self._attempts()
        for place, strategy in enumerate(STRATEGIES):
            self._cells[name, strategy] = Cell(
                answers[place::len(STRATEGIES)],
                self.bad[strategy].requests(),
                self.good[strategy].requests(),
                after[strategy] - before[strategy],
                failure.known_after,
            )
        self._set(Failure())
        if failure.is_total:
            self._come_back(name, failure)

    def _simulators(self) -> Iterator[Simulator]:
        yield from (*self.bad.values(), *self.good.values())

    def _set(self, failure: Failure) -> None:
        for simulators, step in (self.bad, failure.step), (self.good, failure.good_step):
            for simulator in simulators.values():
                simulator.always(**step)

    def _attempts(self) -> dict[str, int]:
        return {
            name: self.bad[name].stats()["total"] + self.good[name].stats()["total"]
            for name in STRATEGIES
        }

    def _come_back(self, name: str, failure: Failure) -> None:
        back = time.time()
        waiting = set(STRATEGIES)
        while waiting and time.time() < back + 2 * LONGEST_COOLDOWN:
            for strategy in sorted(waiting):
                asked = [question(name, strategy, 0, failure.stream)]
                (answer,) = ask(self.gateway.port, asked, connections=1)
                if answer.status == 200:
                    waiting.remove(strategy)
                    self._cells[name, strategy].back_after = answer.begun - back
        for strategy in waiting:
            self._cells[name, strategy].back_after = float("inf")
        # The other worker may not know yet.
        time.sleep(max(0.0, back + LONGEST_COOLDOWN - time.time()))
        for strategy in STRATEGIES:
            asked = [question(name, strategy, n, failure.stream) for n in range(64)]
            self._cells[name, strategy].after = ask(self.gateway.port, asked)


def model(failure: str, strategy: str) -> dict[str, Any]:
    upstream = f"{failure}-{strategy}"
    names = f"{FAILURES[failure].bad}-{strategy}", f"good-{strategy}"
    return {
        "strategy": strategy,
        "targets": [{"provider": name, "model": upstream} for name in names],
    }


def question(failure: str, strategy: str, number: int, stream: bool) -> Question:
    """Of one of some conversations."""
    content = f"conversation {number % CONVERSATIONS}: say yes"
    body = {"model": f"{failure}-{strategy}", "messages": [{"role": "user", "content": content}]}
    return Question({**body, "stream": True} if stream else body)


def questions(name: str, failure: Failure) -> list[Question]:
    """Of all strategies by turns."""
    return [
        question(name, strategy, number, failure.stream)
        for number in range(REQUESTS)
        for strategy in STRATEGIES
    ]


@contextmanager
def flapping(failure: Failure, apply: Callable[[Failure], None]) -> Iterator[None]:
    """Lets it be well and not by turns meanwhile."""
    is_over = threading.Event()

    def flap() -> None:
        turns = [Failure(), failure]
        while not is_over.wait(failure.flaps):
            apply(turns[0])
            turns.reverse()

    thread = threading.Thread(target=flap)
    if failure.flaps:
        thread.start()
    yield
    is_over.set()
    if failure.flaps:
        thread.join()
