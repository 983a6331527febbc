"""Gateways with limits, in front of a provider that counts for itself."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from . import ports, settings
from .counting import Provider
from .settings import CANARY, Settings

MODEL = "gpt-4o-mini"
ADMIN_TOKEN = f"{CANARY}-admin-token-0123456789abcdef"


def secret(name: str) -> str:
    """The key of this name."""
    return f"tg-{CANARY}-{name}-0f5e6a77"


def key(name: str, **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(secret(name).encode()).hexdigest()
    return {"id": name, "sha256": digest, **more}


def limited(provider: Provider, directory: Path, keys: list[dict], **more: Any) -> Settings:
    """A gateway whose model costs $1 for a million tokens of input, $10 of output."""
    prices = {"openai": {MODEL: {"input": 1, "output": 10}}}
    return {
        **settings.addresses(),
        "providers": {"openai": {"kind": "openai", "base_url": provider.base_url}},
        "models": {MODEL: {"provider": "openai"}},
        "keys": keys,
        "prices": {"overrides": prices},
        "database": {"url": f"sqlite:{directory}/ledger.db"},
        "sidecar": {
            "admin": {"address": ports.HOST, "port": ports.free()},
            "admin_token": "${E2E_ADMIN_TOKEN}",
        },
        **more,
    }


def environment() -> dict[str, str]:
    return {"E2E_ADMIN_TOKEN": ADMIN_TOKEN}


def ask(**more: Any) -> dict[str, Any]:
    """A chat request."""
    return {"model": MODEL, "messages": [{"role": "user", "content": "say it"}], **more}


def rows(directory: Path) -> list[dict[str, Any]]:
    """What the ledger of a single gateway holds."""
    connection = sqlite3.connect(f"file:{directory}/ledger.db?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    with connection:
        found = [dict(row) for row in connection.execute("SELECT * FROM requests")]
    connection.close()
    return found
