"""Each timeout can be set, and passes when it should: neither sooner nor much later."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import openai
import pytest

from harness import events, ports, settings
from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT
from harness.simulator import Simulator, dead_url

ASK = [user("say one two six ten one two six ten one two")]
BOTH = pytest.mark.parametrize("provider", ["openai", "claude"])
MODELS = {"openai": GPT, "claude": CLAUDE}

OPENAI_STREAM = (
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    '[{"index":0,"delta":{"role":"assistant","content":"first"},"finish_reason":null}]}\n\n'
    "PINGS"
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    '[{"index":0,"delta":{"content":" last"},"finish_reason":"stop"}]}\n\n'
    "data: [DONE]\n\n"
)
CLAUDE_STREAM = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message",'
    '"role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    '"content_block":{"type":"text","text":""}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"text_delta","text":"first"}}\n\n'
    "PINGS"
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"text_delta","text":" last"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
    '"usage":{"output_tokens":2}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)

# What two busy cores may add.
SLACK = 0.9


@pytest.fixture(scope="module")
def timed(
    simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway whose models differ in their timeouts."""
    with ports.never_accepting() as silent:
        providers = {
            name: settings.provider(simulators[name], name) for name in ("openai", "claude")
        }
        unreachable = dead_url(silent)
        providers["absent-openai"] = {**providers["openai"], "base_url": f"{unreachable}/v1"}
        providers["absent-claude"] = {
            **providers["claude"],
            "base_url": unreachable,
            "timeouts": {"connect": "700ms"},
        }
        own = settings.small(
            providers, models(), timeouts={"connect": "300ms", "total": "30s"}
        )
        running = Gateway(own, tmp_path_factory.mktemp("timed"), "--concurrency", "1")
        yield running
        running.stop()


def models() -> dict[str, dict]:
    short = {
        "first": {"first_token": "300ms", "idle": "10s", "total": "20s"},
        "idle": {"first_token": "10s", "idle": "300ms", "total": "20s"},
        "later-idle": {"first_token": "200ms", "idle": "900ms", "total": "20s"},
        "response": {"response": "300ms", "total": "20s"},
        "total": {"first_token": "600ms", "response": "600ms", "idle": "10s", "total": "600ms"},
    }
    named = {
        f"{name}-{provider}": {"targets": [settings.target(provider)], "timeouts": timeouts}
        for name, timeouts in short.items()
        for provider in ("openai", "claude")
    }
    return {
        **named,
        "total-of-two": settings.chain("openai", "claude", timeouts=short["total"]),
        "connect-openai": settings.chain("absent-openai"),
        "connect-claude": settings.chain("absent-claude"),
        "connect-then-claude": settings.chain("absent-openai", "claude"),
        "first-of-two": settings.chain(
            "openai",
            "claude",
            timeouts={"first_token": "300ms", "response": "300ms", "total": "20s"},
        ),
    }


@pytest.fixture(scope="module")
def client(timed: Gateway) -> Iterator[openai.OpenAI]:
    with timed.sdk() as sdk:
        yield sdk


@pytest.fixture(scope="module")
def wire(timed: Gateway) -> Iterator[httpx.Client]:
    with timed.http() as http:
        yield http


@contextmanager
def takes(seconds: float, slack: float = SLACK) -> Iterator[None]:
    start = time.monotonic()
    yield
    passed = time.monotonic() - start
    assert seconds * 0.95 <= passed <= seconds + slack, f"{passed:.3f} s instead of {seconds} s"


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize(("model", "seconds"), [("connect-openai", 0.3), ("connect-claude", 0.7)])
def test_connecting_has_its_time(
    client: openai.OpenAI, model: str, seconds: float, stream: bool
) -> None:
    """The file's, and a provider's own."""
    with takes(seconds), pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=model, messages=ASK, stream=stream)
    assert raised.value.status_code in (503, 504)


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_the_next_provider_answers_when_connecting_took_too_long(
    client: openai.OpenAI, stream: bool
) -> None:
    with takes(0.3):
        raw = client.chat.completions.with_raw_response.create(
            model="connect-then-claude", messages=ASK, stream=stream
        )
    assert raw.headers["x-tidegate-provider"] == "claude"
    assert raw.headers["x-tidegate-attempts"] == "2"
    raw.parse()


@BOTH
@pytest.mark.parametrize("hang", ["headers", "first_token"])
def test_the_first_token_has_its_time(
    client: openai.OpenAI, simulators: dict[str, Simulator], hang: str, provider: str
) -> None:
    simulators[provider].script({"hang": hang})
    with takes(0.3), pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=f"first-{provider}", messages=ASK, stream=True)
    assert raised.value.status_code == 504
    assert raised.value.response.headers["x-tidegate-attempts"] == "1"
    assert simulators[provider].wait_for(lambda request: request.disconnected, seconds=1)


