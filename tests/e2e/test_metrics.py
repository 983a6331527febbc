"""What Envoy's own interface tells Prometheus of each target."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import settings
from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT
from harness.simulator import Simulator

ASK = [user("say {}")]
OPENAI, ANTHROPIC = f"openai/{GPT}", f"claude/{CLAUDE}"
# Workers write once a second.
DELAY = 4.0
LINE = re.compile(r"^(tidegate_\w+)\{(.*)\} (\d+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
# Nano-dollars for a token of input and of output.
INPUT, OUTPUT = 1_000, 10_000
# An empty answer, which is billed.
USED = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
EMPTY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": GPT,
    "usage": USED,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
}

# By name, target, and the label beside, where there is one.
Series = dict[tuple[str, ...], int]


def series(gateway: Gateway) -> Series:
    text = httpx.get(f"{gateway.admin_url}/stats/prometheus", trust_env=False).text
    found: Series = {}
    for name, labels, value in LINE.findall(text):
        label = dict(LABEL.findall(labels))
        target = f"{label.pop('provider')}/{label.pop('model')}"
        key = (name, target, *(f"{one}={of}" for one, of in label.items()))
        assert key not in found, f"{key} is there twice"
        found[key] = int(value)
    return found


def counts(gateway: Gateway) -> Series:
    """Counters that are not zero."""
    gauges = ("_in_flight", "_cooling", "_ewma_ms")
    found = series(gateway).items()
    return {key: count for key, count in found if count and not key[0].endswith(gauges)}


def eventually(read: Callable[[], Any], expected: Any) -> None:
    deadline = time.monotonic() + DELAY
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == expected


@pytest.fixture
def measured(
    simulators: dict[str, Simulator], start: Callable[..., Gateway], tmp_path: Path
) -> Callable[..., Gateway]:
    """Starts a gateway of two workers, whose model `m` goes from OpenAI to Anthropic."""

    def start_one(**more: Any) -> Gateway:
        price = {"input": INPUT / 1_000, "output": OUTPUT / 1_000}
        return start(
            settings.small(
                {name: settings.provider(simulators[name], name) for name in ("openai", "claude")},
                {
                    "m": settings.chain("openai", "claude", fall_back_on=["empty"]),
                    "again": {"targets": [{**settings.target("claude"), "retries": 1}]},
                },
                prices={"overrides": {"openai": {GPT: price}, "claude": {CLAUDE: price}}},
                database={"url": f"sqlite:{tmp_path}/ledger.db"},
                **more,
            ),
            "--concurrency",
            "2",
        )

    return start_one


def ask(gateway: Gateway, model: str = "m", **more: Any) -> httpx.Response:
    with gateway.http() as http:
        return http.post("/v1/chat/completions", json={"model": model, "messages": ASK, **more})


def test_attempts_are_counted_by_what_they_came_to_and_where_they_led(
    measured: Callable[..., Gateway], simulators: dict[str, Simulator]
) -> None:
    gateway = measured(cooldowns="off")
    simulators["openai"].script(
        {"body": EMPTY}, {"status": 503}, {"status": 429}, {"status": 400}, {}
    )
    answers = [ask(gateway) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 200]
    simulators["claude"].script({"status": 500}, {})
    answers.append(ask(gateway, "again"))
    assert answers[-1].status_code == 200
    usages = [answer.json().get("usage", {}) for answer in answers]

    def used(kind: str) -> tuple[int, int]:
        """By OpenAI and by Anthropic."""
        told = [usage.get(kind, 0) for usage in usages]
        return USED[kind] + told[4], sum(told) - told[4]

    inputs, outputs = used("prompt_tokens"), used("completion_tokens")
    costs = [INPUT * read + OUTPUT * said for read, said in zip(inputs, outputs, strict=True)]
    expected = {
        ("tidegate_requests", OPENAI): 5,
        ("tidegate_requests", ANTHROPIC): 1,
        ("tidegate_attempts", OPENAI, "result=answered"): 1,
        ("tidegate_attempts", OPENAI, "result=flawed"): 1,
        ("tidegate_attempts", OPENAI, "result=error"): 1,
        ("tidegate_attempts", OPENAI, "result=rate_limit"): 1,
        ("tidegate_attempts", OPENAI, "result=unknown"): 1,
        ("tidegate_attempts", ANTHROPIC, "result=answered"): 4,
        ("tidegate_attempts", ANTHROPIC, "result=error"): 1,
        ("tidegate_fallbacks", OPENAI, "cause=error"): 2,
        ("tidegate_fallbacks", OPENAI, "cause=rate_limit"): 1,
        ("tidegate_retries", ANTHROPIC): 1,
        ("tidegate_tokens", OPENAI, "type=input"): inputs[0],
        ("tidegate_tokens", OPENAI, "type=output"): outputs[0],
        ("tidegate_tokens", ANTHROPIC, "type=input"): inputs[1],
        ("tidegate_tokens", ANTHROPIC, "type=output"): outputs[1],
        ("tidegate_cost_nano_usd", OPENAI): costs[0],
        ("tidegate_cost_nano_usd", ANTHROPIC): costs[1],
    }
    eventually(lambda: counts(gateway), expected)
    assert series(gateway)["tidegate_attempts", ANTHROPIC, "result=timeout"] == 0


def test_gauges_are_those_of_all_workers(
    measured: Callable[..., Gateway], simulators: dict[str, Simulator]
) -> None:
    gateway = measured(cooldowns={"failures": 1, "first": "3s", "longest": "3s"})

    def gauge(name: str, target: str) -> Callable[[], int]:
        return lambda: series(gateway).get((f"tidegate_{name}", target), -1)

    simulators["openai"].always(delay_ms=2_500)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask, gateway, stream=True) for _ in range(6)]
        eventually(gauge("in_flight", OPENAI), 6)
        assert {one.result().status_code for one in asked} == {200}
    eventually(gauge("in_flight", OPENAI), 0)
    assert 2_500 <= gauge("first_token_ewma_ms", OPENAI)() < 3_500
    assert gauge("total_ewma_ms", OPENAI)() == 0

    simulators["openai"].always(status=503)
    assert ask(gateway).status_code == 200
    eventually(gauge("cooling", OPENAI), 1)
    assert gauge("cooling", ANTHROPIC)() == 0
    assert gauge("cooldowns", OPENAI)() == 1
    eventually(gauge("cooling", OPENAI), 0)


def test_labels_are_those_of_the_configuration(measured: Callable[..., Gateway]) -> None:
    gateway = measured()
    ask(gateway, "tidegate_attempts;provider=evil")
    ask(gateway)
    eventually(lambda: counts(gateway).get(("tidegate_requests", OPENAI)), 1)
    assert {key[1] for key in series(gateway)} == {OPENAI, ANTHROPIC}
