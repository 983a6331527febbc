"""However a provider's bytes are cut on their way, the client gets the same."""

import httpx
import openai
import pytest

from harness import events, said
from harness.cases import CASES
from harness.settings import CLAUDE, GPT
from harness.simulator import Simulator, Step

PROVIDERS = {"openai": GPT, "claude": CLAUDE}
BOTH = pytest.mark.parametrize("provider", PROVIDERS)
NAMES = ["unicode", "parallel tools", "text before a tool call", "a schema"]
CUTS: dict[str, Step] = {
    **{f"{size} bytes": {"chunk_bytes": size} for size in (1, 2, 3, 7, 64)},
    "1 byte at a time, slowly": {"chunk_bytes": 29, "chunk_pause_ms": 1},
    "CR LF": {"crlf": True},
    "CR LF, 1 byte": {"crlf": True, "chunk_bytes": 1},
    "CR LF, 3 bytes": {"crlf": True, "chunk_bytes": 3},
}


def streamed(sdk: openai.OpenAI, model: str, name: str) -> said.Said:
    asked = {**CASES[name], "stream_options": {"include_usage": True}}
    return said.streamed(list(sdk.chat.completions.create(model=model, stream=True, **asked)))


@BOTH
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_stream_is_the_same_however_it_is_cut(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], name: str, cut: str, provider: str
) -> None:
    whole = streamed(sdk, PROVIDERS[provider], name)
    simulators[provider].script(CUTS[cut])
    assert streamed(sdk, PROVIDERS[provider], name) == whole


@BOTH
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_whole_answer_is_the_same_however_it_is_cut(
    sdk: openai.OpenAI, simulators: dict[str, Simulator], size: int, provider: str
) -> None:
    case = {"model": PROVIDERS[provider], **CASES["unicode"]}
    whole = said.whole(sdk.chat.completions.create(**case))
    simulators[provider].script({"chunk_bytes": size})
    assert said.whole(sdk.chat.completions.create(**case)) == whole


@BOTH
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_an_error_is_the_same_however_it_is_cut(
    http: httpx.Client, simulators: dict[str, Simulator], size: int, provider: str
) -> None:
    asked = CASES["a long answer"]["messages"]
    failure = {"error_after": 9, "pause_between_events_ms": 5, "error": {"message": "Grüße 世界"}}
    simulators[provider].script(failure, {**failure, "chunk_bytes": size})
    whole, cut = (events.ask(http, PROVIDERS[provider], asked) for _ in range(2))
    assert cut.text == whole.text != ""
    assert cut.errors == whole.errors and len(cut.errors) == 1
    assert not cut.done and cut.broken is None


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_same_dialect_passes_byte_for_byte(
    http: httpx.Client, openai_simulator: Simulator, size: int
) -> None:
    """All but what we have asked for beyond the client: the usage."""
    body = {"model": GPT, "stream": True, **CASES["unicode"]}
    body["stream_options"] = {"include_usage": True, "include_obfuscation": False}
    key = {"authorization": f"Bearer {openai_simulator.api_key}"}
    url = f"{openai_simulator.base_url}/chat/completions"
    direct = httpx.post(url, json=body, headers=key, trust_env=False).content
    openai_simulator.script({"chunk_bytes": size})
    through = http.post("/v1/chat/completions", json=body).content
    assert without_ids(through) == without_ids(direct)


def without_ids(stream: bytes) -> list[bytes]:
    """The simulator numbers its answers, and says when they were made."""
    return [b",".join(sorted(p for p in line.split(b",") if not volatile(p))) for line in stream.split(b"\n")]


def volatile(part: bytes) -> bool:
    return b'"id":"chatcmpl' in part or b'"created":' in part
