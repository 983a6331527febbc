"""Structured output: the SDK's `parse`, with pydantic models."""

import asyncio
from enum import StrEnum

import openai
import pytest
from pydantic import BaseModel

from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, PROVIDER_KEYS
from harness.simulator import Simulator

BOTH = pytest.mark.parametrize("model", [GPT, CLAUDE])
ASK = [user("Tell me about Bern.")]


class Kind(StrEnum):
    TOWN = "town"
    VILLAGE = "village"


class Mayor(BaseModel):
    name: str
    since: int


class City(BaseModel):
    name: str
    people: int
    kind: Kind
    mayors: list[Mayor]
    twin: Mayor | None


class Weather(BaseModel):
    city: str
    days: int


@pytest.fixture(scope="module")
def expected(openai_simulator: Simulator) -> City:
    with openai.OpenAI(
        base_url=openai_simulator.base_url, api_key=PROVIDER_KEYS["openai"], max_retries=0
    ) as direct:
        return parsed(direct, GPT)


def parsed(client: openai.OpenAI, model: str) -> City:
    completion = client.chat.completions.parse(model=model, messages=ASK, response_format=City)
    city = completion.choices[0].message.parsed
    assert city is not None
    return city


@BOTH
def test_parse_gives_the_same_object_as_directly(
    sdk: openai.OpenAI, expected: City, model: str
) -> None:
    assert parsed(sdk, model) == expected


@BOTH
def test_parse_works_asynchronously(gateway: Gateway, expected: City, model: str) -> None:
    async def ask() -> City | None:
        async with gateway.async_sdk() as client:
            completion = await client.chat.completions.parse(
                model=model, messages=ASK, response_format=City
            )
            return completion.choices[0].message.parsed

    assert asyncio.run(ask()) == expected


@BOTH
def test_a_stream_parses_to_the_same_object(
    sdk: openai.OpenAI, expected: City, model: str
) -> None:
    with sdk.chat.completions.stream(model=model, messages=ASK, response_format=City) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == expected


@BOTH
def test_tools_made_from_models_have_their_arguments_parsed(
    sdk: openai.OpenAI, model: str
) -> None:
    completion = sdk.chat.completions.parse(
        model=model,
        messages=[user('call Weather {"city":"Bern","days":3}')],
        tools=[openai.pydantic_function_tool(Weather)],
    )
    calls = completion.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].function.parsed_arguments == Weather(city="Bern", days=3)


@BOTH
def test_an_answer_that_was_cut_short_is_not_parsed(sdk: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        sdk.chat.completions.parse(
            model=model, messages=ASK, response_format=City, max_completion_tokens=3
        )


def test_json_mode_gives_an_object(sdk: openai.OpenAI) -> None:
    completion = sdk.chat.completions.create(
        model=GPT, messages=[user("Answer in JSON.")], response_format={"type": "json_object"}
    )
    assert (completion.choices[0].message.content or "").startswith("{")
