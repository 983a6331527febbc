"""The admin API of a running gateway: keys that are made meanwhile, what was used, who may ask."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import limited, programs
from harness.counting import Provider
from harness.gateway import Gateway
from harness.limited import ADMIN_TOKEN, ask, key, secret
from harness.settings import CANARY

# A change reaches every Envoy within two seconds; the machine may be busy.
KNOWN = 3.0


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def gateway(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("admin")
    settings = limited.limited(
        provider, directory, [key("configured", metadata={"owner": "Ada"})],
        teams={"research": {"rate_limits": {"requests_per_minute": 1000}}},
        models={
            "gpt-4o-mini": {"provider": "openai", "aliases": ["small"]},
            "another": {"provider": "openai", "model": "gpt-4o-mini"},
        },
    )
    gateway = Gateway(settings, directory, "--concurrency", "2", env=limited.environment())
    yield gateway
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures
    said = gateway.process.said()
    assert CANARY not in said
    assert "tg-" not in said.replace("tg-…", "")


@pytest.fixture(scope="module")
def admin(gateway: Gateway) -> Iterator[httpx.Client]:
    port = gateway.settings["sidecar"]["admin"]["port"]
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", trust_env=False,
        headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
    ) as client:
        yield client


def status(gateway: Gateway, shown: str) -> int:
    with gateway.http(shown) as http:
        return http.post("/v1/chat/completions", json=ask()).status_code


def becomes(expected: int, now: Callable[[], int]) -> None:
    deadline = time.monotonic() + KNOWN
    while (found := now()) != expected:
        assert time.monotonic() < deadline, f"it is still {found}, not {expected}"
        time.sleep(0.05)


def test_a_key_lives_from_its_making_to_its_end(gateway: Gateway, admin: httpx.Client) -> None:
    made = admin.post("/admin/keys", json={"id": "live/one", "team": "research"})
    assert made.status_code == 201
    first = made.json()["key"]
    becomes(200, lambda: status(gateway, first))
    rotated = admin.post("/admin/keys/live%2Fone/rotate", json={"grace_seconds": 60})
    second = rotated.json()["key"]
    becomes(200, lambda: status(gateway, second))
    becomes(200, lambda: status(gateway, first))
    admin.post("/admin/keys/live%2Fone/rotate", json={})
    becomes(401, lambda: status(gateway, second))
    third = admin.post("/admin/keys/live%2Fone/rotate").json()["key"]
    becomes(200, lambda: status(gateway, third))
    assert admin.patch("/admin/keys/live%2Fone", json={"disabled": True}).status_code == 200
    becomes(401, lambda: status(gateway, third))
    admin.patch("/admin/keys/live%2Fone", json={"disabled": False})
    becomes(200, lambda: status(gateway, third))
    assert admin.delete("/admin/keys/live%2Fone").status_code == 204
    becomes(401, lambda: status(gateway, third))


def test_a_key_that_was_made_has_its_limits_and_models(
    gateway: Gateway, admin: httpx.Client
) -> None:
    made = admin.post("/admin/keys", json={
        "id": "narrow", "rate_limits": {"requests_per_minute": 2}, "models": ["small"],
    })
    assert made.json()["models"] == ["gpt-4o-mini"]
    shown = made.json()["key"]
    becomes(200, lambda: status(gateway, shown))
    becomes(429, lambda: status(gateway, shown))
    other = admin.post("/admin/keys", json={"id": "other", "models": ["another"]}).json()["key"]
    becomes(403, lambda: status(gateway, other))


@pytest.mark.parametrize(("method", "path", "body", "expected", "word"), [
    ("POST", "/admin/keys", {"id": "x y"}, 400, "id: "),
    ("POST", "/admin/keys", {"id": "x", "team": "nobody"}, 400, "team: there is no such team"),
    ("POST", "/admin/keys", {"id": "x", "modles": []}, 400, "modles"),
    ("POST", "/admin/keys", {"id": "x", "models": ["another", "no"]}, 400, "models[1]: there is no"),
    ("GET", "/admin/limits?kay=x", None, 400, "kay"),
    ("GET", "/admin/reconcile?most=0", None, 400, "most: "),
    ("POST", "/admin/keys", {"id": "x", "budgets": [{"usd": -1, "per": "day"}]}, 400, "budgets[0]"),
    ("POST", "/admin/keys", {"id": "x", "budgets": [{"usd": 1, "per": "eon"}]}, 400, "budgets[0].per"),
    ("POST", "/admin/keys", {"id": "configured"}, 409, "id: "),
    ("PATCH", "/admin/keys/configured", {"disabled": True}, 409, "configuration"),
    ("PATCH", "/admin/keys/nobody", {"disabled": True}, 404, "no such key"),
    ("DELETE", "/admin/keys/configured", None, 409, "configuration"),
    ("GET", "/admin/usage?group_by=colour", None, 400, "group_by: "),
    ("GET", "/admin/usage?from=yesterday", None, 400, "from: "),
    ("GET", "/admin/usage?form=csv", None, 400, "form"),
    ("GET", "/admin/rows/req_none", None, 404, "no row"),
])
def test_bad_input_is_refused_by_its_field_and_changes_nothing(
    gateway: Gateway, admin: httpx.Client, method: str, path: str, body: Any, expected: int,
    word: str,
) -> None:
    before = admin.get("/admin/keys").json()
    answer = admin.request(method, path, json=body)
    assert answer.status_code == expected, answer.text
    assert word in answer.json()["error"]
    assert admin.get("/admin/keys").json() == before


@pytest.mark.parametrize("credential", [None, "Bearer wrong", f"Basic {ADMIN_TOKEN}", f"Bearer {ADMIN_TOKEN}x"])
def test_without_the_token_nothing_is_told(admin: httpx.Client, credential: str | None) -> None:
    headers = {"authorization": credential} if credential else {}
    for path in ("/admin/keys", "/admin/usage", "/admin/rows/x"):
        answer = httpx.get(f"{admin.base_url}{path}", headers=headers, trust_env=False)
        assert answer.status_code == 401, path


def test_usage_is_told_by_key_as_json_and_csv(
    gateway: Gateway, admin: httpx.Client, provider: Provider
) -> None:
    made = admin.post("/admin/keys", json={"id": "counted"}).json()["key"]
    becomes(200, lambda: status(gateway, made))

    def line() -> dict[str, Any]:
        usage = admin.get("/admin/usage", params={"group_by": "key,model"}).json()["usage"]
        found = [one for one in usage if one["key"] == "counted" and one["model"]]
        return found[0] if found else {}

    deadline = time.monotonic() + 5
    while not line() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (line()["requests"], line()["input_tokens"], line()["output_tokens"]) == (1, 7, 5)
    assert line()["cost_usd"] == "0.000057"
    csv = admin.get("/admin/usage", params={"group_by": "key", "format": "csv"})
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.text.splitlines()[0].startswith("key,requests,")
    assert any(row.startswith("counted,") for row in csv.text.splitlines())


def test_counters_agree_with_the_ledger(gateway: Gateway, admin: httpx.Client) -> None:
    made = admin.post("/admin/keys", json={
        "id": "reckoned", "rate_limits": {"requests_per_minute": 50, "tokens_per_minute": 10_000},
        "budgets": [{"usd": 1, "per": "day"}],
    })
    # The two may meet different workers, each of which learns of the key by itself.
    for _ in range(2):
        becomes(200, lambda: status(gateway, made.json()["key"]))

    def sums() -> list[tuple[str, int, int]]:
        answer = admin.get("/admin/reconcile", params={"key": "reckoned"})
        assert answer.status_code == 200, answer.text
        return [(one["measure"], one.get("counter"), one.get("ledger")) for one in
                answer.json()["counters"]]

    expected = [("cost", 114_000, 114_000), ("requests", 2, 2), ("tokens", 24, 24)]
    deadline = time.monotonic() + 20
    while sums() != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sums() == expected
    shown = admin.get("/admin/limits", params={"key": "reckoned", "measure": "requests"}).json()
    [rate] = shown["counters"]
    assert (rate["limit"], rate["used"], rate["state"]) == (50, 2, "counted")
    assert rate["used"] + rate["outstanding"] + rate["remaining"] == 50


def test_the_description_has_every_route(admin: httpx.Client) -> None:
    document = httpx.get(f"{admin.base_url}/openapi.json", trust_env=False).json()
    routes = {(method, path) for path, ways in document["paths"].items() for method in ways}
    assert routes == {
        ("get", "/admin/keys"), ("post", "/admin/keys"), ("patch", "/admin/keys/{id}"),
        ("delete", "/admin/keys/{id}"), ("post", "/admin/keys/{id}/rotate"),
        ("get", "/admin/usage"), ("get", "/admin/rows/{request_id}"),
        ("get", "/admin/limits"), ("get", "/admin/reconcile"),
    }


def test_the_command_makes_and_lists_keys(
    gateway: Gateway, admin: httpx.Client, tmp_path: Path
) -> None:
    url = str(admin.base_url)

    def run(*arguments: str) -> str:
        command = [programs.tidegate(), "key", *arguments, "--admin", url]
        environment = {"TIDEGATE_ADMIN_TOKEN": ADMIN_TOKEN, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment,
                              cwd=tmp_path, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout

    made = run("create", "by-hand", "--team", "research", "--requests-per-minute", "100").strip()
    assert made.startswith("tg-")
    becomes(200, lambda: status(gateway, made))
    listed = run("list")
    assert "by-hand" in listed and "configured" in listed
    run("disable", "by-hand")
    becomes(401, lambda: status(gateway, made))
    run("delete", "by-hand")
    assert "by-hand" not in run("list")


def test_a_configured_key_is_shown_and_stays_as_it_is(
    gateway: Gateway, admin: httpx.Client
) -> None:
    keys = {one["id"]: one for one in admin.get("/admin/keys").json()["keys"]}
    assert keys["configured"]["source"] == "config"
    assert keys["configured"]["metadata"] == {"owner": "Ada"}
    assert status(gateway, secret("configured")) == 200
