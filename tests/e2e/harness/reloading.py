"""Gives a running gateway other settings, and hears what it says to that."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from .gateway import Gateway
from .settings import Settings

ANSWERS = ("is served now", "is not taken", "says nothing new")


def replace(file: Path, text: str) -> None:
    """In one step, as a careful editor does it."""
    new = file.with_name("new.yaml")
    new.write_text(text)
    os.replace(new, file)


def write(gateway: Gateway, settings: Settings) -> None:
    replace(gateway.file, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))


def answers(gateway: Gateway) -> int:
    """How many times it has said what came of another configuration."""
    return sum(any(answer in line for answer in ANSWERS) for line in gateway.process.stderr.lines())


def hear(gateway: Gateway, before: int, seconds: float = 20) -> str:
    """All that it has said by the time it says what came of it."""
    deadline = time.monotonic() + seconds
    while answers(gateway) <= before:
        assert time.monotonic() < deadline, gateway.process.stderr.text()
        time.sleep(0.01)
    # What is wrong is said behind that, in the same breath.
    time.sleep(0.02)
    return gateway.process.stderr.text()


def reload(gateway: Gateway, change: Callable[[], None]) -> str:
    """Sends SIGHUP after this change; returns what has been said since."""
    before, said = answers(gateway), len(gateway.process.stderr.text())
    change()
    gateway.process.send(signal.SIGHUP)
    return hear(gateway, before)[said:]


def serve(gateway: Gateway, settings: Settings) -> None:
    """The gateway serves these settings from now on."""
    said = reload(gateway, lambda: write(gateway, settings))
    assert "is served now" in said, said
