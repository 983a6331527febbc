"""When a provider fails before its answer has begun, the next one answers, in its own format."""

from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest

from harness import events, said
from harness.cases import CASES, user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, LOCAL, PROVIDER_KEYS
from harness.simulator import Recorded, Simulator, Step

ASK = CASES["one tool"]
SHORT = [user("say one two six ten one two six ten")]
# Between events, so that those before a failure have left before it comes.
PACED: Step = {"pause_between_events_ms": 10}
MODELS = {"openai": GPT, "claude": CLAUDE, "local": LOCAL}


@dataclass(frozen=True)
class Direction:
    """From which provider to which."""

    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.first}-to-{self.second}"


DIRECTIONS = pytest.mark.parametrize(
    "way", [Direction("openai", "claude"), Direction("claude", "openai")], ids=str
)
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])

# Failures that a whole answer and a stream can both have.
FAILURES: dict[str, Step] = {
    "429": {"status": 429, "headers": {"retry-after": "7"}},
    "429 without a hint": {"status": 429},
    "500": {"status": 500},
    "502": {"status": 502},
    "503": {"status": 503},
    "529": {"status": 529},
    "401, our key at fault": {"status": 401},
    "404, the provider does not have the model": {"status": 404},
    "cut before the headers": {"cut": "before_headers"},
    "ended before the headers": {"cut": "before_headers", "cut_with": "fin"},
    "cut behind the headers": {"cut": "after_headers"},
    "ended behind the headers": {"cut": "after_headers", "cut_with": "fin"},
    "a page of HTML with status 200": {"body": "<html>Hi", "content_type": "text/html"},
    "a page of HTML with status 503": {
        "status": 503,
        "body": "<html>Hi",
        "content_type": "text/html",
    },
    "an empty body with status 500": {"status": 500, "body": ""},
}
STREAM_FAILURES: dict[str, Step] = {
    "an error as the first event": {"error_first": True},
    "an error behind the opening event": {"error_after": 1},
    "cut behind the opening event": {"cut": {"after_events": 1}},
    "an end behind the opening event": {"end_after": 1},
    "an empty stream": {"end_after": 0},
}
UNARY_FAILURES: dict[str, Step] = {
    "cut in the middle of the body": {"cut": {"after_events": 1}},
}
SILENCES: dict[str, Step] = {
    "no headers": {"hang": "headers"},
    "headers, then silence": {"hang": "first_token"},
}


def ask(sdk: openai.OpenAI, model: str, stream: bool, asked: dict = ASK) -> tuple:
    """The headers and the answer."""
    raw = sdk.chat.completions.with_raw_response.create(
        model=model,
        stream=stream,
        **({"stream_options": {"include_usage": True}} if stream else {}),
        **asked,
    )
    parsed: Any = raw.parse()
    return raw.headers, said.streamed(list(parsed)) if stream else said.whole(parsed)


def check_second_answers(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], way: Direction, model: str, stream: bool
) -> None:
    """The second provider is asked as if it were the only one, and its answer arrives."""
    _, expected = ask(sdk, MODELS[way.second], stream)
    alone = simulators[way.second].requests()[-1]
    headers, answer = ask(sdk, model, stream)
    assert answer == expected
    assert headers["x-tidegate-attempts"] == "2"
    assert headers["x-tidegate-provider"] == way.second
    assert headers["x-tidegate-model"] == MODELS[way.second]
    assert "retry-after" not in headers
    asked = simulators[way.second].requests()
    assert len(asked) == 2
    check_same_request(alone, asked[1])


def check_same_request(alone: Recorded, fallen_back: Recorded) -> None:
    """Nothing of the first attempt is in the second: body and headers are as without it."""
    assert fallen_back.path == alone.path
    assert fallen_back.body_length == alone.body_length
    assert fallen_back.body_sha256 == alone.body_sha256
    own = "x-tidegate-request-id"
    assert {**fallen_back.headers, own: ""} == {**alone.headers, own: ""}


