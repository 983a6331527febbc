"""The process that plays the clients and the provider: tests/bench/load."""

import json
import subprocess
from collections.abc import Set
from dataclasses import dataclass

from envoys import prepare
from wire import Script


class LoadError(Exception):
    """The load could not be played."""


@dataclass(frozen=True)
class Tally:
    """What came of a load: see `Tally` in tests/bench/load/src/command.rs."""

    answered: int
    failed: int
    chunks: int
    seconds: float
    p50_us: int
    p99_us: int
    sample: str


class Load:
    def __init__(self, binary: str, cores: Set[int]) -> None:
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: prepare(cores),
        )
        self.provider_port: int = self._answer("listening")["port"]

    def run(self, port: int, script: Script, requests: int, connections: int) -> Tally:
        """Plays `requests` requests over `connections` connections. The answers may have any
        status."""
        load = {"port": port, "connections": connections, "requests": requests}
        return Tally(**self._ask({"run": {**load, "script": script.command()}}, "ran"))

    def hold(self, port: int, script: Script, streams: int) -> int:
        """Opens streams, and says how many brought their first chunk. They stay open."""
        load = {"port": port, "connections": streams, "requests": streams}
        return self._ask({"hold": {**load, "script": script.command()}}, "held")["held"]

    def release(self) -> Tally:
        """Lets the held streams go on to their end."""
        return Tally(**self._ask("release", "ran"))

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def _ask(self, command: object, answer: str) -> dict:
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer(answer)

    def _answer(self, expected: str) -> dict:
        line = self.process.stdout.readline()
        outcome = json.loads(line) if line else {"error": "the load process has ended"}
        if expected not in outcome:
            raise LoadError(outcome.get("error", line))
        return outcome[expected]
