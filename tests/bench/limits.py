"""What limits, budgets and the ledger add: the same gateway with and without them, in turn.

The key of the requests has limits of requests, tokens and parallel requests and a daily budget, its
team has requests, tokens and a budget, and every request is a row of the ledger (SQLite).
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cases
import settings
from envoys import Envoy
from load import Load
from measure import CONNECTIONS

# Of each generation of Envoys: one alone may have a lucky place in memory, or an unlucky one.
ROUNDS = 3
REQUESTS = 6_000
# For what must hold at a steady pace.
PACE = 1_000
PACED_SECONDS = 10
TOKEN = "bench-admin-token-0123456789abcdef"
RATES = {
    "requests_per_minute": 100_000_000,
    "tokens_per_minute": 100_000_000_000,
    "parallel_requests": 100_000,
}
BUDGETS = [{"usd": 1_000_000, "per": "day"}]


@dataclass
class Limits:
    """Medians, with limits and without."""

    micros: dict[str, float]
    p50_us: dict[str, float]
    callouts_per_100: float
    """At so many requests a second."""
    sidecar_share: float
    """Of a core, at 5,000 requests a second, reckoned from what it took at the pace."""

    @property
    def added_micros(self) -> float:
        return self.micros["on"] - self.micros["off"]

    @property
    def added_p50_us(self) -> float:
        return self.p50_us["on"] - self.p50_us["off"]


@dataclass
class Sidecar:
    """`tidegate-sidecar`, beside the Envoy that asks it."""

    program: Path
    directory: Path
    process: subprocess.Popen = field(init=False)

    def __post_init__(self) -> None:
        log = (self.directory / "sidecar.log").open("wb")
        self.process = subprocess.Popen(
            [self.program, "-c", self.directory / "sidecar.json"], stdout=log, stderr=log,
            env={"BENCH_ADMIN_TOKEN": TOKEN},
        )
        socket = self.directory / "s.sock"
        deadline = time.monotonic() + 20
        while not socket.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError((self.directory / "sidecar.log").read_text())
            time.sleep(0.05)

    def cpu_ns(self) -> int:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def configured(config: dict, directory: Path, admin_port: int) -> dict:
    """The same configuration with limits."""
    prices = {
        "openai": {"gpt-4o-mini": {"input": 0.15, "output": 0.6}},
        "claude": {"claude-sonnet-4-5": {"input": 3, "output": 15}},
    }
    keys = [dict(key) for key in config["keys"]]
    keys[250] |= {"rate_limits": RATES, "budgets": BUDGETS}
    return {
        **config,
        "keys": keys,
        "teams": {"bench": {"rate_limits": {"requests_per_minute": 100_000_000,
                                            "tokens_per_minute": 100_000_000_000},
                            "budgets": BUDGETS}},
        "prices": {"overrides": prices, "unknown": "free"},
        "database": {"url": f"sqlite:{directory}/ledger.db"},
        "sidecar": {
            "listen": f"{directory}/s.sock",
            "admin": {"address": "127.0.0.1", "port": admin_port},
            "admin_token": "${BENCH_ADMIN_TOKEN}",
        },
    }


@contextmanager
def sidecar(program: Path, directory: Path) -> Iterator[Sidecar]:
    one = Sidecar(program, directory)
    try:
        yield one
    finally:
        one.stop()


@dataclass
class Sums:
    """What was measured so far, with limits and without."""

    micros: dict[str, list[float]] = field(default_factory=lambda: {"off": [], "on": []})
    p50: dict[str, list[float]] = field(default_factory=lambda: {"off": [], "on": []})

    def take(self, load: Load, off: Envoy, on: Envoy) -> None:
        script = cases.BARS[0].script()
        for number in range(-1, ROUNDS):
            pair = [("off", off), ("on", on)]
            for name, envoy in pair if number % 2 else pair[::-1]:
                before = envoy.cpu_ns()
                tally = load.run(envoy.port, script, REQUESTS, CONNECTIONS)
                used = (envoy.cpu_ns() - before) / 1000 / REQUESTS
                if tally.answered != REQUESTS:
                    raise RuntimeError(f"{tally.sample[:1000]}\n{envoy.last_words()}")
                alone = load.run(envoy.port, script, 500, 1).p50_us
                # The first round warms up.
                if number >= 0:
                    self.micros[name].append(used)
                    self.p50[name].append(alone)

    def with_pace(self, callouts: float, share: float) -> Limits:
        return Limits(
            {name: median(all_of) for name, all_of in self.micros.items()},
            {name: median(all_of) for name, all_of in self.p50.items()},
            callouts, share,
        )


def paced(load: Load, envoy: Envoy, beside: Sidecar) -> tuple[float, float]:
    """Callouts for 100 requests at a steady pace, and the sidecar's share of a core at five times it."""
    script = cases.BARS[0].script()
    pattern = "^cluster.tidegate/sidecar.upstream_rq_total$"
    asked, used = sum(envoy.stats(pattern).values()), beside.cpu_ns()
    began = time.monotonic()
    slices = PACED_SECONDS * 20
    for number in range(slices):
        load.run(envoy.port, script, PACE // 20, 16)
        time.sleep(max(0.0, began + (number + 1) / 20 - time.monotonic()))
    passed = time.monotonic() - began
    callouts = sum(envoy.stats(pattern).values()) - asked
    share = (beside.cpu_ns() - used) / 1e9 / passed
    return callouts / (PACE * PACED_SECONDS / 100), share * 5
