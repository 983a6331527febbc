"""Every golden request is one that its provider's own model of the API knows; every golden answer is
one that OpenAI's SDK knows.

So are the requests that real providers have taken: a judge that refuses one of them judges wrongly.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness import goldens, judges
from harness.goldens import Sent
from harness.judges import client
from harness.recorded import files, table
from harness.recorded.files import Exchange

# Members that a client of the fixture has put in by itself, in the provider's own words, and that the
# server knows although its SDK does not.
OWN = {
    ("cohere", "own_words"): {"raw_prompting"},
    ("gemini", "own_words_snake_case"): {
        "generationConfig.thinkingConfig.include_thoughts",
        "generationConfig.thinkingConfig.thinking_budget",
    },
    ("ollama_native", "own_fields_at_the_top"): {"options.min_p"},
    ("ollama_native", "own_words"): {"truncate"},
}
SENT = goldens.sent()
ANSWERS = goldens.answers()


def recorded() -> list[Any]:
    found = []
    for path in files.paths():
        source = table.source(path)
        for exchange in files.read(path, source.framing):
            if exchange.request and exchange.status == 200:
                found.append(pytest.param(source.kind, exchange, id=exchange.name))
    return found


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: f"{sent.kind}/{sent.name}")
def test_a_golden_request_is_taken_by_its_judge(sent: Sent) -> None:
    body = json.loads(sent.body)
    for own in OWN.get((sent.kind, sent.name), set()):
        client.remove(body, own.split("."))
    judges.judge(sent.kind, sent.path, json.dumps(body).encode())


def test_every_golden_file_was_read() -> None:
    kinds = {file.parent.parent.name for file in goldens.files()} - {"openai_compatible"}
    assert kinds <= {sent.kind for sent in SENT}
    assert len(SENT) >= 90


@pytest.mark.parametrize(("kind", "exchange"), recorded())
def test_a_request_that_a_provider_has_taken_is_taken_by_its_judge(
    kind: str, exchange: Exchange
) -> None:
    path = urlsplit(exchange.uri).path
    request = camel(exchange.request) if kind in ("gemini", "vertex") else exchange.request
    judges.judge(kind, path, json.dumps(request).encode())


def camel(value: Any) -> Any:
    """Gemini takes snake case too, which the filter does not write and the judge does not take."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {re.sub(r"_(\w)", lambda m: m[1].upper(), k): camel(v) for k, v in value.items()}


@pytest.mark.parametrize("file", ANSWERS, ids=lambda file: f"{file.parent.parent.name}/{file.stem}")
def test_a_golden_answer_is_one_of_openais(file: Path) -> None:
    """A line with what the filter has counted may follow."""
    text = file.read_text()
    if not text.startswith("{"):
        return
    answer, _ = json.JSONDecoder().raw_decode(text)
    vendor = table.vendor_members(file.name.split("-")[0], "message")
    client.completion(json.dumps(answer).encode(), vendor)