@STREAM
def test_the_next_provider_does_what_the_first_cannot(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool
) -> None:
    """Anthropic's API tells no log probabilities; all that it gets is an empty request."""
    asked = {"messages": SHORT, "logprobs": True}
    headers, answer = ask(sdk, "claude-first", stream, asked)
    assert headers["x-tidegate-provider"] == "openai"
    assert headers["x-tidegate-attempts"] == "2"
    assert answer == ask(sdk, GPT, stream, asked)[1]
    for empty in simulators["claude"].requests():
        assert empty.body_length == 0
        assert PROVIDER_KEYS["claude"] not in str(empty.headers)


@DIRECTIONS
@STREAM
@pytest.mark.parametrize("failure", FAILURES)
def test_the_next_provider_answers(
    sdk: openai.OpenAI,
    simulators: dict[str, Simulator],
    failure: str,
    stream: bool,
    way: Direction,
) -> None:
    simulators[way.first].always(**FAILURES[failure])
    check_second_answers(sdk, simulators, way, f"{way.first}-first", stream)
    assert len(simulators[way.first].requests()) == 1


@DIRECTIONS
@pytest.mark.parametrize("failure", STREAM_FAILURES)
def test_the_next_provider_answers_when_a_stream_fails_at_once(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], failure: str, way: Direction
) -> None:
    simulators[way.first].always(**STREAM_FAILURES[failure])
    check_second_answers(sdk, simulators, way, f"{way.first}-first", stream=True)
    assert len(simulators[way.first].requests()) == 1


@DIRECTIONS
@pytest.mark.parametrize("failure", UNARY_FAILURES)
def test_the_next_provider_answers_when_a_whole_answer_breaks_off(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], failure: str, way: Direction
) -> None:
    simulators[way.first].always(**UNARY_FAILURES[failure])
    check_second_answers(sdk, simulators, way, f"{way.first}-first", stream=False)


@DIRECTIONS
@STREAM
@pytest.mark.parametrize("silence", SILENCES)
def test_the_next_provider_answers_when_no_token_comes_in_time(
    sdk: openai.OpenAI,
    simulators: dict[str, Simulator],
    silence: str,
    stream: bool,
    way: Direction,
) -> None:
    simulators[way.first].always(**SILENCES[silence])
    check_second_answers(sdk, simulators, way, f"hasty-{way.first}-first", stream)
    assert simulators[way.first].wait_for(lambda request: request.disconnected, seconds=1)


@DIRECTIONS
@STREAM
def test_the_next_provider_answers_when_the_connection_is_refused(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool, way: Direction
) -> None:
    check_second_answers(sdk, simulators, way, f"absent-{way.first}-first", stream)


