"""Every recorded answer of a real provider reaches the official SDK through a real Envoy without loss.

A server gives the recorded bytes in the provider's own framing; what the SDK has received is compared
with what Python reads from the recording (`harness/recorded/expected`). Everything on the way is judged:
the request that goes up by the provider's own model of its API, and the answer, piece by piece, by the
SDK's models, with members refused that neither OpenAI nor we document.
"""

import contextlib
import functools
import importlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import yaml

from harness import events, goldens, judges, programs, settings
from harness.gateway import Gateway
from harness.judges import client
from harness.recorded import asked, files, received, table
from harness.recorded.files import Exchange
from harness.recorded.frames import Framing
from harness.recorded.said import Embedded, Failed, Said
from harness.recorded.table import Endpoint, Source
from harness.upstream import Answer, Upstream, chunk

Kinds = set[str]

PATHS = files.paths()
pytestmark = pytest.mark.skipif(not PATHS, reason=f"no recordings in {files.FOLDER}")


def exchanges(*endpoints: Endpoint, streamed: bool | None = None) -> list[Any]:
    """Parameters: exchanges of these endpoints; those that must fail for now are marked so."""
    found = []
    for path in PATHS:
        source, reason = table.source(path), table.later(path)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        for exchange in files.read(path, source.framing):
            if source.endpoint in endpoints and streamed in (None, exchange.streamed):
                name = f"{path.parent.name}-{exchange.name}"
                found.append(pytest.param(source, exchange, id=name, marks=marks))
    return found


