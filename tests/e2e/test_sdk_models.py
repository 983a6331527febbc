"""Models and headers as the official SDK sees them."""

import openai
import pytest

from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, NARROW_KEY

ASK = [user("Hello")]


def test_the_list_has_all_models_that_the_key_may_use(gateway: Gateway, sdk: openai.OpenAI) -> None:
    assert {model.id for model in sdk.models.list()} == set(gateway.settings["models"])
    with gateway.sdk(key=NARROW_KEY) as narrow:
        assert [model.id for model in narrow.models.list()] == [GPT]


@pytest.mark.parametrize("name", [GPT, "small", "vendor/small"])
def test_a_model_is_found_by_its_name_and_its_aliases(sdk: openai.OpenAI, name: str) -> None:
    model = sdk.models.retrieve(name)
    assert model.id == GPT
    assert model.object == "model"


def test_a_model_that_does_not_exist_is_not_found(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        sdk.models.retrieve("gpt-0")
    assert raised.value.code == "model_not_found"


def test_a_model_that_the_key_may_not_use_is_forbidden(gateway: Gateway) -> None:
    with gateway.sdk(key=NARROW_KEY) as narrow, pytest.raises(openai.PermissionDeniedError):
        narrow.models.retrieve(CLAUDE)


@pytest.mark.parametrize("name", ["small", "vendor/small"])
def test_an_alias_answers_like_the_model(sdk: openai.OpenAI, name: str) -> None:
    completion = sdk.chat.completions.create(model=name, messages=ASK)
    assert completion.choices[0].message.content == "You said: Hello"


@pytest.mark.parametrize(("model", "provider"), [(GPT, "openai"), (CLAUDE, "claude")])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_headers_say_who_has_answered(
    sdk: openai.OpenAI, model: str, provider: str, stream: bool
) -> None:
    raw = sdk.chat.completions.with_raw_response.create(model=model, messages=ASK, stream=stream)
    headers = raw.headers
    assert headers["x-tidegate-provider"] == provider
    assert headers["x-tidegate-model"] == model
    assert headers["x-tidegate-attempts"] == "1"
    assert headers["x-tidegate-request-id"].startswith("req_")
    expected = "text/event-stream" if stream else "application/json"
    assert headers["content-type"].startswith(expected)
    raw.parse()


def test_request_ids_are_unique_and_not_the_clients_to_choose(sdk: openai.OpenAI) -> None:
    chosen = {"x-tidegate-request-id": "req_chosen"}
    ids = {
        sdk.chat.completions.with_raw_response.create(
            model=GPT, messages=ASK, extra_headers=chosen
        ).headers["x-tidegate-request-id"]
        for _ in range(3)
    }
    assert len(ids) == 3 and "req_chosen" not in ids


def test_what_a_provider_could_not_be_told_is_named(sdk: openai.OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(
        model=CLAUDE, messages=ASK, seed=7, frequency_penalty=0.5
    )
    dropped = raw.headers["x-tidegate-dropped-params"].split(", ")
    assert {"seed", "frequency_penalty"} <= set(dropped)


def test_nothing_is_dropped_on_the_way_to_the_same_dialect(sdk: openai.OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(model=GPT, messages=ASK, seed=7)
    assert "x-tidegate-dropped-params" not in raw.headers
