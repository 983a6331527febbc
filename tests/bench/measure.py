"""Envoy's CPU time per request, the three configurations in turn.

A machine is never equally fast for two minutes, so nothing is compared with what was measured a
minute before: each round measures all configurations within seconds, in an order that rotates,
and a ratio is formed within its round. And one Envoy is not as fast as the next: where its code
and its data happen to lie makes up to a tenth of a difference for as long as it lives. So the
rounds are shared out among several generations of Envoys.

What is reported is the median of all rounds' ratios, and the smallest and the largest.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median

from cases import LONG, SHORT, Case
from envoys import Envoy
from load import Load, LoadError, Tally
from wire import Script

CONNECTIONS = 32
SETUPS = ("bare", "baseline", "filter")

Generation = Callable[[], AbstractContextManager[list[Envoy]]]
"""Starts one Envoy of each configuration, and stops them."""


@dataclass
class Ratio:
    median: float
    least: float
    most: float


@dataclass
class Series:
    """One quantity, in microseconds: a value for each round of each configuration."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.rounds.setdefault(name, []).append(value)

    def median(self, name: str) -> float:
        return median(self.rounds[name])

    def ratio(self, to: str) -> Ratio:
        pairs = zip(self.rounds["filter"], self.rounds[to], strict=True)
        ratios = [a / b for a, b in pairs]
        return Ratio(median(ratios), min(ratios), max(ratios))


@dataclass
class Sample:
    micros: float
    """CPU per request."""
    busy: float
    """The share of the time in which Envoy was at work: far below 1, others held it up."""
    tally: Tally


@dataclass
class Measured:
    case: Case
    request: Series = field(default_factory=Series)
    chunk: Series = field(default_factory=Series)
    chunks_seen: dict[str, float] = field(default_factory=dict)
    """HTTP chunks of a long stream, by configuration: equal numbers are comparable ones."""
    busy: dict[str, float] = field(default_factory=dict)


@dataclass
class Effort:
    """How much is measured."""

    generations: int
    rounds: int
    """In each generation."""
    scale: float = 1.0
    """Of the numbers of requests."""


class Bench:
    def __init__(self, load: Load, generation: Generation, tell: Callable[[str], None]) -> None:
        self.load = load
        self.generation = generation
        self.tell = tell

    def measure(self, cases: Sequence[Case], effort: Effort) -> list[Measured]:
        all_measured = [Measured(case) for case in cases]
        for number in range(effort.generations):
            with self.generation() as envoys:
                for measured in all_measured:
                    what = f"{measured.case.name} ({number + 1} of {effort.generations})"
                    self._measure(measured, envoys, effort, what)
        return all_measured

    def _measure(self, measured: Measured, envoys: list[Envoy], effort: Effort, what: str) -> None:
        for envoy in envoys:
            self.tell(f"{what}: warming up {envoy.name}")
            self._play(Measured(measured.case), envoy, effort.scale)
        for number, envoy in in_turn(envoys, effort.rounds):
            self.tell(f"{what}: round {number + 1} of {effort.rounds}, {envoy.name}")
            self._play(measured, envoy, effort.scale)

    def _play(self, measured: Measured, envoy: Envoy, scale: float) -> None:
        if measured.case.stream:
            self._play_stream(measured, envoy, scale)
        else:
            self._play_unary(measured, envoy, scale)

    def _play_unary(self, measured: Measured, envoy: Envoy, scale: float) -> None:
        case = measured.case
        requests = 300 if case.is_large else 6_000
        sample = self.sample(envoy, case.script(), requests * scale)
        if envoy.name == "filter":
            case.check(sample.tally.sample)
        measured.request.add(envoy.name, sample.micros)
        measured.busy[envoy.name] = sample.busy

    def _play_stream(self, measured: Measured, envoy: Envoy, scale: float) -> None:
        case = measured.case
        short = self.sample(envoy, case.script(SHORT), 1_500 * scale)
        long = self.sample(envoy, case.script(LONG), 200 * scale)
        if envoy.name == "filter":
            case.check(short.tally.sample, SHORT)
            case.check(long.tally.sample, LONG)
        measured.request.add(envoy.name, long.micros)
        measured.chunk.add(envoy.name, (long.micros - short.micros) / (LONG - SHORT))
        measured.chunks_seen[envoy.name] = long.tally.chunks / long.tally.answered
        measured.busy[envoy.name] = long.busy

    def sample(self, envoy: Envoy, script: Script, requests: float) -> Sample:
        """Plays so many requests, all of which must be answered with 200."""
        count = max(round(requests), 2 * CONNECTIONS)
        before = envoy.cpu_ns()
        tally = self.load.run(envoy.port, script, count, CONNECTIONS)
        micros = (envoy.cpu_ns() - before) / 1000
        if tally.failed or tally.answered != count:
            raise LoadError(
                f"{envoy.name}: {tally.answered} of {count} requests were answered\n"
                f"{tally.sample[:2000]}\n{envoy.last_words()}"
            )
        return Sample(micros / count, micros / 1e6 / tally.seconds, tally)


def in_turn(envoys: list[Envoy], rounds: int) -> Iterator[tuple[int, Envoy]]:
    """Each Envoy once a round; which one comes first rotates."""
    for number in range(rounds):
        for step in range(len(envoys)):
            yield number, envoys[(number + step) % len(envoys)]
