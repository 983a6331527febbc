"""Embeddings: vectors come in the encoding that was asked for, whatever the provider can do."""

import base64
import json
import struct
from collections.abc import Iterator

import openai
import pytest

from harness import settings
from harness.gateway import Gateway
from harness.upstream import Upstream, document

VECTORS = [[0.25, -0.5, 1.0], [0.125, 0.0, -2.0]]
MODELS = {"numbers": "qwen", "both": "openai"}


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def gateway(server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    def provider(kind: str, path: str) -> dict[str, str]:
        return {"kind": kind, "base_url": server.url + path, "api_key": "${E2E_OPENAI_KEY}"}

    providers = {
        "qwen": provider("qwen", "/v1"),
        "openai": provider("openai", "/v1"),
        "claude": provider("anthropic", ""),
    }
    models = {name: {"provider": kind} for name, kind in MODELS.items()}
    models["wordy"] = {"provider": "claude"}
    own = settings.small(providers, models)
    running = Gateway(own, tmp_path_factory.mktemp("embeddings"), "--concurrency", "1")
    yield running
    assert running.vm_failures() == {}
    running.stop()


def encoded(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def answer(vectors: list[list[float]] | list[str]) -> bytes:
    data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return json.dumps({"object": "list", "data": data, "model": "e-1", "usage": usage}).encode()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("told", ["numbers", "base64"])
def test_the_sdk_gets_its_vectors(
    gateway: Gateway, server: Upstream, model: str, told: str
) -> None:
    server.answer = document(answer(VECTORS if told == "numbers" else list(map(encoded, VECTORS))))
    found = gateway.sdk().embeddings.create(model=model, input=["a", "b"], dimensions=3)
    assert [item.embedding for item in found.data] == VECTORS
    assert (found.model, found.usage.prompt_tokens) == ("e-1", 7)
    sent = json.loads(server.requests[-1].body)
    # The SDK asks for base64 of its own accord; a vendor that has none is not asked for it.
    expected = {"input": ["a", "b"], "model": model, "dimensions": 3}
    if model == "both":
        expected["encoding_format"] = "base64"
    assert sent == expected
    assert server.requests[-1].path == "/v1/embeddings"


@pytest.mark.parametrize("told", [VECTORS, list(map(encoded, VECTORS))], ids=["numbers", "base64"])
@pytest.mark.parametrize("wanted", ["float", "base64", None])
def test_the_encoding_is_the_one_that_was_asked_for(
    gateway: Gateway, server: Upstream, told: list, wanted: str | None
) -> None:
    server.answer = document(answer(told))
    body = {"model": "both", "input": "a"} | ({"encoding_format": wanted} if wanted else {})
    with gateway.http() as client:
        found = client.post("/v1/embeddings", json=body).raise_for_status()
    expected = list(map(encoded, VECTORS)) if wanted == "base64" else VECTORS
    assert [item["embedding"] for item in found.json()["data"]] == expected
    log = gateway.log_of(found.headers["x-tidegate-request-id"])
    assert (log["endpoint"], log["tokens"]["input"]) == ("embeddings", 7)


def test_three_megabytes_of_vectors_pass(gateway: Gateway, server: Upstream) -> None:
    many = [[(i * j % 997) / 997 for j in range(1536)] for i in range(1, 97)]
    server.answer = document(answer(many))
    found = gateway.sdk().embeddings.create(model="both", input=["a"] * 96)
    assert len(found.data) == 96
    assert found.data[95].embedding == pytest.approx(many[95], rel=1e-6)


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"model": "both"}, 400, "input"),
        ({"model": "both", "input": "a", "encoding_format": "hex"}, 400, "encoding_format"),
        ({"input": "a"}, 400, "model"),
        ({"model": "nobody", "input": "a"}, 404, "model"),
        ({"model": "wordy", "input": "a"}, 400, "model"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_name(
    gateway: Gateway, server: Upstream, body: dict, status: int, param: str
) -> None:
    server.answer = document(
        b'{"error":{"message":"Missing required parameter: \'input\'.","type":"invalid_request_error",'
        b'"param":"input","code":"missing_required_parameter"}}',
        status=b"400 Bad Request",
    )
    with gateway.http() as client:
        found = client.post("/v1/embeddings", json=body)
    assert (found.status_code, found.json()["error"]["param"]) == (status, param)


def test_a_providers_refusal_is_the_sdks_error(gateway: Gateway, server: Upstream) -> None:
    server.answer = document(
        b'{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
        b"retry-after: 7",
        status=b"429 Too Many Requests",
    )
    with pytest.raises(openai.RateLimitError) as raised:
        gateway.sdk().embeddings.create(model="both", input="a")
    assert raised.value.code == "rate_limit_exceeded"
    assert raised.value.response.headers["retry-after"] == "7"
