"""The official SDKs, pointed at the simulator itself, cannot tell it from the vendors.

Everything else here compares a gateway with the simulator; these tests hold the simulator to the
SDKs' own reading of what comes back.
"""

import json
from typing import Any

import openai
import pydantic
import pytest

from harness.cases import PIXEL, WEATHER, assistant, call, result, user
from harness.settings import PROVIDER_KEYS
from harness.simulator import Simulator

anthropic = pytest.importorskip("anthropic")

GPT = "gpt-4o"
CLAUDE = "claude-sonnet-4-6"


class City(pydantic.BaseModel):
    name: str
    people: int
    rivers: list[str]


@pytest.fixture
def gpt(openai_simulator: Simulator) -> openai.OpenAI:
    key = PROVIDER_KEYS["openai"]
    return openai.OpenAI(base_url=openai_simulator.base_url, api_key=key, max_retries=0)


@pytest.fixture
def claude(claude_simulator: Simulator) -> Any:
    key = PROVIDER_KEYS["claude"]
    return anthropic.Anthropic(base_url=claude_simulator.base_url, api_key=key, max_retries=0)


def claude_tool() -> dict[str, Any]:
    function = WEATHER["function"]
    return {
        "name": function["name"],
        "description": function["description"],
        "input_schema": function["parameters"],
    }


def test_openai_streams_what_it_says_at_once(gpt: openai.OpenAI) -> None:
    asked = {"model": GPT, "messages": [user("Grüße 👩‍👩‍👧 from 日本")]}
    whole = gpt.chat.completions.create(**asked)
    with gpt.chat.completions.stream(**asked, stream_options={"include_usage": True}) as stream:
        streamed = stream.get_final_completion()
    assert whole.choices[0].message.content == "You said: Grüße 👩‍👩‍👧 from 日本"
    assert streamed.choices[0].message.content == whole.choices[0].message.content
    assert streamed.usage == whole.usage


def test_openai_calls_tools_and_quotes_their_results(gpt: openai.OpenAI) -> None:
    messages = [user('call get_weather {"city":"Bern"}\ncall get_weather {"city":"Basel"}')]
    with gpt.chat.completions.stream(model=GPT, messages=messages, tools=[WEATHER]) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Bern", "Basel"]
    asked = [call(c.id, c.function.name, c.function.arguments) for c in calls]
    messages += [assistant(None, *asked), *(result(c.id, f"sun {c.id[-1]}") for c in calls)]
    said = gpt.chat.completions.create(model=GPT, messages=messages, tools=[WEATHER])
    assert said.choices[0].message.content.startswith("The tools say: sun ")


def test_openai_parses_structured_output(gpt: openai.OpenAI) -> None:
    said = gpt.chat.completions.parse(model=GPT, messages=[user("A city")], response_format=City)
    assert isinstance(said.choices[0].message.parsed, City)


def test_openai_sees_images(gpt: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    said = gpt.chat.completions.create(model=GPT, messages=[user([image])])
    assert said.choices[0].message.content == "I see 1 image: image/png (70 bytes)."


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"temperature": 3}, openai.BadRequestError),
        ({"extra_body": {"top_k": 3}}, openai.BadRequestError),
    ],
)
def test_openai_refuses(gpt: openai.OpenAI, arguments: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        gpt.chat.completions.create(**{"model": GPT, "messages": [user("Hi")], **arguments})


def test_openai_knows_its_key(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        gpt.with_options(api_key="sk-wrong").models.list()
    assert refused.value.code == "invalid_api_key"


def test_openai_lists_models(gpt: openai.OpenAI) -> None:
    assert GPT in [model.id for model in gpt.models.list()]
    assert gpt.models.retrieve(GPT).id == GPT


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, openai.RateLimitError), (500, openai.InternalServerError)],
)
def test_openai_fails_by_script(
    gpt: openai.OpenAI, openai_simulator: Simulator, status: int, error: type
) -> None:
    openai_simulator.script({"status": status})
    with pytest.raises(error):
        gpt.chat.completions.create(model=GPT, messages=[user("Hi")])


def test_openai_fails_in_mid_stream(gpt: openai.OpenAI, openai_simulator: Simulator) -> None:
    openai_simulator.script({"error_after": 2, "error": {"message": "The tide is out."}})
    with pytest.raises(openai.APIError, match="The tide is out."):
        list(gpt.chat.completions.create(model=GPT, messages=[user("Hi")], stream=True))


def test_claude_streams_what_it_says_at_once(claude: Any) -> None:
    asked = {"model": CLAUDE, "max_tokens": 500, "messages": [user("Grüße 👩‍👩‍👧 from 日本")]}
    whole = claude.messages.create(**asked)
    with claude.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    assert whole.content[0].text == "You said: Grüße 👩‍👩‍👧 from 日本"
    assert streamed.content[0].text == whole.content[0].text
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    assert claude.messages.count_tokens(
        model=CLAUDE, messages=asked["messages"]
    ).input_tokens == whole.usage.input_tokens


def test_claude_thinks_calls_tools_and_gets_both_back(claude: Any) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked = {"model": CLAUDE, "max_tokens": 2000, "thinking": thinking, "tools": [claude_tool()]}
    messages = [user('call get_weather {"city":"Bern"}')]
    with claude.messages.stream(**asked, messages=messages) as stream:
        said = stream.get_final_message()
    assert [block.type for block in said.content] == ["thinking", "tool_use"]
    use = said.content[1]
    assert use.input == {"city": "Bern"}
    back = {"type": "tool_result", "tool_use_id": use.id, "content": "sun"}
    content = [block.model_dump(exclude_none=True) for block in said.content]
    messages += [{"role": "assistant", "content": content}, user([back])]
    after = claude.messages.create(**asked, messages=messages)
    assert after.content[-1].text == "The tools say: sun"


def test_claude_parses_structured_output(claude: Any) -> None:
    said = claude.messages.parse(
        model=CLAUDE, max_tokens=500, messages=[user("A city")], output_format=City
    )
    assert isinstance(said.parsed_output, City)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"tool_choice": {"type": "auto"}}, anthropic.BadRequestError),
        ({"extra_body": {"seed": 3}}, anthropic.BadRequestError),
    ],
)
def test_claude_refuses(claude: Any, arguments: dict[str, Any], error: type) -> None:
    asked = {"model": CLAUDE, "max_tokens": 500, "messages": [user("Hi")], **arguments}
    with pytest.raises(error):
        claude.messages.create(**asked)


def test_claude_knows_its_key(claude: Any) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        claude.with_options(api_key="sk-wrong").models.list()


def test_claude_lists_models(claude: Any) -> None:
    assert CLAUDE in [model.id for model in claude.models.list()]


def test_claude_is_overloaded_inside_a_200(claude: Any, claude_simulator: Simulator) -> None:
    claude_simulator.script({"error_first": True})
    asked = {"model": CLAUDE, "max_tokens": 500, "messages": [user("Hi")]}
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        with claude.messages.stream(**asked) as stream:
            stream.get_final_message()
