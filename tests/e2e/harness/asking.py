"""The ways of asking with the official SDK, sync and async: all give `Said`, or `Raised`."""

import asyncio
from collections.abc import Callable
from typing import Any

import openai

from . import said
from .cases import Case
from .said import Raised, Said

Answer = Said | Raised
Ask = Callable[[str, str, Case], Answer]
WITH_USAGE = {"include_usage": True}


def client_options(base_url: str, key: str) -> dict[str, Any]:
    return {"base_url": base_url, "api_key": key, "max_retries": 0, "timeout": 30}


def create(base_url: str, key: str, case: Case) -> Answer:
    with openai.OpenAI(**client_options(base_url, key)) as client:
        return said.whole(client.chat.completions.create(**case))


def stream(base_url: str, key: str, case: Case) -> Answer:
    with openai.OpenAI(**client_options(base_url, key)) as client:
        chunks = client.chat.completions.create(**case, stream=True, stream_options=WITH_USAGE)
        return said.streamed(list(chunks))


def accumulate(base_url: str, key: str, case: Case) -> Answer:
    """With the SDK's helper, which puts the message together and checks it on the way."""
    with openai.OpenAI(**client_options(base_url, key)) as client:
        try:
            with client.chat.completions.stream(**case, stream_options=WITH_USAGE) as events:
                return said.whole(events.get_final_completion())
        except (openai.LengthFinishReasonError, ValueError) as error:
            return Raised(type(error).__name__)


def create_async(base_url: str, key: str, case: Case) -> Answer:
    async def ask() -> Answer:
        async with openai.AsyncOpenAI(**client_options(base_url, key)) as client:
            return said.whole(await client.chat.completions.create(**case))

    return asyncio.run(ask())


def stream_async(base_url: str, key: str, case: Case) -> Answer:
    async def ask() -> Answer:
        async with openai.AsyncOpenAI(**client_options(base_url, key)) as client:
            chunks = await client.chat.completions.create(
                **case, stream=True, stream_options=WITH_USAGE
            )
            return said.streamed([chunk async for chunk in chunks])

    return asyncio.run(ask())


def accumulate_async(base_url: str, key: str, case: Case) -> Answer:
    async def ask() -> Answer:
        async with openai.AsyncOpenAI(**client_options(base_url, key)) as client:
            helper = client.chat.completions.stream(**case, stream_options=WITH_USAGE)
            async with helper as events:
                return said.whole(await events.get_final_completion())

    try:
        return asyncio.run(ask())
    except (openai.LengthFinishReasonError, ValueError) as error:
        return Raised(type(error).__name__)


WAYS: dict[str, Ask] = {
    "create": create,
    "stream": stream,
    "accumulate": accumulate,
    "async create": create_async,
    "async stream": stream_async,
    "async accumulate": accumulate_async,
}
