"""The judges judge: each takes a good request, and refuses it with any one member spoilt.

A judge made of an SDK's types could take everything without anybody's noticing, as unions do that have
`Any` among them.
"""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.genai import models as genai_models

from harness import judges
from harness.judges.gemini import GenerateContent, GenerationConfig
from harness.judges.samples import SAMPLES, Sample

Steps = tuple[str | int, ...]
EACH = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.judge)


def takes(sample: Sample, body: Any) -> bool:
    try:
        judges.judge(sample.kind, sample.path, json.dumps(body).encode())
    except judges.Refused as refused:
        assert str(refused), "a refusal says why"
        return False
    return True


@EACH
def test_a_good_request_is_taken(sample: Sample) -> None:
    judges.judge(sample.kind, sample.path, json.dumps(sample.body).encode())
    assert judges.find(sample.kind, sample.path) == sample.judge


@EACH
def test_a_member_that_nobody_knows_is_refused_wherever_it_is(sample: Sample) -> None:
    objects = [s for s, value in walk(sample, sample.body) if isinstance(value, dict)]
    taken = [s for s in [(), *objects] if takes(sample, spoilt(sample.body, (*s, "mispelt"), 1))]
    loose = [s for s in taken if s and s[-1] in sample.loose]
    assert taken == loose, "a member that does not exist is taken"
    assert objects or len(sample.body) < 6


@EACH
def test_a_value_of_another_type_is_refused_wherever_it_is(sample: Sample) -> None:
    leaves = [s for s, value in walk(sample, sample.body) if not isinstance(value, dict | list)]
    for steps in leaves:
        if sample.loose.isdisjoint(steps):
            spoiled = spoilt(sample.body, steps, {"wrong": ["type"]})
            assert not takes(sample, spoiled), f"{steps} may be an object"
            other = 7.5 if isinstance(value_at(sample.body, steps), str | bool) else "text"
            spoiled = spoilt(sample.body, steps, other)
            assert not takes(sample, spoiled), f"{steps} may be {other!r}"


@EACH
def test_a_required_member_is_missed(sample: Sample) -> None:
    assert sample.required
    for path in sample.required:
        steps = tuple(int(step) if step.isdigit() else step for step in path.split("."))
        body = copy.deepcopy(sample.body)
        del value_at(body, steps[:-1])[steps[-1]]
        assert not takes(sample, body), f"{path} may be missing"


def test_every_judge_has_a_sample() -> None:
    assert {judged.judge for judged in judges.JUDGES} == {sample.judge for sample in SAMPLES}


def test_a_path_that_nobody_judges_is_refused() -> None:
    with pytest.raises(judges.Refused, match="no judge"):
        judges.judge("openai", "/v1/nothing", b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1}'])
@EACH
def test_what_is_no_request_is_refused(sample: Sample, body: bytes) -> None:
    with pytest.raises(judges.Refused):
        judges.judge(sample.kind, sample.path, body)


def test_geminis_body_has_the_members_that_its_sdk_writes() -> None:
    """The SDK has no type of the whole body; its functions write it member by member."""
    top, config = set(), set()
    for platform in ("mldev", "vertex"):
        source = inspect.getsource(getattr(genai_models, f"_GenerateContentConfig_to_{platform}"))
        top |= set(re.findall(r"setv\(\s*parent_object,\s*\['(\w+)'", source))
        config |= set(re.findall(r"setv\(\s*to_object,\s*\['(\w+)'", source))
    # These two are of features that the gateway has not: refused is right.
    assert top - names(GenerateContent) == {"outputConfig"}
    assert config <= names(GenerationConfig)
    assert names(GenerateContent) - top == {"contents", "generationConfig"}


def names(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def walk(sample: Sample, value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """All values below this one, but those that are the user's own."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in members:
        if key in sample.free:
            continue
        yield (*steps, key), item
        if isinstance(item, dict | list):
            yield from walk(sample, item, (*steps, key))


def value_at(body: Any, steps: Steps) -> Any:
    for step in steps:
        body = body[step]
    return body


def spoilt(body: Any, steps: Steps, value: Any) -> Any:
    body = copy.deepcopy(body)
    value_at(body, steps[:-1])[steps[-1]] = value
    return body
