"""Anthropic's Messages API, by the official SDK's parameters.

SDK 2 types the API's version 2026-10-21. The filter asks for 2023-06-01, which has three members more
(wire-facts §3a, docs.anthropic.com on 2026-11-21); they are judged here.
"""

import functools
import json
from typing import Any

import pydantic
from anthropic.types.beta.message_create_params import (
    MessageCreateParams as BetaMessageCreateParams,
)
from anthropic.types.message_create_params import MessageCreateParams

from .strict import Refused, Strict

# The SDK types the first level of a tool's schema, and says that there may be more.
SCHEMAS = {("ToolParam", "input_schema"): dict[str, Any]}


class Sampling(pydantic.BaseModel):
    """What 2026-10-21 has no more."""

    temperature: float | None = pydantic.Field(None, ge=0, le=1)
    top_p: float | None = pydantic.Field(None, ge=0, le=1)
    top_k: int | None = pydantic.Field(None, ge=0)


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind, retyped=SCHEMAS)


def messages(kind: str, path: str, body: dict[str, Any]) -> None:
    older = {name: body[name] for name in Sampling.model_fields if name in body}
    newer = {name: value for name, value in body.items() if name not in older}
    types(Sampling).judge(json.dumps(older).encode())
    taken(json.dumps(newer).encode())


def taken(body: bytes) -> None:
    """What the SDK types as a beta feature is taken too: the filter asks for it in a header."""
    try:
        types(MessageCreateParams).judge(body)
    except Refused as refused:
        try:
            types(BetaMessageCreateParams).judge(body)
        except Refused:
            raise refused from None
