"""The `tidegate.yaml` of the tests.

Every provider has a simulator behind it, every model is one way through them:

| model | attempts |
|---|---|
| `gpt-4o-mini`, `claude-sonnet-4-5`, `local` | the one provider |
| `openai-first`, `claude-first` | the one, then the other |
| `hasty-…` | the same, leaving the first after 400 ms without a token (unary: 800 ms) |
| `chain`, `claude-chain` | three providers |
| `absent-openai-first`, `absent-claude-first` | the first refuses connections |
| `absent` | both refuse connections |
"""

import hashlib
from typing import Any

from . import ports
from .simulator import Simulator, dead_url

Settings = dict[str, Any]

GPT = "gpt-4o-mini"
CLAUDE = "claude-sonnet-4-5"
LOCAL = "qwen3-8b"

# Every secret holds this word: it must not be found in anything that a program has printed.
CANARY = "CANARY"
KEY = f"tg-{CANARY}-dev-0f5e6a"
NARROW_KEY = f"tg-{CANARY}-narrow-77aa01"
PROVIDER_KEYS = {
    "openai": f"sk-{CANARY}-openai-1b2c3d",
    "claude": f"sk-ant-{CANARY}-claude-4e5f60",
    "local": f"{CANARY}-local-a1b2c3",
}


def variable(provider: str) -> str:
    """The environment variable that holds a provider's key."""
    return f"E2E_{provider.upper()}_KEY"


def environment() -> dict[str, str]:
    """What the gateway's process needs."""
    return {variable(provider): key for provider, key in PROVIDER_KEYS.items()}


def key(name: str, secret: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "sha256": hashlib.sha256(secret.encode()).hexdigest(), **more}


def provider(simulator: Simulator, name: str, **more: Any) -> dict[str, Any]:
    kind = {"openai": "openai", "claude": "anthropic", "local": "vllm"}[name]
    return {
        "kind": kind,
        "base_url": simulator.base_url,
        "api_key": f"${{{variable(name)}}}",
        **more,
    }


def providers(openai: Simulator, claude: Simulator, local: Simulator) -> dict[str, Any]:
    return {
        "openai": provider(openai, "openai"),
        "claude": provider(claude, "claude"),
        "local": provider(local, "local"),
    }


def target(provider_name: str) -> dict[str, str]:
    model = {"openai": GPT, "claude": CLAUDE, "local": LOCAL}
    return {"provider": provider_name, "model": model[provider_name.removeprefix("absent-")]}


def chain(*names: str, **more: Any) -> dict[str, Any]:
    return {"targets": [target(name) for name in names], **more}


def full(
    openai: Simulator, claude: Simulator, local: Simulator, refusing_port: int
) -> Settings:
    """The settings of the gateway that most tests share."""
    hasty = {"first_token": "400ms", "response": "800ms", "idle": "5s", "total": "20s"}
    dead = dead_url(refusing_port)
    return {
        **addresses(),
        "providers": {
            **providers(openai, claude, local),
            "absent-openai": {**provider(openai, "openai"), "base_url": f"{dead}/v1"},
            "absent-claude": {**provider(claude, "claude"), "base_url": dead},
        },
        "models": {
            GPT: {"provider": "openai", "aliases": ["small", "vendor/small"]},
            CLAUDE: {"provider": "claude"},
            "local": {"provider": "local", "model": LOCAL},
            "openai-first": chain("openai", "claude"),
            "claude-first": chain("claude", "openai"),
            "hasty-openai-first": chain("openai", "claude", timeouts=hasty),
            "hasty-claude-first": chain("claude", "openai", timeouts=hasty),
            "absent-openai-first": chain("absent-openai", "claude"),
            "absent-claude-first": chain("absent-claude", "openai"),
            "absent": chain("absent-openai", "absent-claude"),
            "chain": chain("openai", "claude", "local"),
            "claude-chain": chain("claude", "openai", "local"),
        },
        "teams": {"research": None},
        "keys": [
            key("dev", KEY, team="research"),
            key("narrow", NARROW_KEY, models=[GPT]),
        ],
        "timeouts": {"connect": "2s", "first_token": "15s", "idle": "15s", "total": "40s"},
        # What one test has made of a provider says nothing to the next.
        "cooldowns": "off",
    }


def small(providers: dict[str, Any], models: dict[str, Any], **more: Any) -> Settings:
    """The settings of a gateway that one test has for itself."""
    return {
        **addresses(),
        "providers": providers,
        "models": models,
        "keys": [key("dev", KEY)],
        "cooldowns": "off",
        **more,
    }


def addresses() -> Settings:
    """Free ports to listen on."""
    return {
        "listen": {"address": ports.HOST, "port": ports.free()},
        "admin": {"address": ports.HOST, "port": ports.free()},
    }
