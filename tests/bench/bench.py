"""`make bench`: what the filter costs in Envoy. docs/benchmarks.md says what is measured and why.

All in one run on one machine: Envoy without Tidegate, with and without an access log, and the same
Envoy with Tidegate. Where the machine has two cores, Envoy has one of them for itself.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cases
import idle
import limits
import memory
import report
import settings
from envoys import Envoy, free_ports
from load import Load
from measure import SETUPS, Bench, Effort, Measured
from wire import Script

def main() -> int:
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as directory:
        return Run(arguments, Path(directory)).play()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer requests and rounds: < 90 s")
    parser.add_argument("--generations", type=int, metavar="N",
                        help="how often Envoys are started anew [5; 2 with --quick]")
    parser.add_argument("--only", metavar="TEXT", help="CPU of the cases with TEXT in their name; `limits`: what limits add")
    parser.add_argument("--json", metavar="FILE", type=Path, help="all figures, as JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a bar is missed")
    return parser.parse_args()


class Run:
    def __init__(self, arguments: argparse.Namespace, directory: Path) -> None:
        self.arguments = arguments
        self.directory = directory
        self.envoy_binary = os.environ["ENVOY"]
        self.effort = self.choose_effort()
        cores = sorted(os.sched_getaffinity(0))
        self.envoy_cores = {cores[-1]}
        self.load_cores = set(cores[:-1]) or self.envoy_cores
        self.all_cores = set(cores)

    def choose_effort(self) -> Effort:
        if self.arguments.quick:
            return Effort(self.arguments.generations or 2, rounds=2, scale=0.5)
        return Effort(self.arguments.generations or 5, rounds=3)

    def play(self) -> int:
        machine = self.describe()
        beside = Path(os.environ["TIDEGATE"]).with_name("tidegate-load")
        self.load = Load(str(beside), self.load_cores)
        self.bench = Bench(self.load, self.generation, report.progress)
        try:
            if self.arguments.only == "limits":
                return self.conclude(machine, [], limited=self.limits())
            measured = self.cpu(cases.BARS, self.effort)
            if self.arguments.only:
                return self.conclude(machine, measured)
            return self.everything_else(machine, measured)
        finally:
            self.load.stop()

    def everything_else(self, machine: dict, measured: list[Measured]) -> int:
        if not self.arguments.quick:
            effort = Effort(generations=2, rounds=2)
            measured += self.cpu(cases.INFORMATION, effort, "For information, ")
        with self.generation() as envoys:
            answered = self.gateway_answers(envoys[-1])
            report.progress("idle streams")
            idle_streams = idle.measure(self.load, envoys[1:])
        report.idle(idle_streams)
        report.progress("memory")
        used = memory.measure(self.load, self.start)
        report.memory(used)
        limited = self.limits()
        return self.conclude(machine, measured, used, idle_streams, answered, limited)

    def conclude(self, machine: dict, measured: list[Measured],
                 used: memory.Memory | None = None, idle_streams: idle.Idle | None = None,
                 answered: dict[str, float] | None = None,
                 limited: limits.Limits | None = None) -> int:
        found = report.verdicts(measured, used, idle_streams, limited)
        report.summary(found)
        if self.arguments.json:
            figures = report.as_json(machine, measured, found, used, idle_streams, answered or {})
            self.arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
        missed = any(not verdict.met for verdict in found)
        return 1 if self.arguments.strict and missed else 0

    def limits(self) -> limits.Limits:
        """The filter without limits, and with them and a sidecar."""
        directory = self.directory / "limits"
        directory.mkdir()
        (sidecar_admin,) = free_ports(1)

        def rendered() -> dict:
            listen, admin = free_ports(2)
            config = settings.tidegate_yaml(self.load.provider_port, listen, admin)
            config = limits.configured(config, directory, sidecar_admin)
            return settings.render(os.environ["TIDEGATE"], config, directory)

        rendered()
        program = Path(os.environ["TIDEGATE"]).with_name("tidegate-sidecar")
        sums = limits.Sums()
        with limits.sidecar(program, directory) as beside:
            for number in range(self.effort.generations):
                report.progress(f"limits, generation {number + 1} of {self.effort.generations}")
                with ExitStack() as stack:
                    off = self.start("filter", 1)
                    stack.callback(off.stop)
                    on = Envoy(self.envoy_binary, "limits", rendered(), directory, self.envoy_cores,
                               settings.ENVIRONMENT, 1)
                    stack.callback(on.stop)
                    sums.take(self.load, off, on)
                    if number == self.effort.generations - 1:
                        found = sums.with_pace(*limits.paced(self.load, on, beside))
        report.limits(found)
        return found

    def cpu(self, chosen: list[cases.Case], effort: Effort, title: str = "") -> list[Measured]:
        only = self.arguments.only or ""
        measured = self.bench.measure([case for case in chosen if only in case.name], effort)
        requests = [(one, one.request, one.case.request_bar) for one in measured]
        if requests:
            report.cpu(f"{title}CPU of Envoy, µs per request", requests)
        chunks = [(one, one.chunk, one.case.chunk_bar) for one in measured if one.case.stream]
        if chunks:
            report.cpu("CPU of Envoy, µs per chunk of a stream", chunks)
            report.chunks_seen([one for one, _, _ in chunks])
        return measured

    def gateway_answers(self, envoy: Envoy) -> dict[str, float]:
        micros = {}
        for name, request in cases.ANSWERED_BY_THE_GATEWAY:
            samples = [self.bench.sample(envoy, Script(request()), 10_000) for _ in range(3)]
            micros[name] = sorted(sample.micros for sample in samples)[1]
        rows = [[name, f"{value:.1f}"] for name, value in micros.items()]
        report.table("For information, CPU of Envoy, µs per answer of the gateway's own", rows)
        return micros

    @contextmanager
    def generation(self) -> Iterator[list[Envoy]]:
        with ExitStack() as stack:
            envoys = []
            for name in SETUPS:
                report.progress(f"starting {name}")
                envoys.append(self.start(name, 1))
                stack.callback(envoys[-1].stop)
            yield envoys

    def start(self, name: str, workers: int) -> Envoy:
        listen, admin = free_ports(2)
        tidegate = settings.tidegate_yaml(self.load.provider_port, listen, admin)
        config = settings.render(os.environ["TIDEGATE"], tidegate, self.directory)
        if name == "baseline":
            config = settings.baseline(config, listen, admin)
        elif name == "bare":
            config = settings.bare(config, listen, admin)
        cores = self.envoy_cores if workers == 1 else self.all_cores
        return Envoy(self.envoy_binary, name, config, self.directory, cores,
                     settings.ENVIRONMENT, workers)

    def describe(self) -> dict:
        version = subprocess.run([self.envoy_binary, "--version"], capture_output=True, text=True,
                                 check=True).stdout.strip().split("version: ")[-1]
        machine = {
            "cpu": cpu_model(),
            "cores": len(self.all_cores),
            "kernel": platform.release(),
            "envoy": version,
            "wasm_bytes": Path(os.environ["TIDEGATE_WASM"]).stat().st_size,
            "keys": settings.KEYS,
            "rounds": self.effort.generations * self.effort.rounds,
        }
        print(", ".join(f"{name}: {value}" for name, value in machine.items()), flush=True)
        if len(self.all_cores) < 2:
            print("One core for Envoy and the load: expect noise.", flush=True)
        return machine


def cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