@DIRECTIONS
@pytest.mark.parametrize(
    ("size", "stream"),
    [(300 << 10, False), (300 << 10, True), (20 << 20, True)],
    ids=["300KiB-unary", "300KiB-stream", "20MiB-stream"],
)
def test_large_prompts_fall_back_too(
    sdk: openai.OpenAI,
    simulators: dict[str, Simulator],
    size: int,
    stream: bool,
    way: Direction,
) -> None:
    """The prompt has characters of all lengths and some that JSON escapes."""
    filler = 'tide "gate"\n世界 ' * (size // 20)
    asked = {"messages": [user("say ok\n" + filler)]}
    _, expected = ask(sdk, MODELS[way.second], stream, asked)
    alone = simulators[way.second].requests()[-1]
    assert alone.body_length > size
    simulators[way.first].script({"status": 503})
    headers, answer = ask(sdk, f"{way.first}-first", stream, asked)
    assert answer == expected and answer.content == "ok"
    assert headers["x-tidegate-attempts"] == "2"
    check_same_request(alone, simulators[way.second].requests()[1])
    assert simulators[way.first].only_request().body_length > size


ALLOWED = {
    "host",
    "content-type",
    "content-length",
    "accept",
    "user-agent",
    "traceparent",
    "x-tidegate-request-id",
}
OWN = {
    "openai": {"authorization": f"Bearer {PROVIDER_KEYS['openai']}"},
    "claude": {"x-api-key": PROVIDER_KEYS["claude"], "anthropic-version": "2023-06-01"},
}
NOT_FOR_PROVIDERS = {
    "cookie": "session=1",
    "x-api-key": "the-clients",
    "api-key": "the-clients",
    "proxy-authorization": "Basic YQ==",
    "openai-organization": "org-client",
    "anthropic-beta": "anything",
    "x-forwarded-for": "10.1.2.3",
    "x-real-ip": "10.1.2.3",
    "x-simulate-status": "500",
    "x-anything": "1",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


@DIRECTIONS
@STREAM
def test_providers_see_only_headers_that_are_meant_for_them(
    gateway: Gateway, simulators: dict[str, Simulator], stream: bool, way: Direction
) -> None:
    """Neither the client's, nor those of the attempt before."""
    simulators[way.first].script({"status": 503})
    with gateway.sdk(default_headers=NOT_FOR_PROVIDERS) as client:
        headers, _ = ask(client, f"{way.first}-first", stream)
    assert headers["x-tidegate-attempts"] == "2"
    for provider in (way.first, way.second):
        seen = simulators[provider].only_request().headers
        assert set(seen) == ALLOWED | set(OWN[provider])
        assert {name: seen[name] for name in OWN[provider]} == OWN[provider]
        assert seen["user-agent"].startswith("tidegate/")
        assert seen["traceparent"] == NOT_FOR_PROVIDERS["traceparent"]


@STREAM
@pytest.mark.parametrize(
    ("model", "order"),
    [("chain", ["openai", "claude", "local"]), ("claude-chain", ["claude", "openai", "local"])],
)
def test_the_third_provider_answers_when_two_have_failed(
    sdk: openai.OpenAI,
    simulators: dict[str, Simulator],
    model: str,
    order: list[str],
    stream: bool,
) -> None:
    _, expected = ask(sdk, "local", stream)
    simulators[order[0]].script({"status": 529})
    simulators[order[1]].script({"cut": "before_headers"})
    headers, answer = ask(sdk, model, stream)
    assert answer == expected
    assert headers["x-tidegate-attempts"] == "3"
    assert headers["x-tidegate-provider"] == "local"
    third = simulators["local"].requests()
    check_same_request(third[0], third[1])
    assert [len(simulators[name].requests()) for name in order] == [1, 1, 2]


@STREAM
def test_the_first_provider_that_can_answer_does(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool
) -> None:
    simulators["openai"].script({"status": 500})
    headers, _ = ask(sdk, "chain", stream)
    assert headers["x-tidegate-provider"] == "claude"
    assert simulators["local"].requests() == []


def test_the_order_is_that_of_each_request(
    sdk: openai.OpenAI, simulators: dict[str, Simulator]
) -> None:
    """Requests with different plans do not get in each other's way."""
    for _ in range(5):
        for first, second in (("openai", "claude"), ("claude", "openai")):
            simulators[first].script({"status": 503})
            headers, _ = ask(sdk, f"{first}-first", stream=False)
            assert headers["x-tidegate-provider"] == second


@DIRECTIONS
@STREAM
@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_the_clients_fault_is_not_tried_elsewhere(
    sdk: openai.OpenAI,
    simulators: dict[str, Simulator],
    status: int,
    stream: bool,
    way: Direction,
) -> None:
    simulators[way.first].script({"status": status, "error": {"message": "Too salty."}})
    with pytest.raises(openai.APIStatusError, match="Too salty.") as raised:
        ask(sdk, f"{way.first}-first", stream)
    assert raised.value.status_code == status
    assert raised.value.response.headers["x-tidegate-attempts"] == "1"
    assert len(simulators[way.first].requests()) == 1
    assert simulators[way.second].requests() == []


@DIRECTIONS
@STREAM
def test_the_last_error_is_the_answer_when_all_have_failed(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool, way: Direction
) -> None:
    simulators[way.first].script({"status": 503})
    simulators[way.second].script(
        {"status": 429, "headers": {"retry-after": "7"}, "error": {"message": "Neap tide."}}
    )
    with pytest.raises(openai.RateLimitError, match="Neap tide.") as raised:
        ask(sdk, f"{way.first}-first", stream)
    headers = raised.value.response.headers
    assert headers["retry-after"] == "7"
    assert headers["x-tidegate-attempts"] == "2"
    assert headers["x-tidegate-provider"] == way.second
    error = raised.value.response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "x-tidegate-attempt" not in headers, "what the roles tell Envoy stays with Envoy"


@STREAM
def test_three_failures_give_the_third_error(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], stream: bool
) -> None:
    simulators["openai"].script({"status": 429, "headers": {"retry-after": "3"}})
    simulators["claude"].script({"status": 529})
    simulators["local"].script({"status": 500, "error": {"message": "Low water."}})
    with pytest.raises(openai.InternalServerError, match="Low water.") as raised:
        ask(sdk, "chain", stream)
    assert raised.value.status_code == 500
    assert "retry-after" not in raised.value.response.headers
    assert raised.value.response.headers["x-tidegate-attempts"] == "3"


@STREAM
def test_an_openai_error_when_no_provider_could_be_reached(
    sdk: openai.OpenAI, stream: bool
) -> None:
    with pytest.raises(openai.InternalServerError) as raised:
        ask(sdk, "absent", stream)
    assert raised.value.status_code == 503
    assert raised.value.code == "provider_unavailable"
    assert raised.value.response.headers["x-tidegate-attempts"] == "2"


@DIRECTIONS
def test_after_the_first_byte_an_error_ends_the_stream_and_nobody_else_is_asked(
    http: httpx.Client, simulators: dict[str, Simulator], way: Direction
) -> None:
    simulators[way.first].script(
        {**PACED, "error_after": 6, "error": {"message": "The tide is out."}}
    )
    wire = events.ask(http, f"{way.first}-first", SHORT)
    assert wire.status == 200
    assert wire.text.startswith("one two")
    assert len(wire.errors) == 1 and "error" in wire.objects[-1]
    assert wire.errors[0]["message"] == "The tide is out."
    assert not wire.done and wire.broken is None
    assert simulators[way.second].requests() == []


@DIRECTIONS
def test_an_end_without_the_end_marker_is_an_error_and_no_success(
    http: httpx.Client, simulators: dict[str, Simulator], way: Direction
) -> None:
    simulators[way.first].script({**PACED, "end_after": 6})
    wire = events.ask(http, f"{way.first}-first", SHORT)
    assert wire.text.startswith("one two")
    assert len(wire.errors) == 1 and "error" in wire.objects[-1]
    assert not wire.done and wire.broken is None
    assert simulators[way.second].requests() == []


@DIRECTIONS
@pytest.mark.parametrize("ending", ["reset", "fin"])
def test_a_connection_cut_in_mid_stream_breaks_the_clients_too(
    http: httpx.Client, simulators: dict[str, Simulator], ending: str, way: Direction
) -> None:
    simulators[way.first].script({**PACED, "cut": {"after_events": 6}, "cut_with": ending})
    wire = events.ask(http, f"{way.first}-first", SHORT)
    assert wire.text.startswith("one two")
    assert wire.broken or wire.errors, "never an end that looks good"
    assert not wire.done
    assert simulators[way.second].requests() == []


@DIRECTIONS
def test_the_sdk_raises_when_a_connection_is_cut_in_mid_stream(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], way: Direction
) -> None:
    simulators[way.first].script({**PACED, "cut": {"after_events": 6}})
    chunks = sdk.chat.completions.create(
        model=f"{way.first}-first", messages=SHORT, stream=True
    )
    with pytest.raises(openai.APIError):
        list(chunks)
