"""Each failure leads to the fallback that is for it, and to no other; what is tried again, and how
often."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from conftest import StartGateway
from harness import settings
from harness.cases import user
from harness.gateway import Gateway
from harness.simulator import Simulator, Step
from harness.steady import Question, ask

HELLO = [user("Hello")]
# The model that is for a cause, by what it is served as.
FOR = {
    "error": "spare",
    "rate_limit": "other",
    "timeout": "quick",
    "context_length": "big",
    "content_policy": "lenient",
    "unsupported": "able",
}
# As OpenAI and Anthropic say it themselves.
TOO_LONG = {
    "message": "This model's maximum context length is 8192 tokens. However, your messages resulted "
    "in 9001 tokens. Please reduce the length of the messages.",
    "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded",
}
CLAUDE_TOO_LONG = {
    "message": "prompt is too long: 208310 tokens > 200000 maximum", "type": "invalid_request_error"
}
MODERATED = {
    "message": "Your request was rejected as a result of our safety system.",
    "type": "invalid_request_error", "code": "content_policy_violation",
}
FLAGGED = {
    "message": "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    "type": "invalid_request_error", "code": "invalid_prompt",
}
CLAUDE_FILTERED = {
    "message": "Output blocked by content filtering policy", "type": "invalid_request_error"
}
UNSUPPORTED = {
    "message": "Unsupported parameter: 'temperature' is not supported with this model.",
    "type": "invalid_request_error", "param": "temperature", "code": "unsupported_parameter",
}


@dataclass(frozen=True)
class Trouble:
    """What the first provider does, and what that is a case of."""

    provider: str
    cause: str
    step: Step
    status: int
    stream: bool = False
    asked: dict[str, Any] = field(default_factory=dict)


HUNG: Step = {"hang": "headers"}
SILENT: Step = {"hang": "first_token"}
CUT: Step = {"cut": "before_headers"}
TROUBLES = {
    "openai-500": Trouble("openai", "error", {"status": 500}, 500),
    "openai-401": Trouble("openai", "error", {"status": 401}, 401),
    "openai-404": Trouble("openai", "error", {"status": 404}, 404),
    "openai-429": Trouble("openai", "rate_limit", {"status": 429}, 429),
    "openai-too-long": Trouble("openai", "context_length", {"status": 400, "error": TOO_LONG}, 400),
    "openai-moderated": Trouble(
        "openai", "content_policy", {"status": 400, "error": MODERATED}, 400
    ),
    "openai-flagged": Trouble("openai", "content_policy", {"status": 400, "error": FLAGGED}, 400),
    "openai-unsupported": Trouble(
        "openai", "unsupported", {"status": 400, "error": UNSUPPORTED}, 400
    ),
    "openai-late": Trouble("openai", "timeout", HUNG, 503),
    "openai-late-stream": Trouble("openai", "timeout", SILENT, 503, stream=True),
    "openai-cut": Trouble("openai", "timeout", CUT, 503),
    "claude-500": Trouble("claude", "error", {"status": 500}, 500),
    "claude-401": Trouble("claude", "error", {"status": 401}, 401),
    "claude-429": Trouble("claude", "rate_limit", {"status": 429}, 429),
    "claude-529": Trouble("claude", "rate_limit", {"status": 529}, 529),
    "claude-529-in-200": Trouble("claude", "rate_limit", {"error_first": True}, 529, stream=True),
    "claude-too-long": Trouble(
        "claude", "context_length", {"status": 400, "error": CLAUDE_TOO_LONG}, 400
    ),
    "claude-filtered": Trouble(
        "claude", "content_policy", {"status": 400, "error": CLAUDE_FILTERED}, 400
    ),
    "claude-unsupported": Trouble("claude", "unsupported", {}, 400, asked={"logprobs": True}),
    "claude-late": Trouble("claude", "timeout", HUNG, 503),
    "claude-late-stream": Trouble("claude", "timeout", SILENT, 503, stream=True),
    "claude-cut": Trouble("claude", "timeout", CUT, 503),
}
EVERY_TROUBLE = pytest.mark.parametrize("name", TROUBLES)
OTHER_CAUSES = {cause: [other for other in FOR if other != cause] for cause in FOR}


def models() -> dict[str, Any]:
    """Of each provider: one with a fallback for each cause, one with each fallback but the one, one
    with a list."""
    all_models: dict[str, Any] = {
        name: {"provider": "local", "model": name} for name in FOR.values()
    }
    for provider in "openai", "claude":
        own = {"provider": provider, "model": f"{provider}-own"}
        by_cause = {cause: [name] for cause, name in FOR.items()}
        all_models[provider] = {**own, "fallbacks": by_cause}
        all_models[f"{provider}-list"] = {**own, "fallbacks": ["spare"]}
        for cause, others in OTHER_CAUSES.items():
            rest = {other: [FOR[other]] for other in others}
            all_models[f"{provider}-without-{cause}"] = {**own, "fallbacks": rest}
    return all_models


@pytest.fixture(scope="module")
def http(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    timeouts = {"first_token": "300ms", "response": "300ms"}
    own = settings.small(settings.providers(**arguments(simulators)), models(), timeouts=timeouts)
    gateway = Gateway(own, tmp_path_factory.mktemp("causes"), "--concurrency", "1")
    with gateway.http() as client:
        yield client
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


def arguments(simulators: dict[str, Simulator]) -> dict[str, Simulator]:
    return {name: simulators[name] for name in ("openai", "claude", "local")}


def post(http: httpx.Client, model: str, trouble: Trouble) -> httpx.Response:
    more = {"stream": True} if trouble.stream else {}
    body = {"model": model, "messages": HELLO, **trouble.asked, **more}
    return http.post("/v1/chat/completions", json=body)


@EVERY_TROUBLE
def test_a_failure_leads_to_the_fallback_that_is_for_it(
    http: httpx.Client, simulators: dict[str, Simulator], name: str
) -> None:
    trouble = TROUBLES[name]
    simulators[trouble.provider].always(**trouble.step)
    answer = post(http, trouble.provider, trouble)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-tidegate-model"] == FOR[trouble.cause]
    assert answer.headers["x-tidegate-attempts"] == "2"
    assert simulators["local"].only_request().json["model"] == FOR[trouble.cause]


@EVERY_TROUBLE
def test_a_failure_leads_to_no_fallback_that_is_for_others(
    http: httpx.Client, simulators: dict[str, Simulator], name: str
) -> None:
    trouble = TROUBLES[name]
    simulators[trouble.provider].always(**trouble.step)
    answer = post(http, f"{trouble.provider}-without-{trouble.cause}", trouble)
    assert answer.status_code == trouble.status, answer.text
    assert answer.headers["x-tidegate-attempts"] == "1"
    assert answer.json()["error"]["message"]
    assert simulators["local"].requests() == []


@EVERY_TROUBLE
def test_a_list_is_for_all_failures_but_moderation(
    http: httpx.Client, simulators: dict[str, Simulator], name: str
) -> None:
    """What one model has refused, another is asked only where the operator wants it."""
    trouble = TROUBLES[name]
    simulators[trouble.provider].always(**trouble.step)
    answer = post(http, f"{trouble.provider}-list", trouble)
    if trouble.cause == "content_policy":
        assert answer.status_code == trouble.status
        assert simulators["local"].requests() == []
    else:
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-tidegate-model"] == "spare"


RETRIED: dict[str, Step] = {"500": {"status": 500}, "503": {"status": 503}, "cut": CUT, "hung": HUNG}
NOT_RETRIED: dict[str, Step] = {
    "429": {"status": 429},
    "401": {"status": 401},
    "404": {"status": 404},
    "400": {"status": 400},
}


@pytest.fixture(scope="module")
def retrying(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """`alone` and `first` are tried again once, `thrice` three times."""
    two = settings.providers(**arguments(simulators))
    own = settings.small(
        two,
        {
            "alone": {"provider": "openai", "model": "m", "retries": 1},
            "thrice": {"provider": "openai", "model": "m", "retries": 3},
            "first": {
                "targets": [
                    {"provider": "openai", "model": "m", "retries": 1},
                    {"provider": "claude", "model": "m"},
                ]
            },
        },
        timeouts={"first_token": "300ms", "response": "300ms"},
    )
    gateway = Gateway(own, tmp_path_factory.mktemp("retrying"), "--concurrency", "1")
    yield gateway
    failures = gateway.vm_failures()
    gateway.stop()
    assert not failures, failures


def served(gateway: Gateway, model: str) -> httpx.Response:
    with gateway.http() as http:
        return http.post("/v1/chat/completions", json={"model": model, "messages": HELLO})


@pytest.mark.parametrize("failure", RETRIED)
def test_what_may_pass_by_itself_is_tried_again(
    retrying: Gateway, simulators: dict[str, Simulator], failure: str
) -> None:
    simulators["openai"].script(RETRIED[failure])
    answer = served(retrying, "alone")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-tidegate-attempts"] == "2"
    assert len(simulators["openai"].requests()) == 2


@pytest.mark.parametrize("failure", RETRIED)
def test_when_that_fails_too_the_next_target_is_tried(
    retrying: Gateway, simulators: dict[str, Simulator], failure: str
) -> None:
    simulators["openai"].always(**RETRIED[failure])
    answer = served(retrying, "first")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-tidegate-provider"] == "claude"
    assert answer.headers["x-tidegate-attempts"] == "3"
    assert len(simulators["openai"].requests()) == 2
    log = retrying.log_of(answer.headers["x-tidegate-request-id"])
    assert [one["provider"] for one in log["attempts"]] == ["openai", "openai", "claude"]


@pytest.mark.parametrize("failure", NOT_RETRIED)
def test_a_target_that_said_no_is_not_asked_again(
    retrying: Gateway, simulators: dict[str, Simulator], failure: str
) -> None:
    simulators["openai"].always(**NOT_RETRIED[failure])
    answer = served(retrying, "thrice")
    assert answer.status_code == int(failure)
    assert answer.headers["x-tidegate-attempts"] == "1"
    assert len(simulators["openai"].requests()) == 1


def test_retries_are_as_many_as_the_model_says(
    retrying: Gateway, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].always(status=500)
    answer = served(retrying, "thrice")
    assert answer.status_code == 500
    assert answer.headers["x-tidegate-attempts"] == "4"
    assert len(simulators["openai"].requests()) == 4


@pytest.mark.parametrize("percent", [0, 20])
def test_an_outage_is_not_multiplied_by_retries(
    start: StartGateway, simulators: dict[str, Simulator], percent: int
) -> None:
    """By a fifth, ten of each worker's, and one of each request that is under way at the end; a
    budget of nothing is no retry at all."""
    own = settings.small(
        {"openai": settings.provider(simulators["openai"], "openai")},
        {"alone": {"provider": "openai", "model": "m", "retries": 3}},
        retry_budget=percent,
    )
    gateway = start(own, "--concurrency", "2")
    simulators["openai"].always(status=500)
    before = simulators["openai"].stats()["total"]
    asked = Question({"model": "alone", "messages": HELLO})
    answers = ask(gateway.port, [asked] * 1_000, connections=16)
    assert Counter(answer.status for answer in answers) == {500: 1_000}
    retries = simulators["openai"].stats()["total"] - before - 1_000
    assert retries == sum(answer.attempts for answer in answers) - 1_000
    assert percent * 10 <= retries <= (percent * 10 + 20 + 16 if percent else 0)
