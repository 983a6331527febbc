"""Mistral's API, by the official SDK's types.

The SDK has each type twice. The dictionaries are the stricter ones: the models take words that they do
not know, so that newer answers can be read. But the dictionaries have Python's names for members such
as `schema`, which the models spell as the wire does.
"""

import functools
import json
from typing import Any

from mistralai.client import models

from .strict import Strict


def on_the_wire(dictionary: str, member: str) -> str:
    model = getattr(models, dictionary.removesuffix("TypedDict"), None)
    field = model.model_fields.get(member) if model else None
    return (field and field.alias) or member


@functools.cache
def types(name: str) -> Strict:
    return Strict(getattr(models, name), renamed=on_the_wire)


def chat(kind: str, path: str, body: dict[str, Any]) -> None:
    types("ChatCompletionRequestTypedDict").judge(json.dumps(body).encode())


def embeddings(kind: str, path: str, body: dict[str, Any]) -> None:
    types("EmbeddingRequestTypedDict").judge(json.dumps(body).encode())
