"""Limits, budgets and the ledger of a gateway alone: its sidecar keeps them in memory and a file."""

import http.server
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import hammer, limited
from harness.counting import Manners, Provider, most_within
from harness.gateway import Gateway, sidecar_of
from harness.limited import ask, key, secret

# Rows are on their way for a second at most.
LEDGER_DELAY = 4.0


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def gateway(provider: Provider, tmp_path: Path) -> Iterator[Any]:
    """Starts the one gateway of a test with these keys and sections."""
    started: list[Gateway] = []

    def start(keys: list[dict], **more: Any) -> Gateway:
        settings = limited.limited(provider, tmp_path, keys, **more)
        gateway = Gateway(settings, tmp_path, "--concurrency", "2", env=limited.environment())
        started.append(gateway)
        return gateway

    yield start
    for one in started:
        failures = one.vm_failures()
        one.stop()
        assert not failures, failures


def post(gateway: Gateway, name: str, **more: Any) -> httpx.Response:
    with gateway.http(secret(name)) as http:
        return http.post("/v1/chat/completions", json=ask(**more))


def wait_for_rows(directory: Path, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + LEDGER_DELAY
    found: list[dict[str, Any]] = []
    while time.monotonic() < deadline and len(found) < count:
        time.sleep(0.1)
        found = limited.rows(directory)
    return found


def test_requests_over_the_limit_are_refused_until_the_window_has_passed(
    gateway: Any, provider: Provider
) -> None:
    limits = {"requests": [{"limit": 40, "per": "4s"}]}
    running = gateway([key("dev", rate_limits=limits)])
    plan = hammer.Plan([running.port], secret("dev"), ask(), clients=8, seconds=10)
    (result,) = hammer.run(plan)
    assert most_within(provider.served, 4.0) <= 40
    # The first window is full at once; then each place is free again as its own time has passed.
    assert len(provider.served) >= 40 + 0.9 * 40
    assert result.answered == len(provider.served)
    assert result.statuses[429] > 0
    assert 0 < min(result.retry_after) <= max(result.retry_after) <= 4.1


def test_a_refusal_names_the_limit_and_when_to_come_back(gateway: Any) -> None:
    running = gateway([key("dev", rate_limits={"requests_per_minute": 1})])
    first = post(running, "dev")
    assert first.status_code == 200
    assert first.headers["x-ratelimit-limit-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    # The worker that has answered reports it meanwhile; until then the place may be given back.
    time.sleep(0.3)
    refused = post(running, "dev")
    assert refused.status_code == 429
    error = refused.json()["error"]
    assert error["code"] == "rate_limit_exceeded"
    assert "1 requests per minute of the key `dev`" in error["message"]
    assert 50 <= int(refused.headers["retry-after"]) <= 61
    assert "x-should-retry" not in refused.headers


def test_parallel_requests_are_never_more_than_allowed(gateway: Any, provider: Provider) -> None:
    provider.manners = Manners(latency=0.15)
    running = gateway([key("dev", rate_limits={"parallel_requests": 5})])
    plan = hammer.Plan([running.port], secret("dev"), ask(), clients=20, seconds=5)
    (result,) = hammer.run(plan)
    edges = sorted([(one.arrived, 1) for one in provider.served]
                   + [(one.ended, -1) for one in provider.served])
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    assert most <= 5
    assert result.answered >= 0.8 * 5 * 5 / 0.15


def test_a_slot_is_free_again_when_its_client_hangs_up(gateway: Any, provider: Provider) -> None:
    provider.manners = Manners(latency=30)
    running = gateway([key("dev", rate_limits={"parallel_requests": 1})])
    with running.http(secret("dev")) as http, pytest.raises(httpx.ReadTimeout):
        http.post("/v1/chat/completions", json=ask(), timeout=0.5)
    provider.manners = Manners()
    deadline = time.monotonic() + 1.0
    status = 429
    while status == 429 and time.monotonic() < deadline:
        status = post(running, "dev").status_code
        time.sleep(0.05)
    assert status == 200
    assert provider.served[0].hung_up


def test_tokens_are_reserved_at_the_most_and_settled_as_used(
    gateway: Any, provider: Provider
) -> None:
    running = gateway([key("dev", rate_limits={"tokens_per_minute": 1000})])
    too_large = post(running, "dev", max_tokens=2000)
    assert (too_large.status_code, len(provider.served)) == (429, 0)
    statuses = [post(running, "dev", max_tokens=100).status_code for _ in range(90)]
    # Each uses 12; the last must find room for the most that it may use, some 150.
    assert statuses.count(200) >= 0.85 * (1000 - 150) / 12
    assert provider.tokens() <= 1000


def test_a_budget_is_used_up_and_not_passed(
    gateway: Any, provider: Provider, tmp_path: Path
) -> None:
    # Each request costs 7 + 5 * 10 micro-dollars: 175 of them are a cent, less one.
    running = gateway([key("dev", budgets=[{"usd": 0.01, "per": "day"}])])
    body = ask(max_tokens=5)
    plan = hammer.Plan([running.port], secret("dev"), body, clients=16, seconds=4)
    (result,) = hammer.run(plan)
    cost = sum(one.prompt + 10 * one.output for one in provider.served)
    assert 0.95 * 10_000 <= cost <= 10_000, cost
    refused = post(running, "dev", max_tokens=5)
    assert (refused.status_code, refused.headers["x-should-retry"]) == (429, "false")
    assert refused.json()["error"]["code"] == "insufficient_quota"
    rows = wait_for_rows(tmp_path, result.statuses.total() + 1)
    billed = sum(row["cost_pico_usd"] or 0 for row in rows)
    assert billed == cost * 1_000_000
    served = [row for row in rows if row["status"] == 200]
    assert len(served) == len(provider.served)


@pytest.mark.parametrize(("on_unavailable", "status"), [("allow", 200), ("deny", 503)])
def test_while_the_sidecar_is_away_each_limit_does_as_configured(
    gateway: Any, on_unavailable: str, status: int
) -> None:
    limits = {"requests_per_minute": 1000, "on_unavailable": on_unavailable}
    running = gateway([key("dev", rate_limits=limits)])
    sidecar = sidecar_of(running)
    os.kill(sidecar, signal.SIGSTOP)
    try:
        answer = post(running, "dev")
    finally:
        os.kill(sidecar, signal.SIGCONT)
    assert answer.status_code == status
    counted = running.stats("tidegate_.*_requests")
    if status == 200:
        assert answer.headers["x-tidegate-uncounted"] == "key/dev/requests/60s"
        assert counted["wasmcustom.tidegate_uncounted_requests"] == 1
    else:
        assert answer.json()["error"]["code"] == "limits_unavailable"
        assert counted["wasmcustom.tidegate_limited_requests"] == 1
    ready = httpx.get(f"{running.url}/readyz", trust_env=False)
    assert ready.status_code == 200


def test_every_request_has_its_row_however_it_ends(
    gateway: Any, provider: Provider, tmp_path: Path
) -> None:
    running = gateway([key("dev", team="research")], teams={"research": {"organization": "acme"}},
                      organizations={"acme": None})
    good = post(running, "dev")
    provider.manners = Manners(status=400)
    bad = post(running, "dev")
    unknown = httpx.post(f"{running.base_url}/chat/completions", json={"model": "none"},
                         headers={"authorization": f"Bearer {secret('dev')}"}, trust_env=False)
    provider.manners = Manners(pace=0.05, output=100)
    with running.http(secret("dev")) as http, http.stream(
        "POST", "/v1/chat/completions", json=ask(stream=True)
    ) as stream:
        for number, _ in enumerate(stream.iter_lines()):
            if number == 20:
                break
    rows = {row["request_id"]: row for row in wait_for_rows(tmp_path, 4)}
    ids = [answer.headers["x-tidegate-request-id"] for answer in (good, bad, unknown, stream)]
    found = [rows[one] for one in ids]
    assert [row["status"] for row in found] == [200, 400, 404, 499]
    assert [row["outcome"] for row in found] == ["answered", "failed", "refused", "abandoned"]
    assert {(row["key_id"], row["team"], row["organization"]) for row in found} == {
        ("dev", "research", "acme")
    }
    assert (found[0]["input_tokens"], found[0]["output_tokens"]) == (7, 5)
    cut = provider.served[-1]
    assert cut.hung_up
    assert abs(found[3]["output_tokens"] - cut.output) <= 2
    assert len(rows) == 4


@pytest.mark.timeout(90)
def test_a_webhook_is_told_once_when_half_of_a_budget_is_used(
    gateway: Any, provider: Provider
) -> None:
    told: list[dict[str, Any]] = []

    class Webhook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    # Each request costs 57 micro-dollars.
    budget = {"usd": 0.000_3, "per": "day", "alert_at": [50, 100], "webhook": url}
    try:
        running = gateway([key("dev", budgets=[budget])])
        for _ in range(3):
            assert post(running, "dev", max_tokens=5).status_code == 200
        deadline = time.monotonic() + 25
        while not told and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(11)
    finally:
        server.shutdown()
    assert len(told) == 1
    assert (told[0]["counter"], told[0]["at_percent"]) == ("key/dev/cost/day@UTC", 50)
    assert told[0]["used_nano_usd"] == 3 * 57_000
