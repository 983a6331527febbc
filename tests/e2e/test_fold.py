"""Streams through a real Envoy that reach the client in another form: a model that only streams, asked
by clients that want the whole answer, and reasoning that stands in the text.
"""

import json
from collections.abc import Iterator

import openai
import pytest

from harness import settings, upstream
from harness.gateway import Gateway
from harness.upstream import Upstream

MESSAGES = [{"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def folding(server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    common = {"base_url": server.url + "/v1", "api_key": "${E2E_OPENAI_KEY}"}
    providers = {
        "qwen": {"kind": "qwen", **common},
        "own": {"kind": "vllm", "stream_only": "folded-*", "think_tags": "split", **common},
    }
    models = {
        "qwq": {"provider": "qwen", "model": "qwq-plus"},
        "folded": {"provider": "own", "model": "folded-model"},
        "thinking": {"provider": "own", "model": "thinking-model"},
    }
    own = settings.small(providers, models)
    running = Gateway(own, tmp_path_factory.mktemp("fold"), "--concurrency", "1")
    yield running
    assert running.vm_failures() == {}
    running.stop()


def event(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**common, "choices": [choice]}).encode() + b"\n\n"


def usage() -> bytes:
    counts = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps({**common, "choices": [], "usage": counts}).encode() + b"\n\n"


BEGIN = event({"role": "assistant", "content": ""})
END = event({}, "stop") + usage() + b"data: [DONE]\n\n"


@pytest.mark.parametrize("model", ["qwq", "folded"])
def test_a_model_that_only_streams_answers_whole(
    folding: Gateway, server: Upstream, model: str
) -> None:
    thoughts = event({"content": None, "reasoning_content": "Hm."})
    server.answer = upstream.stream(BEGIN, thoughts, event({"content": "Hi"}), END)
    with folding.sdk() as sdk:
        answer = sdk.chat.completions.create(model=model, messages=MESSAGES)
    message = answer.choices[0].message
    assert message.content == "Hi"
    assert message.reasoning_content == "Hm."
    assert answer.object == "chat.completion"
    assert answer.usage is not None and answer.usage.total_tokens == 5
    sent = json.loads(server.requests[-1].body)
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}


def test_a_long_stream_is_folded(folding: Gateway, server: Upstream) -> None:
    """Eight megabytes of stream, a good one of text."""
    word = "0123456789" * 6
    pieces = [event({"content": word}) * 1000 for _ in range(40)]
    server.answer = upstream.stream(BEGIN, *pieces, END)
    with folding.sdk() as sdk:
        answer = sdk.chat.completions.create(model="qwq", messages=MESSAGES)
    assert answer.choices[0].message.content == word * 40_000


def test_a_stream_that_stops_is_no_answer(folding: Gateway, server: Upstream) -> None:
    server.answer = upstream.stream(BEGIN, event({"content": "Hi"}))
    with folding.sdk() as sdk, pytest.raises(openai.InternalServerError) as failed:
        sdk.chat.completions.create(model="qwq", messages=MESSAGES)
    assert failed.value.status_code == 502


def test_a_stream_that_is_cut_is_no_answer(folding: Gateway, server: Upstream) -> None:
    cut = upstream.STREAM_HEAD + upstream.chunk(BEGIN) + b"fff\r\ndata: {"
    server.answer = lambda connection: connection.sendall(cut)
    with folding.sdk() as sdk, pytest.raises(openai.InternalServerError):
        sdk.chat.completions.create(model="qwq", messages=MESSAGES)


def test_reasoning_in_tags_is_told_apart(folding: Gateway, server: Upstream) -> None:
    texts = ["<thi", "nk>Hm", ", so.</", "think>\n\nHi", " <think>"]
    server.answer = upstream.stream(BEGIN, *[event({"content": text}) for text in texts], END)
    content, reasoning = "", ""
    with folding.sdk() as sdk:
        for chunk in sdk.chat.completions.create(model="thinking", messages=MESSAGES, stream=True):
            for choice in chunk.choices:
                content += choice.delta.content or ""
                reasoning += getattr(choice.delta, "reasoning_content", None) or ""
    assert (content, reasoning) == ("\n\nHi <think>", "Hm, so.")
