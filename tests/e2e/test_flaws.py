"""Answers with status 200 that are of no use: left for the next target where a model falls back on
them, and billed; the last target's are the client's as they are.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness import events, ports, settings
from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CANARY, CLAUDE, GPT
from harness.simulator import Simulator, Step

ALL = ["empty", "refusal", "malformed_tool_calls", "invalid_json"]
ASK = [user("say {}")]
JSON = {"response_format": {"type": "json_object"}}
# Rows are on their way for a second at most.
LEDGER_DELAY = 4.0
# Pico-dollars for a token of input and of output.
INPUT, OUTPUT = 1_000_000, 10_000_000
OTHER = {"openai": "claude", "claude": "openai"}


@dataclass(frozen=True)
class Flawed:
    """An answer with a flaw: 3 tokens of input, 7 of output."""

    flaw: str
    provider: str
    step: Step
    streamed: bool

    def __str__(self) -> str:
        return f"{self.flaw}-{self.provider}-{'stream' if self.streamed else 'unary'}"


def openai_whole(message: dict[str, Any], finish: str) -> Step:
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": GPT}
    return {"body": {**head, "choices": [choice], "usage": usage}}


def claude_whole(content: list, stop_reason: str, explanation: str | None = None) -> Step:
    usage = {"input_tokens": 3, "output_tokens": 7}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": CLAUDE}
    end = {"stop_reason": stop_reason, "stop_sequence": None, "stop_details": details(explanation)}
    return {"body": {**head, "content": content, **end, "usage": usage}}


def details(explanation: str | None) -> dict | None:
    return explanation and {"type": "refusal", "category": "cyber", "explanation": explanation}


def openai_stream(*deltas: tuple[dict, str | None]) -> Step:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": GPT}

    def chunk(delta: dict, finish: str | None) -> dict:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    role = chunk({"role": "assistant", "content": "", "refusal": None}, None)
    chunks = [role, *(chunk(*delta) for delta in deltas), {**head, "choices": [], "usage": usage}]
    data = [*(json.dumps(one) for one in chunks), "[DONE]"]
    return {"raw": "".join(f"data: {one}\n\n" for one in data)}


def claude_stream(stop_reason: str, explanation: str | None = None) -> Step:
    message = claude_whole([], "end_turn")["body"]
    message["usage"] = {"input_tokens": 3, "output_tokens": 1}
    why = {"stop_reason": stop_reason, "stop_details": details(explanation)}
    delta = {**why, "stop_sequence": None}
    said = [
        {"type": "message_start", "message": {**message, "stop_reason": None}},
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]
    return {"raw": "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in said)}


def says(**more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "refusal": None, **more}


CALL = {"id": "x", "type": "function", "function": {"name": "f", "arguments": '{"a":'}}
SURE = [{"type": "text", "text": "Sure! {}"}]
WHOLE = [
    Flawed("empty", "openai", openai_whole(says(content=""), "stop"), False),
    Flawed("empty", "claude", claude_whole([], "end_turn"), False),
    Flawed("refusal", "openai", openai_whole(says(refusal="No."), "stop"), False),
    Flawed("refusal", "openai", openai_whole(says(content="Wel"), "content_filter"), False),
    Flawed("refusal", "claude", claude_whole([], "refusal", "No."), False),
    Flawed("refusal", "claude", claude_whole([], "refusal"), False),
    Flawed(
        "malformed_tool_calls", "openai", openai_whole(says(tool_calls=[CALL]), "tool_calls"), False
    ),
    Flawed("invalid_json", "openai", openai_whole(says(content="Sure! {}"), "stop"), False),
    Flawed("invalid_json", "claude", claude_whole(SURE, "end_turn"), False),
]
STREAMS = [
    Flawed("empty", "openai", openai_stream(({}, "stop")), True),
    Flawed("empty", "claude", claude_stream("end_turn"), True),
    Flawed("refusal", "openai", openai_stream(({"refusal": "No."}, None), ({}, "stop")), True),
    Flawed("refusal", "openai", openai_stream(({}, "content_filter")), True),
    Flawed("refusal", "claude", claude_stream("refusal", "No."), True),
    Flawed("refusal", "claude", claude_stream("refusal"), True),
]
EACH = pytest.mark.parametrize("flawed", WHOLE + STREAMS, ids=str)


def models() -> dict[str, Any]:
    """`on-FLAW-PROVIDER` falls back on one flaw, `off-FLAW-PROVIDER` on all others; `last-PROVIDER`
    has nowhere to go; `strict-PROVIDER` asks nobody else what one model has refused."""
    single = {"openai": GPT, "claude": CLAUDE}
    made: dict[str, Any] = {name: settings.chain(provider) for provider, name in single.items()}
    for provider in single:
        other = [single[OTHER[provider]]]
        way = {"fallbacks": {"error": other, "content_policy": other}}
        for flaw in ALL:
            # An empty text is no JSON either.
            same = {flaw, "invalid_json"} if flaw == "empty" else {flaw}
            others = [one for one in ALL if one not in same]
            made[f"on-{flaw}-{provider}"] = settings.chain(provider, fall_back_on=[flaw], **way)
            made[f"off-{flaw}-{provider}"] = settings.chain(provider, fall_back_on=others, **way)
        made[f"last-{provider}"] = settings.chain(provider, fall_back_on=ALL)
        made[f"strict-{provider}"] = settings.chain(provider, fall_back_on=ALL, fallbacks=other)
    return made


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flaws")


@pytest.fixture(scope="module")
def judging(simulators: dict[str, Simulator], directory: Path) -> Iterator[Gateway]:
    names = ("openai", "claude")
    price = {"input": INPUT / 1_000_000, "output": OUTPUT / 1_000_000}
    own = settings.small(
        {name: settings.provider(simulators[name], name) for name in names},
        models(),
        prices={"overrides": {"openai": {GPT: price}, "claude": {CLAUDE: price}}},
        database={"url": f"sqlite:{directory}/ledger.db"},
        sidecar={
            "admin": {"address": ports.HOST, "port": ports.free()},
            "admin_token": "${E2E_ADMIN_TOKEN}",
        },
    )
    token = {"E2E_ADMIN_TOKEN": f"{CANARY}-admin-token-0123456789abcdef"}
    env = {**settings.environment(), **token}
    running = Gateway(own, directory, "--concurrency", "1", env=env)
    yield running
    failures = running.vm_failures()
    running.stop()
    assert not failures, failures


@dataclass(frozen=True)
class Got:
    """What the client has got."""

    headers: httpx.Headers
    # Choices of an answer, or chunks of a stream, without what is made up for each of them.
    said: Any
    usage: dict | None
    body: str

    @property
    def attempts(self) -> str:
        return self.headers["x-tidegate-attempts"]


def ask(gateway: Gateway, model: str, stream: bool) -> Got:
    with gateway.http() as http:
        if stream:
            wire = events.ask(http, model, ASK, **JSON)
            assert wire.status == 200 and wire.done and not wire.errors
            return Got(wire.headers, [one["choices"] for one in wire.objects], None, "")
        request = {"model": model, "messages": ASK, **JSON}
        answer = http.post("/v1/chat/completions", json=request)
        assert answer.status_code == 200, answer.text
        return Got(answer.headers, answer.json()["choices"], answer.json()["usage"], answer.text)


def attempts_in_the_ledger(directory: Path, request_id: str) -> list[tuple]:
    """Provider, status, tokens and cost of each."""
    query = (
        "SELECT provider, status, input_tokens, output_tokens, cost_pico_usd FROM attempts"
        " WHERE request_id = ? ORDER BY attempt"
    )
    deadline = time.monotonic() + LEDGER_DELAY
    with closing(sqlite3.connect(f"file:{directory}/ledger.db?mode=ro", uri=True)) as ledger:
        while not (rows := ledger.execute(query, [request_id]).fetchall()):
            assert time.monotonic() < deadline, f"the ledger does not know {request_id}"
            time.sleep(0.1)
    return rows


@EACH
def test_a_flawed_answer_is_left_and_billed(
    judging: Gateway, simulators: dict[str, Simulator], directory: Path, flawed: Flawed
) -> None:
    """Whole, or as a stream before its first byte."""
    other = OTHER[flawed.provider]
    expected = ask(judging, {"openai": GPT, "claude": CLAUDE}[other], flawed.streamed)
    simulators[flawed.provider].script(flawed.step)
    got = ask(judging, f"on-{flawed.flaw}-{flawed.provider}", flawed.streamed)
    assert got.said == expected.said
    assert got.attempts == "2" and got.headers["x-tidegate-provider"] == other
    request_id = got.headers["x-tidegate-request-id"]
    line = judging.log_of(request_id)
    assert [one["status"] for one in line["attempts"]] == [502, 200]
    assert [one.get("flaw") for one in line["attempts"]] == [flawed.flaw, None]
    assert line["status"] == 200 and line["outcome"] == "answered"
    first, second = attempts_in_the_ledger(directory, request_id)
    assert first == (flawed.provider, "502", 3, 7, 3 * INPUT + 7 * OUTPUT)
    provider, status, tokens_in, tokens_out, cost = second
    assert (provider, status) == (other, "200")
    assert cost == tokens_in * INPUT + tokens_out * OUTPUT > 0
    assert line["tokens"] == {"input": 3 + tokens_in, "output": 7 + tokens_out}
    if not flawed.streamed:
        dollars = float(got.headers["x-tidegate-cost-usd"])
        assert round(dollars * 1e12) == 3 * INPUT + 7 * OUTPUT + cost


@EACH
@pytest.mark.parametrize("model", ["off-{flaw}-{provider}", "last-{provider}"])
def test_without_the_switch_or_another_target_it_is_the_clients(
    judging: Gateway, simulators: dict[str, Simulator], flawed: Flawed, model: str
) -> None:
    provider = flawed.provider
    simulators[provider].always(**flawed.step)
    expected = ask(judging, {"openai": GPT, "claude": CLAUDE}[provider], flawed.streamed)
    got = ask(judging, model.format(flaw=flawed.flaw, provider=provider), flawed.streamed)
    assert (got.said, got.usage) == (expected.said, expected.usage)
    assert got.attempts == "1" and got.headers["x-tidegate-provider"] == provider
    if provider == "openai" and not flawed.streamed:
        assert json.loads(got.body) == flawed.step["body"]
    line = judging.log_of(got.headers["x-tidegate-request-id"])
    assert [one["status"] for one in line["attempts"]] == [200]
    assert line["tokens"] == {"input": 3, "output": 7}
    assert simulators[OTHER[provider]].requests() == []


@EACH
def test_what_one_model_refuses_another_is_asked_only_where_the_operator_says_so(
    judging: Gateway, simulators: dict[str, Simulator], flawed: Flawed
) -> None:
    simulators[flawed.provider].script(flawed.step)
    got = ask(judging, f"strict-{flawed.provider}", flawed.streamed)
    assert got.attempts == ("1" if flawed.flaw == "refusal" else "2")


@pytest.mark.parametrize("provider", OTHER)
def test_flawed_answers_do_not_make_a_target_cool_down(
    judging: Gateway, simulators: dict[str, Simulator], provider: str
) -> None:
    step = next(one.step for one in WHOLE if (one.flaw, one.provider) == ("empty", provider))
    simulators[provider].always(**step)
    for _ in range(6):
        assert ask(judging, f"on-empty-{provider}", stream=False).attempts == "2"
    simulators[provider].reset()
    assert ask(judging, f"on-empty-{provider}", stream=False).attempts == "1"


@pytest.mark.parametrize("provider", OTHER)
def test_a_good_stream_is_not_held_beyond_its_first_content(
    judging: Gateway, simulators: dict[str, Simulator], provider: str
) -> None:
    """Its chunks arrive one by one, as far apart as its provider sends them."""
    simulators[provider].script({"pause_between_events_ms": 100})
    with judging.http() as http:
        said = [user("say one two six ten")]
        wire = events.ask(http, f"on-refusal-{provider}", said)
    content = [
        when
        for when, data in zip(wire.arrived, wire.data, strict=True)
        if '"content":"' in data and '"content":""' not in data
    ]
    assert wire.text == "one two six ten" and wire.done
    gaps = [later - earlier for earlier, later in zip(content, content[1:], strict=False)]
    assert len(gaps) >= 2 and min(gaps) > 0.05
