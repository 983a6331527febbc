"""The access log: one JSON line a request, with what an operator needs and nothing secret."""

import json
import time
from datetime import datetime

import httpx
import openai
import pytest

from harness import events, raw
from harness.cases import user
from harness.gateway import LOG_DELAY, Gateway
from harness.raw import chat, connect, request
from harness.settings import CANARY, CLAUDE, GPT, KEY, NARROW_KEY
from harness.simulator import Simulator

BOTH = pytest.mark.parametrize(("model", "provider"), [(GPT, "openai"), (CLAUDE, "claude")])
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
ASK = [user("say one two six ten one")]
ALWAYS = {
    "time",
    "request_id",
    "client",
    "endpoint",
    "status",
    "duration_ms",
    "bytes_received",
    "bytes_sent",
    "outcome",
}


def log_after(gateway: Gateway, sdk: openai.OpenAI, **asked: object) -> dict:
    """The line about a request."""
    raw_answer = sdk.chat.completions.with_raw_response.create(**{"messages": ASK, **asked})
    parsed = raw_answer.parse()
    if asked.get("stream"):
        list(parsed)
    return gateway.log_of(raw_answer.headers["x-tidegate-request-id"])


@BOTH
@STREAM
def test_a_line_says_who_asked_for_what_and_got_it_from_whom(
    gateway: Gateway, sdk: openai.OpenAI, stream: bool, model: str, provider: str
) -> None:
    line = log_after(gateway, sdk, model=model, stream=stream)
    assert ALWAYS <= set(line)
    assert line["key_id"] == "dev"
    assert line["team"] == "research"
    assert line["client"] == "127.0.0.1"
    assert line["endpoint"] == "chat.completions"
    assert line["model"] == model
    assert line["provider"] == provider
    assert line["served_model"].startswith(model)
    assert line["stream"] is stream
    assert line["status"] == 200
    assert line["outcome"] == "answered"
    datetime.fromisoformat(line["time"])


@BOTH
@STREAM
def test_tokens_are_those_of_the_answer(
    gateway: Gateway, sdk: openai.OpenAI, stream: bool, model: str, provider: str
) -> None:
    """Also where the client did not ask for the usage of its stream."""
    completion = sdk.chat.completions.create(model=model, messages=ASK)
    assert completion.usage is not None
    line = log_after(gateway, sdk, model=model, stream=stream)
    assert line["tokens"] == {
        "input": completion.usage.prompt_tokens,
        "output": completion.usage.completion_tokens,
    }


@BOTH
@STREAM
def test_cached_tokens_are_counted_apart(
    gateway: Gateway, sdk: openai.OpenAI, simulators: dict, stream: bool, model: str, provider: str
) -> None:
    prompt = [user("say ok\n" + "tide " * 200)]
    usage = sdk.chat.completions.create(model=model, messages=prompt).usage
    assert usage is not None
    simulators[provider].script({"cached_tokens": 100, "cache_write_tokens": 30})
    line = log_after(gateway, sdk, model=model, messages=prompt, stream=stream)
    tokens = line["tokens"]
    assert tokens["cache_read"] == 100
    written = tokens.get("cache_write_5m", 0) + tokens.get("cache_write_1h", 0)
    assert tokens["input"] + 100 + written == usage.prompt_tokens
    assert written == 30 or provider == "openai"


@BOTH
@STREAM
def test_times_are_those_that_passed(
    gateway: Gateway, sdk: openai.OpenAI, simulators: dict, stream: bool, model: str, provider: str
) -> None:
    simulators[provider].script({"delay_ms": 60, "silence_ms": 60, "pause_between_events_ms": 20})
    line = log_after(gateway, sdk, model=model, stream=stream)
    assert line["duration_ms"] >= 120
    assert 110 <= line["first_token_ms"] <= line["duration_ms"] + 1
    if stream:
        assert line["duration_ms"] - line["first_token_ms"] >= 60
    assert 0 < line["overhead_us"] < 50_000
    (attempt,) = line["attempts"]
    assert attempt["status"] == 200
    assert 110 <= attempt["duration_ms"] <= line["duration_ms"] + 1


