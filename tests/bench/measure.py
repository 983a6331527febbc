"""Envoy's CPU time per request, the three configurations in turn.

A machine is never equally fast for two minutes, so nothing is compared with what was measured a
minute before: each round measures all configurations within seconds, in an order that rotates,
and a ratio is formed within its round. What is reported is the median of the rounds' ratios, and
the smallest and the largest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from cases import LONG, SHORT, Case
from envoys import Envoy
from load import Load, LoadError, Tally
from wire import Script

CONNECTIONS = 32


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


class Bench:
    def __init__(self, load: Load, envoys: list[Envoy], scale: float) -> None:
        self.load = load
        self.envoys = envoys
        self.scale = scale

    def measure(self, case: Case, rounds: int, tell: Callable[[str], None]) -> Measured:
        measured = Measured(case)
        play = self._stream if case.stream else self._unary
        for envoy in self.envoys:
            tell(f"warming up {envoy.name}")
            play(case, envoy, Measured(case))
        for number in range(rounds):
            for step in range(len(self.envoys)):
                envoy = self.envoys[(number + step) % len(self.envoys)]
                tell(f"round {number + 1} of {rounds}, {envoy.name}")
                play(case, envoy, measured)
        return measured

    def _unary(self, case: Case, envoy: Envoy, measured: Measured) -> None:
        large = case.image_bytes or case.text_bytes
        sample = self.sample(envoy, case.script(), 400 if large else 20_000)
        if envoy.name == "filter":
            case.check(sample.tally.sample)
        measured.request.add(envoy.name, sample.micros)
        measured.busy[envoy.name] = sample.busy

    def _stream(self, case: Case, envoy: Envoy, measured: Measured) -> None:
        short = self.sample(envoy, case.script(SHORT), 3_000)
        long = self.sample(envoy, case.script(LONG), 400)
        if envoy.name == "filter":
            case.check(short.tally.sample, SHORT)
            case.check(long.tally.sample, LONG)
        measured.request.add(envoy.name, long.micros)
        measured.chunk.add(envoy.name, (long.micros - short.micros) / (LONG - SHORT))
        measured.chunks_seen[envoy.name] = long.tally.chunks / long.tally.answered
        measured.busy[envoy.name] = long.busy

    def sample(self, envoy: Envoy, script: Script, requests: int) -> Sample:
        """Plays so many requests, all of which must be answered with 200."""
        requests = max(round(requests * self.scale), 2 * CONNECTIONS)
        before = envoy.cpu_ns()
        tally = self.load.run(envoy.port, script, requests, CONNECTIONS)
        micros = (envoy.cpu_ns() - before) / 1000
        if tally.failed or tally.answered != requests:
            raise LoadError(
                f"{envoy.name}: {tally.answered} of {requests} requests were answered\n"
                f"{tally.sample[:2000]}\n{envoy.last_words()}"
            )
        return Sample(micros / requests, micros / 1e6 / tally.seconds, tally)