@BOTH
@pytest.mark.parametrize("hang", ["headers", "first_token", "mid_stream"])
def test_a_whole_answer_has_its_time(
    client: openai.OpenAI, simulators: dict[str, Simulator], hang: str, provider: str
) -> None:
    simulators[provider].script({"hang": hang})
    with takes(0.3), pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=f"response-{provider}", messages=ASK)
    assert raised.value.status_code == 504
    assert raised.value.code == "provider_timeout"
    assert simulators[provider].wait_for(lambda request: request.disconnected, seconds=1)


@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_each_provider_has_the_time_for_itself(
    client: openai.OpenAI, simulators: dict[str, Simulator], stream: bool
) -> None:
    simulators["openai"].script({"hang": "headers"})
    simulators["claude"].script({"hang": "first_token"})
    with takes(0.6), pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="first-of-two", messages=ASK, stream=stream)
    assert raised.value.status_code == 504
    assert raised.value.response.headers["x-tidegate-attempts"] == "2"


@BOTH
def test_headers_and_opening_events_are_no_token(
    client: openai.OpenAI, simulators: dict[str, Simulator], provider: str
) -> None:
    """A provider that has said that it will speak has not spoken."""
    simulators[provider].script({"pause_between_events_ms": 1000})
    with takes(0.3), pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model=f"first-{provider}", messages=ASK, stream=True)


@BOTH
def test_a_slow_stream_that_has_begun_is_not_cut(
    client: openai.OpenAI, simulators: dict[str, Simulator], provider: str
) -> None:
    """The time to the first token is over, that between tokens is not."""
    simulators[provider].script({"pause_between_events_ms": 60})
    chunks = client.chat.completions.create(
        model=f"first-{provider}", messages=ASK, stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "one two six ten one two six ten one two"


@BOTH
def test_a_whole_answer_may_be_slow(
    client: openai.OpenAI, simulators: dict[str, Simulator], provider: str
) -> None:
    """It has no first token, and no pieces: nothing comes until all is there."""
    simulators[provider].always(delay_ms=500, silence_ms=300)
    for model in (f"first-{provider}", f"idle-{provider}"):
        completion = client.chat.completions.create(model=model, messages=ASK)
        assert completion.choices[0].finish_reason == "stop"


@BOTH
@pytest.mark.parametrize(("model", "seconds"), [("idle", 0.3), ("later-idle", 0.9)])
def test_silence_between_tokens_has_its_time(
    wire: httpx.Client,
    simulators: dict[str, Simulator],
    model: str,
    seconds: float,
    provider: str,
) -> None:
    """Whether it is shorter or longer than the time to the first token."""
    simulators[provider].script({"hang": "mid_stream"})
    with takes(seconds):
        stream = events.ask(wire, f"{model}-{provider}", ASK)
    assert stream.text.startswith("one")
    assert stream.errors or stream.broken
    assert not stream.done
    assert simulators[provider].wait_for(lambda request: request.disconnected, seconds=1)


@BOTH
def test_a_long_stream_that_never_pauses_is_not_idle(
    wire: httpx.Client, simulators: dict[str, Simulator], provider: str
) -> None:
    simulators[provider].script({"pause_between_events_ms": 100})
    stream = events.ask(wire, f"idle-{provider}", ASK)
    assert stream.arrived[-1] - stream.arrived[0] > 0.6, "longer than `idle` in all"
    assert stream.done and not stream.errors


@BOTH
def test_comments_are_no_silence(
    wire: httpx.Client, simulators: dict[str, Simulator], provider: str
) -> None:
    """A provider that says that it is still there is still there."""
    event = {"openai": ": still here\n\n", "claude": 'event: ping\ndata: {"type":"ping"}\n\n'}
    whole = {"openai": OPENAI_STREAM, "claude": CLAUDE_STREAM}[provider]
    raw = whole.replace("PINGS", event[provider] * 6)
    simulators[provider].script({"raw": raw, "pause_between_events_ms": 100})
    stream = events.ask(wire, f"idle-{provider}", ASK)
    assert stream.text == "first last" and stream.done


@BOTH
def test_a_stream_has_a_time_for_all_of_it(
    wire: httpx.Client, simulators: dict[str, Simulator], provider: str
) -> None:
    simulators[provider].script({"pause_between_events_ms": 100, "tokens": 100})
    with takes(0.6):
        stream = events.ask(wire, f"total-{provider}", ASK)
    assert stream.text.startswith("tide tide")
    assert (stream.errors or stream.broken) and not stream.done
    assert simulators[provider].wait_for(lambda request: request.disconnected, seconds=1)


def test_a_whole_answer_has_a_time_for_all_of_its_attempts(
    client: openai.OpenAI, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].script({"delay_ms": 400, "status": 503})
    simulators["claude"].script({"hang": "headers"})
    with takes(0.6), pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="total-of-two", messages=ASK)
    assert raised.value.status_code == 504


def test_timeouts_do_not_crash_the_filter(timed: Gateway) -> None:
    """Last of this file, about all tests before it."""
    assert timed.vm_failures() == {}
