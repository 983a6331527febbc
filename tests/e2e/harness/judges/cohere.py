"""Cohere's v2 API, by the official SDK: its methods have one parameter for each member of the body."""

import functools
import inspect
import json
from typing import Any, get_type_hints

import pydantic
from cohere.v2.client import V2Client

from .strict import Strict

# Parameters of the methods that are no members of the body.
FOR_PYTHON = {"self", "request_options", "return"}


@functools.cache
def types(method: str, **added: Any) -> Strict:
    function = getattr(V2Client, method)
    hints = get_type_hints(function)
    members = {
        name: (hints[name], ... if parameter.default is inspect.Parameter.empty else None)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in FOR_PYTHON
    }
    return Strict(pydantic.create_model(method, **members, **added))


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    # The SDK has two methods, and says itself which of them it is.
    types("chat", stream=(bool, None)).judge(json.dumps(body).encode())


def embed(kind: str, path: str, body: dict[str, Any]) -> None:
    types("embed").judge(json.dumps(body).encode())