def test_bytes_are_those_of_the_bodies(gateway: Gateway, http: httpx.Client) -> None:
    body = chat("say ok")
    answer = http.post("/v1/chat/completions", content=body)
    line = gateway.log_of(answer.headers["x-tidegate-request-id"])
    assert line["bytes_received"] == len(body)
    assert line["bytes_sent"] == len(answer.content)


@STREAM
def test_attempts_are_told_with_status_and_duration(
    gateway: Gateway, sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool
) -> None:
    simulators["openai"].script({"status": 429, "delay_ms": 50})
    simulators["claude"].script({"cut": "before_headers", "delay_ms": 50})
    line = log_after(gateway, sdk, model="chain", stream=stream)
    first, second, third = line["attempts"]
    assert (first["provider"], first["model"], first["status"]) == ("openai", GPT, 429)
    assert (second["provider"], second["model"], second["status"]) == ("claude", CLAUDE, "reset")
    assert (third["provider"], third["status"]) == ("local", 200)
    assert 50 <= first["duration_ms"] < 1000 and 50 <= second["duration_ms"] < 1000
    assert line["provider"] == "local" and line["model"] == "chain"
    assert line["tokens"]["output"] == 5


def test_an_error_inside_a_200_is_told_as_the_error(
    gateway: Gateway, sdk: openai.OpenAI, simulators: dict[str, Simulator]
) -> None:
    simulators["claude"].script({"error_first": True})
    line = log_after(gateway, sdk, model="claude-first", stream=True)
    assert line["attempts"][0]["status"] >= 500
    assert line["attempts"][1]["status"] == 200


def test_a_failure_of_all_is_told(
    gateway: Gateway, http: httpx.Client, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].script({"status": 503})
    simulators["claude"].script({"status": 529})
    answer = http.post("/v1/chat/completions", content=chat(model="openai-first"))
    line = gateway.log_of(answer.headers["x-tidegate-request-id"])
    assert line["status"] == answer.status_code == 529
    assert line["outcome"] == "failed"
    assert [attempt["status"] for attempt in line["attempts"]] == [503, 529]
    assert "tokens" not in line


REFUSALS = [
    (401, "invalid_api_key", {"authorization": "Bearer sk-wrong"}, chat()),
    (404, "model_not_found", {}, chat(model="gpt-0")),
    (400, None, {}, b"{"),
    (413, "request_too_large", {}, b" " * (33 << 20)),
]


@pytest.mark.parametrize(("status", "code", "headers", "body"), REFUSALS, ids=lambda part: str(part)[:20])
def test_refusals_have_their_line_too(
    gateway: Gateway, http: httpx.Client, status: int, code: str | None, headers: dict, body: bytes
) -> None:
    answer = http.post("/v1/chat/completions", content=body, headers=headers)
    assert answer.status_code == status
    line = gateway.log_of(answer.headers["x-tidegate-request-id"])
    assert line["status"] == status
    assert line["outcome"] == "refused"
    assert line["attempts"] == []
    assert line.get("error_code") == code
    assert ("key_id" in line) == (status != 401)


def test_a_request_that_envoy_itself_refuses_is_json_too(gateway: Gateway) -> None:
    before = len(gateway.process.stdout.lines())
    answer = raw.exchange(gateway, request(chat(), [(b"x", b"v" * 1_000_000)]))
    assert answer.status == 431
    deadline = time.monotonic() + LOG_DELAY
    lines: list[dict] = []
    while not lines and time.monotonic() < deadline:
        time.sleep(0.05)
        new = [json.loads(line) for line in gateway.process.stdout.lines()[before:]]
        lines = [line for line in new if line.get("status") == 431]
    assert len(lines) == 1
    assert lines[0]["outcome"] == "incomplete"


