"""Shadow traffic: a copy of a model's requests to another target, which its clients never see.

The shadow speaks Anthropic's format, the primary OpenAI's. Every test has a gateway with a sidecar, as
what a copy came to is a row of the ledger.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import events, ports, settings
from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CANARY, CLAUDE, GPT, KEY
from harness.simulator import Simulator

ASK = [user("say hello")]
# Rows are on their way for a second at most.
LEDGER_DELAY = 6.0
# Pico-dollars for a token of input and of output.
INPUT, OUTPUT = 1_000_000, 10_000_000
ADMIN_TOKEN = f"{CANARY}-admin-token-0123456789abcdef"
HALF = 400


def shadowed(percent: Any, *names: str, **more: Any) -> dict[str, Any]:
    return settings.chain(
        *names, shadow={"provider": "claude", "model": CLAUDE, "percent": percent}, **more
    )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shadow")


@pytest.fixture(scope="module")
def mirroring(simulators: dict[str, Simulator], directory: Path) -> Iterator[Gateway]:
    price = {"input": INPUT / 1_000_000, "output": OUTPUT / 1_000_000}
    hasty = {"first_token": "1s", "response": "1s", "idle": "1s", "total": "2s"}
    own = settings.small(
        {name: settings.provider(simulators[name], name) for name in simulators},
        {
            "all": shadowed(100, "openai"),
            "half": shadowed(50, "openai"),
            "falls-back": shadowed(100, "openai", "local"),
            "hasty": shadowed(100, "openai", timeouts=hasty),
            "plain": settings.chain("openai"),
        },
        prices={
            "unknown": "free",
            "overrides": {"openai": {GPT: price}, "claude": {CLAUDE: price}},
        },
        keys=[settings.key("dev", KEY, budgets=[{"usd": 100, "per": "day"}])],
        cooldowns="off",
        database={"url": f"sqlite:{directory}/ledger.db"},
        sidecar={
            "admin": {"address": ports.HOST, "port": ports.free()},
            "admin_token": "${E2E_ADMIN_TOKEN}",
        },
    )
    env = {**settings.environment(), "E2E_ADMIN_TOKEN": ADMIN_TOKEN}
    running = Gateway(own, directory, "--concurrency", "1", "--envoy-log-level", "info", env=env)
    yield running
    failures = running.vm_failures()
    running.stop()
    assert not failures, failures


def ask(gateway: Gateway, model: str, messages: list = ASK) -> httpx.Response:
    with gateway.http() as http:
        return http.post("/v1/chat/completions", json={"model": model, "messages": messages})


def rows(directory: Path, where: str, *values: Any) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{directory}/ledger.db?mode=ro", uri=True)) as ledger:
        ledger.row_factory = sqlite3.Row
        found = ledger.execute(f"SELECT * FROM requests WHERE {where}", values).fetchall()
    return [dict(row) for row in found]


def row_of(directory: Path, request_id: str, seconds: float = LEDGER_DELAY) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while not (found := rows(directory, "request_id = ?", request_id)):
        assert time.monotonic() < deadline, f"the ledger does not know {request_id}"
        time.sleep(0.1)
    (row,) = found
    return row


def cost(row: dict[str, Any]) -> int:
    return row["input_tokens"] * INPUT + row["output_tokens"] * OUTPUT


@pytest.mark.parametrize("stream", [False, True])
def test_the_client_sees_the_primary_and_both_are_recorded(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path, stream: bool
) -> None:
    with mirroring.http() as http:
        got = []
        for model in ("plain", "all"):
            if stream:
                wire = events.ask(http, model, ASK)
                assert wire.done and not wire.errors
                got.append(([one["choices"] for one in wire.objects], wire.headers))
            else:
                answer = ask(mirroring, model)
                assert answer.status_code == 200, answer.text
                got.append((answer.json()["choices"], answer.headers))
    (plain, _), (mirrored, headers) = got
    assert mirrored == plain
    assert headers["x-tidegate-provider"] == "openai" and headers["x-tidegate-attempts"] == "1"
    request_id = headers["x-tidegate-request-id"]
    row = row_of(directory, f"{request_id}/shadow")
    primary = row_of(directory, request_id)
    assert primary["endpoint"] == "chat.completions" and primary["provider"] == "openai"
    assert primary["cost_pico_usd"] == cost(primary) > 0
    assert row["endpoint"] == "shadow/chat.completions" and row["provider"] == "claude"
    assert (row["key_id"], row["model"], row["stream"]) == ("dev", "all", stream)
    assert (row["status"], row["outcome"]) == (200, "answered")
    assert row["cost_pico_usd"] == cost(row) > 0
    assert row["duration_us"] > 0 and row["first_token_us"] > 0
    sent = simulators["claude"].only_request()
    assert sent.path == "/v1/messages"
    assert sent.json["model"] == CLAUDE and sent.json["max_tokens"] > 0
    assert KEY not in str(sent.headers)
    said = mirroring.process.stderr.wait_for(
        lambda line: "shadow: {" in line and f"{request_id}/shadow" in line, LEDGER_DELAY
    )
    assert said is not None
    line = mirroring.log_of(request_id)
    assert [one["provider"] for one in line["attempts"]] == ["openai"]


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_failing_shadow_is_the_operators_to_know(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path, status: int
) -> None:
    simulators["claude"].always(status=status)
    answer = ask(mirroring, "all")
    assert answer.status_code == 200
    assert answer.headers["x-tidegate-provider"] == "openai"
    row = row_of(directory, f"{answer.headers['x-tidegate-request-id']}/shadow")
    assert (row["status"], row["outcome"]) == (status, "failed")
    assert len(simulators["claude"].requests()) == 1


def test_nobody_waits_for_a_shadow_that_hangs(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path
) -> None:
    simulators["claude"].always(delay_ms=30_000)
    began = time.monotonic()
    answer = ask(mirroring, "hasty")
    assert answer.status_code == 200
    assert time.monotonic() - began < 1.0
    row = row_of(directory, f"{answer.headers['x-tidegate-request-id']}/shadow", 10.0)
    assert (row["status"], row["outcome"]) == (504, "unanswered")
    assert 1_500_000 < row["duration_us"] < 4_000_000


def test_a_slow_shadow_is_recorded_after_its_request(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path
) -> None:
    simulators["claude"].always(delay_ms=1000)
    answer = ask(mirroring, "all")
    assert answer.elapsed.total_seconds() < 0.8
    row = row_of(directory, f"{answer.headers['x-tidegate-request-id']}/shadow")
    assert (row["status"], row["outcome"]) == (200, "answered")
    assert row["duration_us"] >= 1_000_000


def test_a_fallback_does_not_double_the_shadow(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path
) -> None:
    simulators["openai"].always(status=500)
    answer = ask(mirroring, "falls-back")
    assert answer.status_code == 200
    assert answer.headers["x-tidegate-provider"] == "local"
    assert answer.headers["x-tidegate-attempts"] == "2"
    row_of(directory, f"{answer.headers['x-tidegate-request-id']}/shadow")
    assert len(simulators["claude"].requests()) == 1


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_a_large_body_is_copied_whole(
    mirroring: Gateway, simulators: dict[str, Simulator], directory: Path, size: int
) -> None:
    answer = ask(mirroring, "all", [user("x" * size)])
    assert answer.status_code == 200
    row = row_of(directory, f"{answer.headers['x-tidegate-request-id']}/shadow")
    assert (row["status"], row["outcome"]) == (200, "answered")
    assert simulators["claude"].only_request().body_length > size


def test_the_share_is_as_configured_and_other_models_have_none(
    mirroring: Gateway, simulators: dict[str, Simulator]
) -> None:
    with mirroring.http() as http:
        for model in ["half"] * HALF + ["plain"] * 20:
            answer = http.post("/v1/chat/completions", json={"model": model, "messages": ASK})
            assert answer.status_code == 200
    time.sleep(0.3)
    copies = len(simulators["claude"].requests())
    # Five standard deviations.
    assert abs(copies - HALF / 2) < 50, copies


def test_shadows_are_on_nobodys_account(mirroring: Gateway, directory: Path) -> None:
    answer = ask(mirroring, "all")
    request_id = answer.headers["x-tidegate-request-id"]
    row_of(directory, f"{request_id}/shadow")
    row_of(directory, request_id)
    admin = mirroring.settings["sidecar"]["admin"]
    url = f"http://{admin['address']}:{admin['port']}/admin"
    with httpx.Client(headers={"authorization": f"Bearer {ADMIN_TOKEN}"}, trust_env=False) as http:
        usage = http.get(f"{url}/usage", params={"group_by": "key"}).json()
        copy = http.get(f"{url}/rows/{request_id}%2Fshadow").json()
        # What is used is told to the sidecar within a second.
        time.sleep(1.5)
        limits = http.get(f"{url}/limits").json()
    own = rows(directory, "endpoint NOT LIKE 'shadow/%'")
    assert copy["endpoint"] == "shadow/chat.completions", copy
    (line,) = [line for line in usage["usage"] if line["key"] == "dev"]
    assert line["requests"] == len(own)
    used = sum(-(-(row["cost_pico_usd"] or 0) // 1000) for row in own)
    (counter,) = [one for one in limits["counters"] if one["measure"] == "cost"]
    assert counter["used"] == used
