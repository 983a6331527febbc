"""The official SDK cannot tell the gateway from a provider, whichever provider answers.

Each case is asked of the simulated OpenAI directly and through the gateway, and the answers are
compared; `harness/said.py` says what is compared and what is not.
"""

import functools

import openai
import pytest

from harness.asking import WAYS, Answer
from harness.cases import CASES, assistant, user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, KEY, PROVIDER_KEYS
from harness.simulator import Simulator

MODELS = {"openai": GPT, "claude": CLAUDE}


@functools.cache
def directly(base_url: str, way: str, name: str) -> Answer:
    """The answer without a gateway."""
    return WAYS[way](base_url, PROVIDER_KEYS["openai"], {"model": GPT, **CASES[name]})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_the_same_as_directly(
    gateway: Gateway, openai_simulator: Simulator, name: str, provider: str, way: str
) -> None:
    case = {"model": MODELS[provider], **CASES[name]}
    answer = WAYS[way](gateway.base_url, KEY, case)
    assert answer == directly(openai_simulator.base_url, way, name)


@pytest.mark.parametrize("name", CASES)
def test_a_streamed_answer_is_the_same_as_a_whole_one(openai_simulator: Simulator, name: str) -> None:
    """Of the simulator itself: without it, the comparison above could not find what it should."""
    whole = directly(openai_simulator.base_url, "create", name)
    assert directly(openai_simulator.base_url, "stream", name) == whole


def test_a_system_message_in_the_middle_keeps_its_place(
    sdk: openai.OpenAI, simulators: dict[str, Simulator]
) -> None:
    """Claude takes it as marked text of a user: at the top, it would come too early."""
    messages = [
        user("Hello"),
        assistant("Hi."),
        {"role": "system", "content": "From now on, be brief."},
        user("say fine"),
    ]
    for model in MODELS.values():
        answer = sdk.chat.completions.create(model=model, messages=messages)
        assert answer.choices[0].message.content == "fine"
    assert simulators["openai"].only_request().json["messages"] == messages
    told = simulators["claude"].only_request().json
    assert "system" not in told
    assert "From now on, be brief." in str(told["messages"][2])
