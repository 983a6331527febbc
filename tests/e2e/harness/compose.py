"""docker-compose.yml, as Docker's Compose reads it."""

import functools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from .programs import ROOT

FILE = ROOT / "docker-compose.yml"

Service = dict[str, Any]


@functools.cache
def program() -> Path:
    """The program `docker-compose`, which needs no Docker to read a file."""
    found = subprocess.run(
        [ROOT / "scripts/container-tools.sh", "compose"],
        capture_output=True, text=True, timeout=300,
    )
    if found.returncode == 3:
        pytest.skip("there is no Compose for this machine")
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip())


def refusal(variables: dict[str, str]) -> str:
    """What Compose says against the file with these variables; nothing where it is right."""
    return _config(variables, "--quiet").stderr


def services(variables: dict[str, str]) -> dict[str, Service]:
    """All services, with variables in their places, in Compose's canonical form."""
    config = _config(variables, "--format", "json")
    assert config.returncode == 0, config.stderr
    # Compose doubles each `$`, so that the output could be its input.
    return json.loads(config.stdout.replace("$$", "$"))["services"]


def _config(variables: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
        file.flush()
        command = [program(), "--file", FILE, "--env-file", file.name, "config", *options]
        # Without an environment: a developer's own variables would go first.
        return subprocess.run(
            command, env={"HOME": "/nonexistent"}, capture_output=True, text=True, timeout=60
        )
