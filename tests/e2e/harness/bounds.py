"""Keys whose limits bind, one kind of limit each, and providers that count for themselves what
comes through: each key has a model and a provider of its own, of the same name."""

import time
from pathlib import Path
from typing import Any

from . import hammer, limited
from .cluster import Cluster
from .counting import Manners, Provider, Served, most_at_once, most_within
from .limited import key, secret
from .services import Postgres, Redis

WINDOW = 10.0
REQUESTS = 200
TOKENS = 20_000
SLOTS = 3
# In millionths of a dollar. At the pace below, the small one is used up within seconds; the large
# one lasts for some 30, not counting those in which nobody can say what is left.
SMALL = 17_000
LARGE = 42_000
# A key without a limit that binds, which goes on whatever is away.
FREE = "free"


def keys() -> list[dict[str, Any]]:
    def rates(**limits: Any) -> dict[str, Any]:
        return {"rate_limits": {**limits, "on_unavailable": "deny"}}

    def budget(millionths: int) -> dict[str, Any]:
        # A month: midnight comes more often.
        return {"budgets": [{"usd": millionths / 1_000_000, "per": "month"}]}

    endless = {
        "rate_limits": {"requests_per_minute": 100_000_000, "tokens_per_minute": 10**12},
        "budgets": [{"usd": 1_000_000, "per": "day", "on_unavailable": "allow"}],
    }
    window = f"{WINDOW:.0f}s"
    return [
        key("requests", **rates(requests=[{"limit": REQUESTS, "per": window}])),
        key("tokens", **rates(tokens=[{"limit": TOKENS, "per": window}])),
        key("slots", **rates(parallel_requests=SLOTS)),
        key("small", **budget(SMALL)),
        key("large", **budget(LARGE)),
        key(FREE, **endless),
    ]


class Bounds:
    """A provider for each key; `stop` them."""

    def __init__(self) -> None:
        self.providers = {one["id"]: Provider() for one in keys()}
        self.providers["tokens"].manners = Manners(prompt=20, output=80)
        self.providers["slots"].manners = Manners(latency=0.05)

    def stop(self) -> None:
        for provider in self.providers.values():
            provider.stop()

    def cluster(self, redis: Redis, postgres: Postgres, directory: Path) -> Cluster:
        """Two gateways."""
        upstreams = {
            name: {"kind": "openai", "base_url": one.base_url}
            for name, one in self.providers.items()
        }
        prices = {name: {"m": {"input": 1, "output": 10}} for name in self.providers}
        return Cluster(
            self.providers[FREE], redis, postgres, directory, keys(), size=2,
            providers=upstreams,
            models={name: {"provider": name, "model": "m"} for name in self.providers},
            prices={"overrides": prices},
        )

    def plan(self, name: str, ports: list[int], clients: int, **more: Any) -> hammer.Plan:
        body = {**limited.ask(max_tokens=80 if name == "tokens" else 5), "model": name}
        return hammer.Plan(ports, secret(name), body, clients, **more)

    def plans(self, ports: list[int]) -> list[hammer.Plan]:
        """More than each limit lets through, and no more than the large budget is to last for."""
        def plan(name: str, clients: int, pace: float) -> hammer.Plan:
            return self.plan(name, ports, clients, pace=pace, after_refusal=0.1)

        return [plan("requests", 6, 0.1), plan("tokens", 6, 0.1), plan("slots", 6, 0.0),
                plan("small", 8, 0.08), plan("large", 5, 0.2)]

    def by_provider(self) -> dict[str, list[Served]]:
        return {name: provider.served for name, provider in self.providers.items()}

    def served(self) -> list[Served]:
        return [one for served in self.by_provider().values() for one in served]

    def ids(self) -> set[str]:
        """Of all requests that were served."""
        return {one.request_id for one in self.served()}

    def is_known_again(self, since: float) -> bool:
        """Slots are given again, later than what is in hand may be used without asking."""
        return self.providers["slots"].served[-1].arrived > since + 10.5

    def is_used_up(self) -> bool:
        """Of the large budget nearly all was used, and for a while nothing was let through."""
        last = self.providers["large"].served[-1]
        return self.spent("large") >= 0.9 * LARGE and time.monotonic() - last.arrived > 1.5

    def spent(self, name: str) -> int:
        """In millionths of a dollar."""
        return sum(one.prompt + 10 * one.output for one in self.providers[name].served)

    def are_reached(self, since: float = 0.0) -> bool:
        """Nearly all of each limit but the large budget was used since then."""
        served = {
            name: [one for one in all if one.arrived >= since]
            for name, all in self.by_provider().items() if name != FREE
        }
        return (most_within(served["requests"], WINDOW) >= 0.95 * REQUESTS
                and most_within(served["tokens"], WINDOW, "tokens") >= 0.95 * TOKENS
                and most_at_once(served["slots"]) == SLOTS
                and self.spent("small") >= 0.95 * SMALL)

    def assert_no_limit_is_passed(self) -> None:
        """At any moment, by the providers' own count."""
        served = self.by_provider()
        assert most_within(served["requests"], WINDOW) <= REQUESTS
        assert most_within(served["tokens"], WINDOW, "tokens") <= TOKENS
        assert most_at_once(served["slots"]) <= SLOTS
        assert self.spent("small") <= SMALL
        assert self.spent("large") <= LARGE
