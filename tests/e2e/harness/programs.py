"""Where the programs under test are. `make e2e` builds them and sets these variables."""

import functools
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def tidegate() -> Path:
    """The `tidegate` command."""
    return _existing(os.environ.get("TIDEGATE", ROOT / "target/tool/tidegate"), "make build")


def wasm() -> Path:
    """The filter."""
    return _existing(os.environ.get("TIDEGATE_WASM", ROOT / "dist/tidegate.wasm"), "make wasm")


@functools.cache
def envoy() -> Path:
    """Envoy: `$ENVOY`, else what scripts/envoy.sh finds or installs."""
    if path := os.environ.get("ENVOY"):
        return _existing(path, "unset ENVOY")
    found = subprocess.run(
        [ROOT / "scripts/envoy.sh"], check=True, capture_output=True, text=True, timeout=300
    )
    return Path(found.stdout.strip())


def refusal_of(settings: str) -> str:
    """What `tidegate check` says against settings."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(settings)
        file.flush()
        command = [tidegate(), "check", "-c", file.name]
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stderr


def _existing(path: str | Path, remedy: str) -> Path:
    path = Path(path).resolve()
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: {remedy}")
    return path