@functools.cache
def known(kind: str) -> bool:
    """Whether the program knows a kind of provider."""
    refusal = programs.refusal_of(yaml.safe_dump({"providers": {"a": {"kind": kind}}}))
    return "there is no kind" not in refusal


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def replaying(server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway all of whose providers are that server; a model is called like its provider."""
    sources = {name_of(source): source for source in map(table.source, PATHS)}
    sources = {name: source for name, source in sources.items() if known(source.kind)}
    providers = {name: provider(source, server.url) for name, source in sources.items()}
    models = {name: {"provider": name, "model": s.model} for name, s in sources.items()}
    own = settings.small(providers, models)
    running = Gateway(own, tmp_path_factory.mktemp("recorded"), "--concurrency", "1")
    yield running
    assert running.vm_failures() == {}
    running.stop()


def name_of(source: Source) -> str:
    return f"{source.kind}-{source.format}-{source.endpoint.value}"


def provider(source: Source, url: str) -> dict[str, Any]:
    options = {**goldens.options(source.kind), **dict(source.options)}
    key = {"api_key": "${E2E_OPENAI_KEY}"}
    return {"kind": source.kind, "base_url": url + source.base, **key, **options}


# What the server gives


def answer(exchange: Exchange, framing: Framing) -> Answer:
    """The recorded bytes; streams in pieces that know nothing of events."""
    kind = "text/event-stream" if exchange.streamed else "application/json"
    if exchange.streamed and framing is Framing.AWS:
        kind = "application/vnd.amazon.eventstream"
    head = f"HTTP/1.1 {exchange.status} Recorded\r\ncontent-type: {kind}\r\nconnection: close\r\n"
    if not exchange.streamed:
        head += f"content-length: {len(exchange.body)}\r\n\r\n"
        return lambda connection: connection.sendall(head.encode() + exchange.body)
    head += "transfer-encoding: chunked\r\n\r\n"
    pieces = [chunk(exchange.body[at : at + 700]) for at in range(0, len(exchange.body), 700)]
    return lambda connection: send(connection, head.encode() + pieces[0], *pieces[1:], chunk(b""))


def send(connection: socket.socket, opening: bytes, *rest: bytes) -> None:
    """What is there at once may be read at once: with a pause the beginning is on its way alone."""
    connection.sendall(opening)
    time.sleep(0.02)
    connection.sendall(b"".join(rest))


def expected(source: Source, exchange: Exchange) -> Said | Failed:
    module = importlib.import_module(f"harness.recorded.expected.{source.format}")
    read = module.streamed if exchange.streamed else module.whole
    return read(exchange, source.kind)


def request(source: Source, exchange: Exchange, **more: Any) -> dict[str, Any]:
    body = asked.body(exchange, source.format, expected(source, exchange))
    return {**body, "model": name_of(source), **more}


def judge_request(server: Upstream, source: Source) -> None:
    sent = server.requests[-1]
    path = sent.path.removeprefix(source.base)
    judges.judge(source.kind, path, sent.body)


# Ways of asking


def raw(gateway: Gateway, body: dict[str, Any]) -> httpx.Response:
    with gateway.http() as http:
        return http.post("/v1/chat/completions", json=body)


def accumulated(gateway: Gateway, body: dict[str, Any]) -> Said:
    """With the SDK's helper, which puts the chunks together."""
    usual = {"model": body["model"], "messages": body["messages"]}
    rest = {name: value for name, value in body.items() if name not in usual and name != "stream"}
    with gateway.sdk() as sdk:
        helper = sdk.chat.completions.stream(**usual, extra_body=rest)
        with helper as stream:
            # It raises at an end that is none of a finished answer; what it has is there all the same.
            with contextlib.suppress(
                openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError
            ):
                stream.until_done()
            return received.completion(stream.current_completion_snapshot)


# What must be true


def same(got: Said, wanted: Said) -> None:
    if wanted.signatures is None:
        wanted = replace(wanted, signatures=got.signatures)
    assert got == wanted


@pytest.mark.parametrize(("source", "exchange"), exchanges(Endpoint.CHAT, streamed=False))
@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
def test_a_whole_answer(
    replaying: Gateway, server: Upstream, source: Source, exchange: Exchange, streaming: bool
) -> None:
    """A client that asks for a stream gets it made of the whole answer."""
    server.answer = answer(exchange, source.framing)
    wanted = expected(source, exchange)
    if isinstance(wanted, Failed):
        check_error(raw(replaying, request(source, exchange, stream=streaming)), source, wanted)
    elif streaming:
        check_stream(replaying, source, exchange, wanted)
    else:
        body = request(source, exchange)
        with replaying.sdk() as sdk:
            got = sdk.chat.completions.with_raw_response.create(
                model=body["model"], messages=body["messages"], extra_body=body
            )
        client.completion(got.http_response.content, table.vendor_members(source.kind))
        same(received.completion(got.parse()), wanted)
    judge_request(server, source)


@pytest.mark.parametrize(("source", "exchange"), exchanges(Endpoint.CHAT, streamed=True))
def test_a_stream(
    replaying: Gateway, server: Upstream, source: Source, exchange: Exchange
) -> None:
    server.answer = answer(exchange, source.framing)
    wanted = expected(source, exchange)
    if isinstance(wanted, Failed):
        check_failed_stream(replaying, source, exchange, wanted)
    else:
        check_stream(replaying, source, exchange, wanted)
    judge_request(server, source)


def check_stream(gateway: Gateway, source: Source, exchange: Exchange, wanted: Said) -> None:
    body = request(source, exchange, stream=True, stream_options={"include_usage": True})
    wire = stream(gateway, body)
    assert wire.status == 200 and not wire.errors, wire.errors
    assert wire.data.count(events.DONE) == 1 and wire.data[-1] == events.DONE
    for data in wire.data[:-1]:
        client.chunk(data.encode(), table.vendor_members(source.kind, "delta"))
    same(accumulated(gateway, body), wanted)


def check_failed_stream(
    gateway: Gateway, source: Source, exchange: Exchange, wanted: Failed
) -> None:
    """What came before the error has arrived; the error is the last that comes."""
    assert wanted.before is not None
    body = request(source, exchange, stream=True, stream_options={"include_usage": True})
    wire = stream(gateway, body)
    assert wire.text == wanted.before.text
    assert not wire.done
    assert len(wire.errors) == 1, (wire.status, wire.data[-3:])
    [error] = wire.errors
    client.error(json.dumps({"error": error}).encode(), table.vendor_members(source.kind))
    assert error["message"] == wanted.message
    assert wanted.code in (None, error["code"])
    with pytest.raises(openai.APIError, match=wanted.message[:20]):
        accumulated(gateway, body)


def stream(gateway: Gateway, body: dict[str, Any]) -> events.Wire:
    rest = {name: value for name, value in body.items() if name not in ("model", "messages", "stream")}
    with gateway.http() as http:
        return events.ask(http, body["model"], body["messages"], **rest)


def check_error(answer: httpx.Response, source: Source, wanted: Failed) -> None:
    client.error(answer.content, table.vendor_members(source.kind))
    error = answer.json()["error"]
    assert answer.status_code == wanted.status
    assert wanted.message in error["message"]
    assert error["type"] == wanted.kind
    assert wanted.code in (None, error["code"])


@pytest.mark.parametrize(("source", "exchange"), exchanges(Endpoint.EMBEDDINGS))
def test_embeddings(
    replaying: Gateway, server: Upstream, source: Source, exchange: Exchange
) -> None:
    server.answer = answer(exchange, source.framing)
    module = importlib.import_module(f"harness.recorded.expected.{source.format}")
    wanted: Embedded = module.embedded(exchange)
    texts = [f"text {number}" for number in range(len(wanted.vectors))]
    with replaying.sdk() as sdk:
        got = sdk.embeddings.with_raw_response.create(
            model=name_of(source), input=texts, encoding_format="float"
        )
        client.embeddings(got.http_response.content)
        default = sdk.embeddings.create(model=name_of(source), input=texts)
    assert received.vectors(got.parse().data) == wanted.vectors
    assert received.vectors(default.data) == wanted.vectors
    assert wanted.tokens in (None, got.parse().usage.prompt_tokens)
    judge_request(server, source)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name[:4])
def test_every_file_is_somebodys(path: Path) -> None:
    assert files.read(path, table.source(path).framing)


def test_nothing_waits_for_what_is_there() -> None:
    arrived = [kind for kind in table.LATER_KINDS if known(kind)]
    assert not arrived, f"take {arrived} out of LATER_KINDS in harness/recorded/table.py"
