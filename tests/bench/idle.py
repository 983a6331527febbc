"""2,000 streams that have begun and then are silent."""

import time
from dataclasses import dataclass

import cases
from envoys import Envoy
from load import Load

STREAMS = 2_000
SILENCE_S = 3.0


@dataclass
class Idle:
    streams: int
    opened: int
    """Brought their first chunk."""
    still_open: int
    """As Envoy counts them, after a silence."""
    completed: int
    """Went on to a proper end when the provider did."""
    p99_ms_meanwhile: float
    """Of ordinary requests while the streams were open."""
    kib_per_stream: dict[str, float]


def measure(load: Load, envoys: list[Envoy]) -> Idle:
    kib: dict[str, float] = {}
    for envoy in envoys:
        result = hold(load, envoy)
        kib[envoy.name] = result.kib_per_stream[envoy.name]
    result.kib_per_stream = kib
    return result


def hold(load: Load, envoy: Envoy) -> Idle:
    stream = next(case for case in cases.BARS if case.stream)
    unary = next(case for case in cases.BARS if not case.stream)
    before = envoy.memory_kib()
    opened = load.hold(envoy.port, stream.script(cases.SHORT), STREAMS)
    time.sleep(SILENCE_S)
    grown = envoy.memory_kib() - before
    still_open = envoy.stats("^http.clients.downstream_rq_active$")
    meanwhile = load.run(envoy.port, unary.script(), 200, 1)
    ended = load.release()
    if envoy.name == "filter":
        stream.check(ended.sample, cases.SHORT)
    return Idle(
        STREAMS, opened, sum(still_open.values()), ended.answered,
        meanwhile.p99_us / 1000, {envoy.name: grown / STREAMS},
    )
