"""What the filter adds to Envoy's memory: for the first worker, and for each further one."""

from collections.abc import Callable
from dataclasses import dataclass

import cases
from envoys import Envoy
from load import Load
from measure import CONNECTIONS

REQUESTS = 5_000

StartEnvoy = Callable[[str, int], Envoy]
"""A configuration's name and a number of workers to a running Envoy."""


@dataclass
class Memory:
    mib: dict[str, float]
    """Resident memory after the load, by configuration and workers, such as `filter/2`."""

    def added(self, workers: int) -> float:
        return self.mib[f"filter/{workers}"] - self.mib[f"baseline/{workers}"]

    def added_per_further_worker(self) -> float:
        return self.added(2) - self.added(1)


def measure(load: Load, start: StartEnvoy) -> Memory:
    mib = {}
    for workers in (1, 2):
        for name in ("baseline", "filter"):
            envoy = start(name, workers)
            try:
                play_everything(load, envoy)
                mib[f"{name}/{workers}"] = envoy.memory_kib() / 1024
            finally:
                envoy.stop()
    return Memory(mib)


def play_everything(load: Load, envoy: Envoy) -> None:
    for case in cases.BARS:
        requests = REQUESTS // 10 if case.stream else REQUESTS
        load.run(envoy.port, case.script(cases.LONG), requests, CONNECTIONS)
