"""Kills in mid-load: when, and proof that there was a load."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .counting import Served
from .services import Postgres, Redis


@dataclass
class Kill:
    """When something was killed, and when it was there again."""

    what: str
    at: float
    back: float


def kill(what: str, do: Callable[..., None], *arguments: Any) -> Kill:
    at = time.monotonic()
    do(*arguments)
    return Kill(what, at, time.monotonic())


def kill_for(seconds: float, server: Redis | Postgres) -> None:
    server.kill()
    time.sleep(seconds)
    server.start()


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def assert_in_mid_load(kills: list[Kill], served: list[Served]) -> None:
    """Requests were served in the second before each kill, and in the one after the recovery."""
    for one in kills:
        before = [s for s in served if one.at - 1 <= s.arrived < one.at]
        after = [s for s in served if one.back <= s.arrived < one.back + 1]
        assert before and after, one
