"""The three configurations that are compared, from one tidegate.yaml.

- `filter`: what `tidegate render` writes, unchanged.
- `baseline`: the same Envoy without Tidegate: the same listener, timeouts, retry policy, clusters
  and access log, but no HTTP filters other than the router, fixed routes instead of the plan, and
  an access log line of Envoy's own fields.
- `bare`: the baseline without an access log.
"""

import copy
import hashlib
import subprocess
from pathlib import Path

import yaml

KEYS = 500
PROVIDER_KEY = "sk-bench-0123456789abcdef0123456789abcdef"
ENVIRONMENT = {"BENCH_PROVIDER_KEY": PROVIDER_KEY}
PROVIDERS = ("openai", "claude")


def key(number: int) -> str:
    return f"tg-{number:04d}-" + "0123456789abcdef" * 2


def tidegate_yaml(provider_port: int, listen: int, admin: int) -> dict:
    here = f"http://127.0.0.1:{provider_port}"
    secret = "${BENCH_PROVIDER_KEY}"
    return {
        "listen": {"address": "127.0.0.1", "port": listen},
        "admin": {"address": "127.0.0.1", "port": admin},
        "providers": {
            "openai": {"base_url": f"{here}/v1", "api_key": secret},
            "claude": {"kind": "anthropic", "base_url": here, "api_key": secret},
        },
        "models": models(),
        "keys": [
            {"id": f"key-{n}", "sha256": hashlib.sha256(key(n).encode()).hexdigest(), "team": "bench"}
            for n in range(KEYS)
        ],
        "teams": {"bench": {}},
    }


def models() -> dict:
    """`gpt-4o-mini` keeps its name, `small` is renamed, `smart` is Anthropic's."""
    fallback = {"provider": "claude", "model": "claude-sonnet-4-5"}
    return {
        "gpt-4o-mini": {"targets": [{"provider": "openai", "model": "gpt-4o-mini"}, fallback]},
        "small": {"targets": [{"provider": "openai", "model": "gpt-4o-mini"}, fallback]},
        "smart": {"targets": [fallback, {"provider": "openai", "model": "gpt-4o-mini"}]},
        **{f"model-{n}": {"provider": "openai"} for n in range(20)},
    }


def render(tidegate: str, config: dict, directory: Path) -> dict:
    """Envoy's configuration, as the `tidegate` command writes it."""
    file = directory / "tidegate.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    command = [tidegate, "render", "-c", file, "-o", directory]
    rendered = subprocess.run(command, capture_output=True, text=True, check=False)
    if rendered.returncode:
        raise RuntimeError(f"tidegate render: {rendered.stderr}")
    return yaml.safe_load((directory / "envoy.yaml").read_text())


def baseline(rendered: dict, listen: int, admin: int) -> dict:
    envoy = copy.deepcopy(rendered)
    set_port(envoy["admin"], admin)
    for listener in envoy["static_resources"]["listeners"]:
        set_port(listener, listen)
    manager = connection_manager(envoy)
    manager["http_filters"] = [
        http_filter for http_filter in manager["http_filters"]
        if http_filter["name"] == "envoy.filters.http.router"
    ]
    for log in manager["access_log"]:
        log_format = log["typed_config"]["log_format"]["text_format_source"]
        line = log_format["inline_string"].replace("%FILTER_STATE(wasm.tidegate:PLAIN)%", "-")
        log_format["inline_string"] = line
    fixed_routes(manager["route_config"])
    for cluster in envoy["static_resources"]["clusters"]:
        for options in cluster["typed_extension_protocol_options"].values():
            del options["http_filters"]
    return envoy


def bare(rendered: dict, listen: int, admin: int) -> dict:
    envoy = baseline(rendered, listen, admin)
    del connection_manager(envoy)["access_log"]
    return envoy


def connection_manager(envoy: dict) -> dict:
    (listener,) = envoy["static_resources"]["listeners"]
    (chain,) = listener["filter_chains"]
    (manager,) = chain["filters"]
    return manager["typed_config"]


def fixed_routes(route_config: dict) -> None:
    """One route to each provider, with all that the first planned route has."""
    route_config.pop("cluster_specifier_plugins", None)
    (host,) = route_config["virtual_hosts"]
    planned = host["routes"][0]["route"]
    planned.pop("cluster_specifier_plugin", None)
    planned.pop("inline_cluster_specifier_plugin", None)
    host["routes"] = [
        {
            "match": {
                "prefix": "/",
                "headers": [{"name": "x-bench-provider", "string_match": {"exact": provider}}],
            },
            "route": {**planned, "cluster": provider},
        }
        for provider in PROVIDERS
    ]


def set_port(thing: dict, port: int) -> None:
    thing["address"]["socket_address"]["port_value"] = port
