"""A target that is not for a request, or cannot serve it, is not tried."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from harness import settings
from harness.cases import PIXEL, SCHEMA, WEATHER
from harness.gateway import Gateway
from harness.settings import KEY, key
from harness.simulator import Simulator

OTHER_KEY = f"{KEY}-other"
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "strict": True, "schema": SCHEMA}}
REASONING = {"reasoning_effort": "low"}
TOOLS = {"tools": [WEATHER]}


@dataclass(frozen=True)
class Ask:
    """A request's own parts."""

    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    key: str = KEY
    content: Any = "Hello"


@dataclass(frozen=True)
class Case:
    """A target's condition, a request that it is for, and one that it is not for."""

    target: dict[str, Any]
    yes: Ask
    no: Ask
    # What is said where there is no other target.
    code: str = "no_target"
    status: int = 403


def when(yes: Ask, no: Ask, **condition: Any) -> Case:
    return Case({"when": condition}, yes, no)


def supports(yes: Ask, no: Ask, *needs: str) -> Case:
    return Case({"supports": list(needs)}, yes, no, "unsupported_parameter", 400)


SHORT, LONG = Ask(content="Hello"), Ask(content="some words " * 2_000)
WITH_TOOLS, WITH_PICTURE = Ask(TOOLS), Ask(content=[{"type": "text", "text": "What?"}, IMAGE])
WITH_SCHEMA, WITH_REASONING = Ask({"response_format": FORMAT}), Ask(REASONING)
GOLD = {"metadata": {"plan": "gold", "by": "us"}, "store": True}
CASES = {
    "key": when(Ask(), Ask(key=OTHER_KEY), keys=["dev", "someone"]),
    "team": when(Ask(), Ask(key=OTHER_KEY), teams=["research"]),
    "header": when(
        Ask(headers={"X-Tier": "gold"}), Ask(headers={"x-tier": "silver"}),
        headers={"x-tier": "gold"},
    ),
    "header-absent": when(Ask(headers={"x-tier": "gold"}), Ask(), headers={"x-tier": "gold"}),
    "metadata": when(
        Ask(GOLD), Ask({**GOLD, "metadata": {"plan": "tin"}}), metadata={"plan": "gold"}
    ),
    "metadata-absent": when(Ask(GOLD), Ask(), metadata={"plan": "gold"}),
    "long": when(LONG, SHORT, input_tokens={"over": 1_000}),
    "short": when(SHORT, LONG, input_tokens={"up_to": 1_000}),
    "needs": when(WITH_TOOLS, SHORT, needs=["tools"]),
    "needs-two": when(
        Ask({**TOOLS, **REASONING}), WITH_TOOLS, needs=["tools", "reasoning"]
    ),
    "two-conditions": when(
        Ask(headers={"x-tier": "gold"}), Ask(headers={"x-tier": "gold"}, key=OTHER_KEY),
        headers={"x-tier": "gold"}, teams=["research"],
    ),
    "no-tools": supports(WITH_SCHEMA, WITH_TOOLS, "vision", "json_schema", "reasoning"),
    "no-vision": supports(WITH_TOOLS, WITH_PICTURE, "tools", "json_schema", "reasoning"),
    "no-schema": supports(WITH_PICTURE, WITH_SCHEMA, "tools", "vision", "reasoning"),
    "no-reasoning": supports(WITH_TOOLS, WITH_REASONING, "tools", "vision", "json_schema"),
    "nothing": supports(SHORT, WITH_TOOLS),
    "no-schema-but-json": supports(
        Ask({"response_format": {"type": "json_object"}}, content="JSON, please"), WITH_SCHEMA,
        "tools",
    ),
    "no-reasoning-but-none": supports(Ask({"reasoning_effort": "none"}), WITH_REASONING),
    "context": Case({"context_window": 1_000}, SHORT, LONG, "context_length_exceeded", 400),
}
EVERY_CASE = pytest.mark.parametrize("case", CASES)


@pytest.fixture(scope="module")
def http(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Of each case two models: `CASE` has another target behind, `only-CASE` has none."""
    two = {name: settings.provider(simulators[name], name) for name in ("openai", "claude")}
    models: dict[str, Any] = {}
    for name, case in CASES.items():
        conditional = {"provider": "openai", "model": "gpt-5.1", **case.target}
        other = {"provider": "claude", "model": "claude-sonnet-4-5"}
        models[name] = {"targets": [conditional, other]}
        models[f"only-{name}"] = {"targets": [conditional]}
    own = settings.small(two, models, teams={"research": None, "sales": None})
    own["keys"] = [key("dev", KEY, team="research"), key("other", OTHER_KEY, team="sales")]
    gateway = Gateway(own, tmp_path_factory.mktemp("conditions"), "--concurrency", "1")
    with gateway.http(None) as client:
        yield client
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


def post(http: httpx.Client, model: str, ask: Ask) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": ask.content}], **ask.body}
    headers = {**ask.headers, "authorization": f"Bearer {ask.key}"}
    return http.post("/v1/chat/completions", json=body, headers=headers)


@EVERY_CASE
def test_a_request_that_a_target_is_for_goes_there(http: httpx.Client, case: str) -> None:
    for model in case, f"only-{case}":
        answer = post(http, model, CASES[case].yes)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-tidegate-provider"] == "openai"
        assert answer.headers["x-tidegate-attempts"] == "1"


@EVERY_CASE
def test_another_request_goes_elsewhere_and_the_target_sees_nothing_of_it(
    http: httpx.Client, simulators: dict[str, Simulator], case: str
) -> None:
    answer = post(http, case, CASES[case].no)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-tidegate-provider"] == "claude"
    assert answer.headers["x-tidegate-attempts"] == "1"
    assert simulators["openai"].requests() == []


@EVERY_CASE
def test_where_no_target_is_for_it_the_client_is_told_why(
    http: httpx.Client, simulators: dict[str, Simulator], case: str
) -> None:
    wanted = CASES[case]
    answer = post(http, f"only-{case}", wanted.no)
    assert answer.status_code == wanted.status, answer.text
    error = answer.json()["error"]
    assert error["code"] == wanted.code
    assert f"`only-{case}`" in error["message"]
    assert "retry-after" not in answer.headers
    assert simulators["openai"].requests() == []