@BOTH
def test_a_stream_that_broke_off_is_told(
    gateway: Gateway, http: httpx.Client, simulators: dict, model: str, provider: str
) -> None:
    simulators[provider].script({"error_after": 5, "pause_between_events_ms": 10})
    wire = events.ask(http, model, ASK)
    line = gateway.log_of(wire.headers["x-tidegate-request-id"])
    assert line["outcome"] == "truncated"
    assert line["attempts"][0]["status"] == "truncated"


@BOTH
def test_a_client_that_left_in_mid_stream_is_told_with_the_tokens_so_far(
    gateway: Gateway, simulators: dict, model: str, provider: str
) -> None:
    simulators[provider].script({"hang": "mid_stream", "tokens": 20})
    with connect(gateway) as connection:
        connection.sendall(request(chat(model=model, stream=True)))
        head = raw.read_until(connection, b"tide")
        raw.reset(connection)
    line = gateway.log_of(request_id(head))
    assert line["attempts"][0]["status"] in ("truncated", "abandoned")
    assert line["outcome"] in ("truncated", "unanswered")
    if provider == "claude":
        assert line["tokens"]["input"] > 0, "Anthropic tells of the prompt at the start"


@BOTH
def test_a_client_that_left_behind_the_last_frame_is_told_once_with_all_tokens(
    gateway: Gateway, model: str, provider: str
) -> None:
    with connect(gateway) as connection:
        body = chat("say one two six", model, stream=True)
        connection.sendall(request(body))
        head = raw.read_until(connection, b"[DONE]")
        raw.reset(connection)
    line = gateway.log_of(request_id(head))
    assert line["tokens"]["output"] == 3
    time.sleep(1)
    lines = [line for line in gateway.process.stdout.lines() if request_id(head) in line]
    assert len(lines) == 1


def request_id(head: bytes) -> str:
    name = b"x-tidegate-request-id: "
    return head[head.index(name) + len(name) :].split(b"\r\n")[0].decode()


def test_names_with_quotes_and_line_ends_do_not_break_a_line(
    gateway: Gateway, http: httpx.Client
) -> None:
    model = 'a"b\\c\nd\u2028e\x01{}'
    answer = http.post("/v1/chat/completions", content=chat(model=model))
    line = gateway.log_of(answer.headers["x-tidegate-request-id"])
    assert line["model"] == model


def test_every_line_is_json(gateway: Gateway) -> None:
    """Of all that this gateway has been asked so far, in all tests."""
    lines = gateway.process.stdout.lines()
    for line in lines:
        assert isinstance(json.loads(line), dict), line


@STREAM
def test_no_prompt_no_answer_and_no_key_is_ever_printed(
    gateway: Gateway, simulators: dict[str, Simulator], stream: bool
) -> None:
    """Neither when all is well, nor when things fail, nor when they are refused."""
    secret = f"{CANARY}-prompt"
    ask = {"messages": [user(f"say {secret}-answer")], "stream": stream}
    paced = {"pause_between_events_ms": 10}
    last = ""
    for key, model, step in [
        (KEY, GPT, {}),
        (KEY, CLAUDE, {}),
        (KEY, "openai-first", {"status": 500, "error": {"message": f"{secret}-error"}}),
        (KEY, GPT, {"error_after": 3, "error": {"message": f"{secret}-error"}, **paced}),
        (KEY, GPT, {"status": 400, "error": {"message": f"{secret}-error"}}),
        (KEY, GPT, {"cut": {"after_events": 2}, **paced}),
        (KEY, GPT, {"raw": f"data: {secret}\n\n"}),
        (NARROW_KEY, CLAUDE, {}),
        (f"sk-{secret}-key", GPT, {}),
    ]:
        simulators["openai"].script({**step, "validate": False})
        with gateway.http(key=key) as client:
            try:
                answer = client.post("/v1/chat/completions", json={"model": model, **ask})
                last = answer.headers["x-tidegate-request-id"]
            except httpx.RemoteProtocolError:
                pass
    gateway.log_of(last)
    printed = gateway.process.stdout.text() + gateway.process.stderr.text()
    assert CANARY not in printed
