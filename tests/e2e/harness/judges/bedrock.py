"""Bedrock's Converse, by botocore's model of the service.

botocore's own check of parameters finds unknown members, wrong types and missing members, and leaves
to the server what the same model says about enumerations, patterns and upper limits; these are read
from it here. Bytes travel as base64, and are undone before botocore looks.
"""

import base64
import binascii
import functools
import json
import re
from typing import Any, Literal
from urllib.parse import unquote

import botocore.session
import pydantic
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from . import cohere
from .strict import Refused, Strict


@functools.cache
def operation(name: str) -> OperationModel:
    return botocore.session.Session().get_service_model("bedrock-runtime").operation_model(name)


def converse(kind: str, path: str, body: dict[str, Any]) -> None:
    found = re.fullmatch(r"/model/([^/]+)/converse(-stream)?", path)
    if not found:
        raise Refused(f"{path} is no path of Converse")
    shape = operation("ConverseStream" if found[2] else "Converse").input_shape
    parameters = {**undone(body, shape), "modelId": unquote(found[1])}
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise Refused(report.generate_report())
    limits(parameters, shape, "body")


class TitanEmbedding(pydantic.BaseModel):
    """After docs.aws.amazon.com, "Amazon Titan Text Embeddings" (2026-11-21)."""

    input_text: str = pydantic.Field(alias="inputText")
    dimensions: Literal[256, 512, 1024] | None = None
    normalize: bool | None = None
    embedding_types: list[Literal["float", "binary"]] | None = pydantic.Field(
        None, alias="embeddingTypes"
    )


def invoke(kind: str, path: str, body: dict[str, Any]) -> None:
    """The service's model knows nothing of these bodies: what a model takes is its maker's to say.
    Cohere's SDK does; for Titan there is nothing, and the type here is ours."""
    model = unquote(path.split("/")[2])
    if "cohere." in model:
        cohere.embed(kind, path, {"model": model, **body})
    else:
        titan().judge(json.dumps(body).encode())


@functools.cache
def titan() -> Strict:
    return Strict(TitanEmbedding)


def undone(value: Any, shape: Shape) -> Any:
    """The value as botocore's users write it."""
    if shape.type_name == "structure" and isinstance(value, dict):
        known = shape.members
        return {k: undone(v, known[k]) if k in known else v for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [undone(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: undone(item, shape.value) for key, item in value.items()}
    if shape.type_name == "blob":
        return decoded(value)
    return value


def decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError) as error:
        raise Refused(f"bytes are base64: {error}") from None


def limits(value: Any, shape: Shape, name: str) -> None:
    """What the model says and botocore does not check."""
    said = shape.metadata
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(value, dict) and shape.type_name == "structure":
        for key, item in value.items():
            limits(item, shape.members[key], f"{name}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            limits(item, shape.member, f"{name}[{index}]")
    elif isinstance(value, dict) and shape.type_name == "map":
        for key, item in value.items():
            limits(key, shape.key, f"{name} (key)")
            limits(item, shape.value, f"{name}.{key}")
    if shape.type_name == "string":
        if (words := getattr(shape, "enum", None)) and value not in words:
            raise Refused(f"{name} is one of {words}, not {value!r}")
        if (pattern := said.get("pattern")) and not re.search(python(pattern), value):
            raise Refused(f"{name} does not match {pattern}: {value!r}")
    if (most := said.get("max")) is not None and size(value) > most:
        raise Refused(f"{name} is more than {most}: {size(value)}")


def python(pattern: str) -> str:
    """botocore's patterns, whole values; the few of Java's words in them that Python lacks."""
    return rf"\A(?:{pattern})\Z".replace(r"\p{Z}", r"\s")


def size(value: Any) -> float:
    return value if isinstance(value, int | float) else len(value)
