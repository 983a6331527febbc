"""Streams as the official SDK sees them, chunk by chunk."""

import time

import openai
import pytest

from harness import said
from harness.cases import CASES, user
from harness.settings import CLAUDE, GPT
from harness.simulator import Simulator

BOTH = pytest.mark.parametrize("model", [GPT, CLAUDE])
ASK = [user("say one two six ten one two six ten one two")]


@BOTH
def test_usage_comes_in_a_chunk_of_its_own_if_it_was_asked_for(
    sdk: openai.OpenAI, model: str
) -> None:
    chunks = list(
        sdk.chat.completions.create(
            model=model, messages=ASK, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None and chunks[-1].usage.completion_tokens == 10
    assert all(chunk.usage is None for chunk in chunks[:-1])


@BOTH
@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": False}}])
def test_usage_is_hidden_if_it_was_not_asked_for(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], model: str, options: dict
) -> None:
    chunks = list(sdk.chat.completions.create(model=model, messages=ASK, stream=True, **options))
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    said.check_order(chunks)
    if model == GPT:
        upstream = simulators["openai"].only_request().json
        assert upstream["stream_options"]["include_usage"] is True, "we want to know it"


@BOTH
def test_tool_arguments_come_in_pieces(sdk: openai.OpenAI, model: str) -> None:
    chunks = list(
        sdk.chat.completions.create(model=model, stream=True, **CASES["parallel tools"])
    )
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    pieces = [call for call in calls if call.function and call.function.arguments]
    assert len(pieces) > 6, "each of the three calls' arguments in several"
    assert [call.function.name for call in calls if call.id] == [
        "get_weather",
        "get_time",
        "get_weather",
    ]


@BOTH
def test_chunks_are_not_held_back(sdk: openai.OpenAI, simulators: dict, model: str) -> None:
    """Events that leave the provider 20 ms apart reach the client 20 ms apart."""
    simulators["openai" if model == GPT else "claude"].script({"pause_between_events_ms": 20})
    arrivals = [
        time.monotonic()
        for chunk in sdk.chat.completions.create(model=model, messages=ASK, stream=True)
        if chunk.choices[0].delta.content
    ]
    gaps = [after - before for before, after in zip(arrivals, arrivals[1:])]
    assert len(gaps) == 9
    assert sum(gap > 0.010 for gap in gaps) >= 7, gaps
    assert sum(gaps) > 0.14, gaps


@BOTH
def test_a_stream_can_be_left_in_the_middle(
    sdk: openai.OpenAI, simulators: dict, model: str
) -> None:
    simulator = simulators["openai" if model == GPT else "claude"]
    simulator.script({"pause_between_events_ms": 20, "tokens": 200})
    with sdk.chat.completions.create(model=model, messages=ASK, stream=True) as chunks:
        next(iter(chunks))
    assert simulator.wait_for(lambda request: request.disconnected, seconds=1)


def test_the_helpers_events_are_those_of_a_direct_stream(
    sdk: openai.OpenAI, openai_simulator: Simulator
) -> None:
    """`chat.completions.stream` tells of finished contents and arguments."""
    direct = openai.OpenAI(
        base_url=openai_simulator.base_url, api_key=openai_simulator.api_key, max_retries=0
    )
    asked = CASES["text before a tool call"]
    expected = events(direct, GPT, asked)
    assert "tool_calls.function.arguments.done" in expected
    for model in (GPT, CLAUDE):
        assert events(sdk, model, asked) == expected


def events(client: openai.OpenAI, model: str, asked: dict) -> list[str]:
    """The kinds of events in order, each run of the same kind once, chunks left out."""
    with client.chat.completions.stream(model=model, **asked) as stream:
        kinds = [event.type for event in stream if event.type != "chunk"]
    return [kind for kind, before in zip(kinds, [None, *kinds]) if kind != before]
