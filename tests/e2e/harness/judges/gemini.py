"""Gemini's `generateContent`, by the official SDK's types.

The SDK has a type for each member of the body and none for the body itself, which its functions put
together; the members' names here are those that these functions write, and a test compares them.
"""

import functools
import json
from typing import Any

import pydantic
from google.genai import types as genai

from .strict import Strict

CAMEL = pydantic.ConfigDict(alias_generator=pydantic.alias_generators.to_camel)


class GenerationConfig(genai.GenerationConfig):
    """The SDK writes these beside the members of its type of this name."""

    image_config: genai.ImageConfig | None = None
    model_config_: genai.ModelSelectionConfig | None = pydantic.Field(None, alias="modelConfig")


class GenerateContent(pydantic.BaseModel):
    model_config = CAMEL

    contents: list[genai.Content] = pydantic.Field(min_length=1)
    system_instruction: genai.Content | None = None
    generation_config: GenerationConfig | None = None
    tools: list[genai.Tool] | None = None
    tool_config: genai.ToolConfig | None = None
    safety_settings: list[genai.SafetySetting] | None = None
    cached_content: str | None = None
    continuation_token: str | None = None
    labels: dict[str, str] | None = None
    service_tier: genai.ServiceTier | None = None
    store: bool | None = None
    model_armor_config: genai.ModelArmorConfig | None = None


class EmbedContent(pydantic.BaseModel):
    model_config = CAMEL

    model: str
    content: genai.Content
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: int | None = None


class BatchEmbedContents(pydantic.BaseModel):
    requests: list[EmbedContent] = pydantic.Field(min_length=1)


@functools.cache
def types(kind: Any) -> Strict:
    return Strict(kind)


def generate_content(kind: str, path: str, body: dict[str, Any]) -> None:
    types(GenerateContent).judge(json.dumps(body).encode())


def batch_embed_contents(kind: str, path: str, body: dict[str, Any]) -> None:
    types(BatchEmbedContents).judge(json.dumps(body).encode())
