"""Whatever a client asks for, what goes upstream is what the provider's own model of its API knows.

Every kind of provider is asked every case through a real Envoy; a server that answers nothing of worth
keeps what has come. `tests/fixtures/kinds.txt` has the kinds, so that a new one is asked too.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from harness import goldens, judges, settings
from harness.cases import CASES, WEATHER, user
from harness.gateway import Gateway
from harness.upstream import Upstream, document

KINDS = (goldens.FIXTURES / "kinds.txt").read_text().split()
HELLO = [user("Hello")]
ANSWER = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}

# One parameter each, beside a greeting.
PARAMETERS: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "frequency_penalty": -1.5,
    "function_call": "none",
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "max_completion_tokens": 100,
    "max_tokens": 100,
    "metadata": {"purpose": "a test"},
    "modalities": ["text"],
    "n": 2,
    "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "Hi"},
    "presence_penalty": 1.5,
    "prompt_cache_key": "k",
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "safety_identifier": "s",
    "seed": 7,
    "service_tier": "flex",
    "stop": ["one", "two"],
    "store": True,
    "temperature": 1.8,
    "top_p": 0.3,
    "user": "u-1",
    "verbosity": "low",
    "web_search_options": {},
}
ASKED = {
    **CASES,
    **{name: {"messages": HELLO, name: value} for name, value in PARAMETERS.items()},
    "top_logprobs": {"messages": HELLO, "logprobs": True, "top_logprobs": 3},
    "a loose schema": {"messages": HELLO, "response_format": ANSWER},
    "every effort": {"messages": HELLO, "reasoning_effort": "xhigh", "max_tokens": 50},
    "a schema beside tools": {"messages": HELLO, "tools": [WEATHER], "response_format": ANSWER},
    "functions": {"messages": HELLO, "functions": [{"name": "f", "parameters": {"type": "object"}}]},
}


# What a judge has found and nobody has mended yet.
KNOWN = {
    ("groq", "every effort"): "groq 1.7.0 has no effort above high; a model without a row gets any",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    running.answer = document(b"{}", b"connection: close", status=b"500 Enough")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def judged(server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with a provider of every kind, each called as its kind, all of them that server."""
    key = {"api_key": "${E2E_OPENAI_KEY}"}
    providers = {
        kind: {"kind": kind, "base_url": f"{server.url}", **key, **goldens.options(kind)}
        for kind in KINDS
    }
    models = {kind: {"provider": kind, "model": model_of(kind)} for kind in KINDS}
    own = settings.small(providers, models)
    running = Gateway(own, tmp_path_factory.mktemp("judged"), "--concurrency", "1")
    yield running
    assert running.vm_failures() == {}
    running.stop()


def model_of(kind: str) -> str:
    """One with reasoning where the kind has profiles; a name that fits any path."""
    models = {"anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash"}
    return models.get(kind, "some-model")


@pytest.fixture(scope="module")
def client(judged: Gateway) -> Iterator[httpx.Client]:
    with judged.http() as one:
        yield one


def asked() -> list[Any]:
    pairs = [(kind, name) for kind in KINDS for name in ASKED]
    marks = {pair: pytest.mark.xfail(reason=why, strict=True) for pair, why in KNOWN.items()}
    return [pytest.param(*p, id=" ".join(p), marks=marks.get(p, ())) for p in pairs]


@pytest.mark.parametrize(("kind", "name"), asked())
def test_what_goes_upstream_is_taken_by_its_judge(
    client: httpx.Client, server: Upstream, kind: str, name: str
) -> None:
    for streamed in (False, True):
        before = len(server.requests)
        body = {**ASKED[name], "model": kind, "stream": streamed}
        answer = client.post("/v1/chat/completions", json=body)
        sent = server.requests[before:]
        if answer.status_code == 400:
            assert not sent and answer.json()["error"]["param"], answer.text
            continue
        assert len(sent) == 1, answer.text
        judges.judge(kind, sent[0].path, sent[0].body)
