"""Errors raise the same exceptions of the SDK as they do without a gateway."""

import asyncio

import openai
import pytest

from harness.cases import function, user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT, KEY, NARROW_KEY, PROVIDER_KEYS
from harness.simulator import Simulator

PROVIDERS = {"openai": GPT, "claude": CLAUDE}
BOTH = pytest.mark.parametrize("provider", PROVIDERS)
STATUSES = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    413: openai.APIStatusError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    529: openai.InternalServerError,
}
ASK = [user("say one two six ten one two six ten")]
# Paced, so that what comes before the error has left before the error comes: in one piece, the
# gateway would see the error first and answer with a status.
BROKEN = {"error_after": 5, "pause_between_events_ms": 10}


@BOTH
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_providers_error_raises_the_class_of_its_status(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], status: int, stream: bool, provider: str
) -> None:
    error = {"message": "The tide is out."}
    simulators[provider].script({"status": status, "error": error})
    with pytest.raises(STATUSES[status]) as raised:
        sdk.chat.completions.create(model=PROVIDERS[provider], messages=ASK, stream=stream)
    assert raised.value.status_code == usual(status, provider)
    if status != 401:  # What a provider says of the gateway's own key is not for clients.
        assert "The tide is out." in raised.value.message
    assert isinstance(raised.value.type, str)


def usual(status: int, provider: str) -> int:
    """529 is Anthropic's own; of others it becomes 503."""
    return 503 if (status, provider) == (529, "openai") else status


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {401, 529}))
def test_an_openai_error_is_what_it_is_directly(
    sdk: openai.OpenAI, openai_simulator: Simulator, status: int
) -> None:
    """Class, message, type, code and param."""
    direct = openai.OpenAI(
        base_url=openai_simulator.base_url, api_key=PROVIDER_KEYS["openai"], max_retries=0
    )
    openai_simulator.script({"status": status}, {"status": status})
    assert told(sdk) == told(direct)


def told(client: openai.OpenAI) -> tuple:
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model=GPT, messages=ASK)
    error = raised.value
    return type(error), error.status_code, error.message, error.type, error.code, error.param


@BOTH
def test_an_error_in_the_middle_of_a_stream_raises_after_what_came_before(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], provider: str
) -> None:
    simulators[provider].script({**BROKEN, "error": {"message": "The tide is out."}})
    chunks = sdk.chat.completions.create(model=PROVIDERS[provider], messages=ASK, stream=True)
    seen = []
    with pytest.raises(openai.APIError, match="The tide is out.") as raised:
        seen.extend(chunks)
    assert not isinstance(raised.value, openai.APIStatusError)


@BOTH
def test_an_error_in_the_middle_raises_asynchronously_too(
    gateway: Gateway, simulators: dict[str, Simulator], provider: str
) -> None:
    simulators[provider].script({**BROKEN, "error": {"message": "The tide is out."}})

    async def ask() -> None:
        async with gateway.async_sdk() as client:
            chunks = await client.chat.completions.create(
                model=PROVIDERS[provider], messages=ASK, stream=True
            )
            async for _ in chunks:
                pass

    with pytest.raises(openai.APIError, match="The tide is out."):
        asyncio.run(ask())


@BOTH
def test_what_came_before_an_error_in_the_middle_is_not_lost(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], provider: str
) -> None:
    simulators[provider].script(BROKEN)
    chunks = sdk.chat.completions.create(model=PROVIDERS[provider], messages=ASK, stream=True)
    text = ""
    with pytest.raises(openai.APIError):
        for chunk in chunks:
            text += chunk.choices[0].delta.content or ""
    assert text.startswith("one two")


def test_a_wrong_key_raises_authentication_error(gateway: Gateway) -> None:
    with gateway.sdk(key="sk-wrong") as client, pytest.raises(openai.AuthenticationError) as raised:
        client.chat.completions.create(model=GPT, messages=ASK)
    assert raised.value.code == "invalid_api_key"


def test_a_model_that_the_key_may_not_use_raises_permission_denied(gateway: Gateway) -> None:
    with (
        gateway.sdk(key=NARROW_KEY) as client,
        pytest.raises(openai.PermissionDeniedError) as raised,
    ):
        client.chat.completions.create(model=CLAUDE, messages=ASK)
    assert raised.value.param == "model"


def test_an_unknown_model_raises_not_found(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        sdk.chat.completions.create(model="gpt-0", messages=ASK)
    assert raised.value.code == "model_not_found"


@BOTH
def test_a_malformed_request_raises_bad_request_that_names_the_field(
    sdk: openai.OpenAI, provider: str
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        sdk.chat.completions.create(
            model=PROVIDERS[provider],
            messages=[{"role": "tool", "content": "a result without the id of a call"}],
        )
    assert "messages" in (raised.value.param or "") + raised.value.message


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 2), ("logprobs", True), ("modalities", ["text", "audio"])],
)
def test_what_a_provider_cannot_do_is_refused_and_not_dropped(
    sdk: openai.OpenAI, claude_simulator: Simulator, field: str, value: object
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        sdk.chat.completions.create(model=CLAUDE, messages=ASK, **{field: value})
    assert raised.value.param == field
    assert claude_simulator.requests() == []


def test_a_tool_that_is_no_function_is_refused_by_name(sdk: openai.OpenAI) -> None:
    tools = [function("fine"), {"type": "custom", "custom": {"name": "odd"}}]
    with pytest.raises(openai.BadRequestError) as raised:
        sdk.chat.completions.create(model=CLAUDE, messages=ASK, tools=tools)
    assert "tools[1]" in (raised.value.param or "")


def test_the_sdks_own_retry_obeys_the_providers_hint(
    gateway: Gateway, openai_simulator: Simulator
) -> None:
    openai_simulator.script({"status": 429, "headers": {"retry-after-ms": "20"}})
    with gateway.sdk(max_retries=1) as client:
        completion = client.chat.completions.create(model=GPT, messages=ASK)
    assert completion.choices[0].message.content == "one two six ten one two six ten"
    assert len(openai_simulator.requests()) == 2


def test_the_sdk_finds_the_request_id_in_an_error(gateway: Gateway) -> None:
    with gateway.sdk(key=KEY) as client, pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-0", messages=ASK)
    assert raised.value.response.headers["x-tidegate-request-id"].startswith("req_")
