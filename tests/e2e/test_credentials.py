"""Credentials that Envoy gets and shows by itself, behind the filter: signatures, tokens, files."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from harness import settings, sigv4
from harness.cases import user
from harness.settings import CANARY
from harness.upstream import Upstream, document

ACCESS_KEY = f"AKIA{CANARY}EXAMPLE"
SECRET_KEY = f"{CANARY}/secret+key"
CLIENT_SECRET = f"{CANARY}-client-secret-9f"
AWS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
ID = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{ID}"
GPT_OSS = "openai.gpt-oss-120b-1:0"
PATHS = {
    ID: "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
    ARN: "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F"
    "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
    GPT_OSS: "/openai/v1/chat/completions",
}


@pytest.fixture
def server() -> Iterator[Upstream]:
    running = Upstream()
    yield running
    running.stop()


def ask(gateway: Any, model: str, **more: Any) -> httpx.Response:
    with gateway.http() as client:
        body = {"model": model, "messages": [user("Hello")], **more}
        return client.post("/v1/chat/completions", json=body)


def authorizations(server: Upstream) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


@pytest.mark.parametrize("model", [ID, ARN, GPT_OSS], ids=["an id", "an ARN", "OpenAI's route"])
def test_envoy_signs_what_the_filter_has_written(
    start: Callable, server: Upstream, model: str
) -> None:
    bedrock = {
        "kind": "bedrock",
        "region": "eu-west-3",
        "base_url": server.url,
        "auth": {"aws": {}},
    }
    server.answer = document(json.dumps(CHAT if model is GPT_OSS else CONVERSE).encode())
    own = settings.small({"signed": bedrock}, {"m": {"provider": "signed", "model": model}})
    gateway = start(own, env={**settings.environment(), **AWS})
    # More than one read of Envoy's, so that the signature waits for the body.
    answer = ask(gateway, "m", messages=[user("ü" * 200_000)])
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "Hello"
    sent = server.requests[-1]
    assert sent.path == PATHS[model]
    assert "ü" in sent.body.decode()
    signed = sigv4.read(sent, ACCESS_KEY, SECRET_KEY)
    assert signed.is_right, signed
    assert (signed.key, signed.region, signed.service) == (ACCESS_KEY, "eu-west-3", "bedrock")
    assert {"host", "x-amz-date", "x-amz-content-sha256"} <= signed.headers


def test_a_refused_signature_is_left_for_the_next_provider(
    start: Callable, server: Upstream, openai_simulator: Any
) -> None:
    refusal = b'{"message":"The security token included in the request is invalid."}'
    server.answer = document(
        refusal, b"x-amzn-errortype: UnrecognizedClientException", status=b"403 Forbidden"
    )
    bedrock = {
        "kind": "bedrock",
        "region": "us-east-1",
        "base_url": server.url,
        "auth": {"aws": {}},
    }
    providers = {"signed": bedrock, "openai": settings.provider(openai_simulator, "openai")}
    targets = [{"provider": "signed", "model": ID}, settings.target("openai")]
    models = {"m": {"targets": targets}, "alone": {"provider": "signed", "model": ID}}
    gateway = start(settings.small(providers, models), env={**settings.environment(), **AWS})
    answer = ask(gateway, "m")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-tidegate-provider"] == "openai"
    alone = ask(gateway, "alone")
    assert alone.status_code == 403
    assert alone.json()["error"]["code"] == "invalid_api_key"


class Tokens:
    """An authorization server, as far as the client credentials grant goes."""

    def __init__(self) -> None:
        self.lifetime = 3600
        self.given: list[str] = []
        self.asked: list[dict[str, list[str]]] = []
        self._lock = threading.Lock()
        self.server = Upstream()
        self.server.answer = self._answer

    def _answer(self, connection: Any) -> None:
        request = self.server.requests[-1]
        form = parse_qs(request.body.decode())
        known = (form["client_id"], form["client_secret"]) == (["gateway"], [CLIENT_SECRET])
        if not known:
            return document(b'{"error":"invalid_client"}', status=b"401 No")(connection)
        with self._lock:
            token = f"{CANARY}-token-{len(self.given)}"
            self.given.append(token)
            self.asked.append(form)
        body = {"access_token": token, "token_type": "bearer", "expires_in": self.lifetime}
        return document(json.dumps(body).encode())(connection)


def test_envoy_gets_tokens_for_a_clients_secret(start: Callable, server: Upstream) -> None:
    tokens = Tokens()
    tokens.lifetime = 3
    oauth2 = {
        "token_url": f"{tokens.server.url}/tenant/oauth2/v2.0/token",
        "client_id": "gateway",
        "client_secret": "${E2E_CLIENT_SECRET}",
        "scopes": ["https://cognitiveservices.azure.com/.default"],
        "parameters": {"audience": "models"},
    }
    entra = {
        "kind": "openai_compatible",
        "base_url": f"{server.url}/v1",
        "auth": {"oauth2": oauth2},
    }
    server.answer = document(json.dumps(CHAT).encode())
    own = settings.small({"entra": entra}, {"m": {"provider": "entra"}})
    secret = {"E2E_CLIENT_SECRET": CLIENT_SECRET}
    gateway = start(own, env={**settings.environment(), **secret})
    assert until(lambda: tokens.given), "Envoy asks for a token by itself"
    assert until(lambda: ask(gateway, "m") and bearers(server)), authorizations(server)
    assert bearers(server)[-1] in tokens.given
    form = tokens.asked[0]
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["https://cognitiveservices.azure.com/.default"]
    assert form["audience"] == ["models"]
    assert tokens.server.requests[0].path == "/tenant/oauth2/v2.0/token"

    # Tokens are got anew before they expire.
    first = bearers(server)[-1]
    assert until(lambda: ask(gateway, "m") and bearers(server)[-1] != first)
    tokens.server.stop()


def bearers(server: Upstream) -> list[str]:
    """The tokens that the provider has been shown."""
    shown = [value or "" for value in authorizations(server)]
    return [value.removeprefix("Bearer ") for value in shown if value.startswith("Bearer ")]


def test_a_token_that_something_else_writes_is_read_anew(
    start: Callable, server: Upstream, tmp_path: Path
) -> None:
    file = tmp_path / "tokens" / "token"
    file.parent.mkdir()
    file.write_text(f"{CANARY}-first\n")
    vertex = {
        "kind": "openai_compatible",
        "base_url": f"{server.url}/v1",
        "auth": {"token_file": str(file)},
    }
    server.answer = document(json.dumps(CHAT).encode())
    own = settings.small({"vertex": vertex}, {"m": {"provider": "vertex"}})
    gateway = start(own)
    assert ask(gateway, "m").status_code == 200
    assert bearers(server)[-1] == f"{CANARY}-first"
    for number in range(3):
        replace(file, f"{CANARY}-{number}")
        assert until(lambda: ask(gateway, "m") and bearers(server)[-1] == file.read_text())
    assert gateway.vm_failures() == {}


def replace(file: Path, text: str) -> None:
    """As an agent does it: a reader sees the old token or the new one."""
    new = file.with_name(".new")
    new.write_text(text)
    new.rename(file)


def until(condition: Callable[[], Any], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_token_file_that_is_not_there_is_said_before_envoy_starts(
    start: Callable, tmp_path: Path
) -> None:
    missing = tmp_path / "nowhere" / "token"
    provider = {
        "kind": "openai_compatible",
        "base_url": "http://127.0.0.1:9/v1",
        "auth": {"token_file": str(missing)},
    }
    own = settings.small({"vertex": provider}, {"m": {"provider": "vertex"}})
    with pytest.raises(RuntimeError, match="providers.vertex.auth.token_file: there is no file"):
        start(own)
