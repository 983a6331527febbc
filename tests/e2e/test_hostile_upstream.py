"""Whatever a provider sends, the client gets an answer or an error, and the next one a good one.

Each test lets a server answer with bytes of its own choice, in OpenAI's and in Anthropic's clothes.
"""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from harness import events, settings
from harness.cases import user
from harness.gateway import Gateway
from harness.settings import CLAUDE, GPT
from harness.upstream import STREAM_HEAD, Upstream, chunk, document, stream

BOTH = pytest.mark.parametrize("model", [GPT, CLAUDE])
STREAM = pytest.mark.parametrize("streamed", [False, True], ids=["unary", "stream"])
ASK = [user("Hello")]
MIB = 1 << 20


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def odd(server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway both of whose providers are that server."""
    providers = {
        "openai": {"kind": "openai", "base_url": f"{server.url}/v1", "api_key": "${E2E_OPENAI_KEY}"},
        "claude": {"kind": "anthropic", "base_url": server.url, "api_key": "${E2E_CLAUDE_KEY}"},
    }
    models = {GPT: {"provider": "openai"}, CLAUDE: {"provider": "claude"}}
    own = settings.small(providers, models)
    running = Gateway(own, tmp_path_factory.mktemp("odd"), "--concurrency", "1")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def survivor(odd: Gateway, server: Upstream) -> Iterator[None]:
    yield
    for model in (GPT, CLAUDE):
        server.answer = document(GOOD[model])
        assert post(odd, model).json()["choices"][0]["message"]["content"] == "alive"
    assert odd.vm_failures() == {}


GOOD = {
    GPT: json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": GPT,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "alive"},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
    ).encode(),
    CLAUDE: json.dumps(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": CLAUDE,
            "content": [{"type": "text", "text": "alive"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
    ).encode(),
}


def opening(model: str) -> bytes:
    """The first events of a stream, with its first token."""
    if model == GPT:
        return delta({"role": "assistant", "content": ""}) + delta({"content": "first"})
    return (
        named(
            "message_start",
            message={
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": CLAUDE,
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            },
        )
        + named("content_block_start", index=0, content_block={"type": "text", "text": ""})
        + text(model, "first")
    )


def text(model: str, words: str) -> bytes:
    """An event with text."""
    if model == GPT:
        return delta({"content": words})
    return named("content_block_delta", index=0, delta={"type": "text_delta", "text": words})


def closing(model: str) -> bytes:
    if model == GPT:
        return delta({}, finish="stop") + b"data: [DONE]\n\n"
    return (
        named("content_block_stop", index=0)
        + named(
            "message_delta",
            delta={"stop_reason": "end_turn", "stop_sequence": None},
            usage={"output_tokens": 2},
        )
        + named("message_stop")
    )


def delta(fields: dict, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": fields, "finish_reason": finish}
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": GPT}
    return b"data: " + json.dumps({**frame, "choices": [choice]}).encode() + b"\n\n"


def named(event: str, **fields: object) -> bytes:
    return f"event: {event}\ndata: {json.dumps({'type': event, **fields})}\n\n".encode()


def post(gateway: Gateway, model: str, streamed: bool = False) -> httpx.Response:
    body = {"model": model, "messages": ASK, "stream": streamed}
    with gateway.http() as client:
        return client.post("/v1/chat/completions", json=body)


def ask(gateway: Gateway, model: str) -> events.Wire:
    with gateway.http() as client:
        return events.ask(client, model, ASK)


def send(*parts: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(b"".join(parts))


@BOTH
def test_the_hand_made_stream_itself_is_good(odd: Gateway, server: Upstream, model: str) -> None:
    server.answer = stream(opening(model), text(model, " second"), closing(model))
    wire = ask(odd, model)
    assert wire.text == "first second" and wire.done and not wire.errors


# Too much


@BOTH
@pytest.mark.parametrize("begun", [False, True], ids=["at once", "after the first token"])
def test_a_line_without_an_end_is_given_up(
    odd: Gateway, server: Upstream, begun: bool, model: str
) -> None:
    """64 MiB without a line's end: never held in memory, never a success."""
    ends = len(server.ends)

    def endless(connection: socket.socket) -> None:
        connection.sendall(STREAM_HEAD + (chunk(opening(model)) if begun else b""))
        connection.sendall(chunk(b'data: {"a":"'))
        for _ in range(64):
            connection.sendall(chunk(b"a" * MIB))
        time.sleep(1)

    server.answer = endless
    before = odd.memory()
    wire = ask(odd, model)
    assert not wire.done
    assert wire.status >= 500 or wire.errors or wire.broken
    assert odd.memory() - before < 150 * MIB
    deadline = time.monotonic() + 6
    while len(server.ends) == ends and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.ends[ends:], "the provider's connection has ended"


@BOTH
@pytest.mark.parametrize("size", [MIB, 8 * MIB], ids=["1MiB", "8MiB"])
def test_a_huge_event_arrives_whole(
    odd: Gateway, server: Upstream, size: int, model: str
) -> None:
    words = "tide 世界 " * (size // 12)
    server.answer = stream(opening(model), text(model, words), closing(model))
    wire = ask(odd, model)
    assert wire.text == "first" + words
    assert wire.done


@BOTH
def test_comments_without_end_are_given_up_by_the_timeout_or_let_through(
    odd: Gateway, server: Upstream, model: str
) -> None:
    """A million comments before the first token: nothing of them is kept."""
    comments = b": OPENROUTER PROCESSING\n\n" * 10_000
    server.answer = stream(*[comments] * 100, opening(model), closing(model))
    before = odd.memory()
    wire = ask(odd, model)
    assert wire.text == "first" and wire.done
    assert odd.memory() - before < 100 * MIB


@BOTH
def test_a_whole_answer_over_the_limit_is_an_error(
    odd: Gateway, server: Upstream, model: str
) -> None:
    server.answer = document(b" " * (40 * MIB) + GOOD[model])
    before = odd.memory()
    answer = post(odd, model)
    assert answer.status_code >= 500 and "error" in answer.json()
    assert odd.memory() - before < 200 * MIB


@BOTH
def test_an_error_of_any_size_is_an_error(odd: Gateway, server: Upstream, model: str) -> None:
    server.answer = document(b"x" * (5 * MIB), status=b"500 Oops")
    answer = post(odd, model)
    assert answer.status_code == 500
    assert len(answer.content) < 64 * 1024


# Not what it says


@BOTH
@STREAM
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"choices":[],"content":[]}',
        b'{"choices":null,"content":null}',
        b'{"choices":{"a":1},"content":{"a":1}}',
        b'{"choices":[{"message":null}],"content":[{"type":null}],"type":"message"}',
        b'{"error":"just text"}',
        b'{"error":{"message":"inside a 200","type":"server_error"}}',
        b'{"type":"error","error":{"type":"overloaded_error","message":"inside a 200"}}',
        b"<html>",
        b'{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"cut o',
    ],
)
def test_a_document_that_is_no_answer_is_no_crash(
    odd: Gateway, server: Upstream, body: bytes, streamed: bool, model: str
) -> None:
    server.answer = document(body)
    answer = post(odd, model, streamed)
    if answer.status_code != 200:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@BOTH
@STREAM
@pytest.mark.parametrize("body", [b'{"error":{"message":"inside a 200","type":"server_error"}}'])
def test_an_error_inside_a_200_is_an_error(
    odd: Gateway, server: Upstream, body: bytes, streamed: bool, model: str
) -> None:
    server.answer = document(body)
    answer = post(odd, model, streamed)
    assert answer.status_code >= 500
    assert answer.headers["content-type"].startswith("application/json")


@BOTH
def test_a_document_instead_of_a_stream_becomes_one(
    odd: Gateway, server: Upstream, model: str
) -> None:
    server.answer = document(GOOD[model])
    wire = ask(odd, model)
    assert wire.headers["content-type"].startswith("text/event-stream")
    assert wire.text == "alive" and wire.done


@BOTH
@pytest.mark.parametrize(
    "noise",
    [
        b"data: \xff\xfe\n\n",
        b"data: {\n\n",
        b"data: null\n\n",
        b"data: []\n\n",
        b"data:\n\n",
        b"\x00\n\n",
        b"event: nobody_knows\ndata: {\"type\":\"nobody_knows\"}\n\n",
        b"id: 7\nretry: 1\n\n",
        b": a comment\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n",
        b"\n\n\n\n",
    ],
)
def test_noise_in_a_stream_is_no_crash_and_no_false_success(
    odd: Gateway, server: Upstream, noise: bytes, model: str
) -> None:
    """What can be understood arrives; what cannot passes, is left out, or ends the stream with an
    error, which is a status if it comes before anything has left."""
    server.answer = stream(opening(model), noise, text(model, " second"), closing(model))
    wire = ask(odd, model)
    wire.data = [data for data in wire.data if data == events.DONE or is_object(data)]
    if wire.status == 200:
        assert bool(wire.errors) != wire.done
        assert wire.text == "first second" or not wire.done
    else:
        assert wire.status == 502


def is_object(data: str) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


@BOTH
def test_a_byte_order_mark_at_the_start_is_no_problem(
    odd: Gateway, server: Upstream, model: str
) -> None:
    server.answer = stream(b"\xef\xbb\xbf" + opening(model), closing(model))
    wire = ask(odd, model)
    assert wire.text == "first" and wire.done


@BOTH
def test_a_stream_with_a_content_length_is_a_stream(
    odd: Gateway, server: Upstream, model: str
) -> None:
    body = opening(model) + closing(model)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
    server.answer = send(head % len(body), body)
    wire = ask(odd, model)
    assert wire.text == "first" and wire.done and not wire.broken


@BOTH
def test_a_stream_that_ends_with_the_connection_is_a_stream(
    odd: Gateway, server: Upstream, model: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    server.answer = send(head, opening(model), closing(model))
    wire = ask(odd, model)
    assert wire.text == "first" and wire.done and not wire.broken


@BOTH
@STREAM
def test_an_answer_that_is_packed_although_nobody_asked_is_an_error(
    odd: Gateway, server: Upstream, streamed: bool, model: str
) -> None:
    server.answer = document(gzip.compress(GOOD[model]), b"content-encoding: gzip")
    answer = post(odd, model, streamed)
    assert answer.status_code == 502
    assert answer.json()["error"]["type"]


@BOTH
@STREAM
@pytest.mark.parametrize(
    "garbage",
    [
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 10_000 + b"content-length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_what_is_no_answer_of_a_provider_is_an_error(
    odd: Gateway, server: Upstream, garbage: bytes, streamed: bool, model: str
) -> None:
    server.answer = send(garbage)
    answer = post(odd, model, streamed)
    assert answer.status_code >= 500
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@BOTH
@STREAM
def test_headers_of_an_answer_need_not_be_utf_8(
    odd: Gateway, server: Upstream, streamed: bool, model: str
) -> None:
    server.answer = document(GOOD[model], b"x-odd: \xff\xfe", b"x-request-id: \xff")
    assert post(odd, model, streamed).status_code == 200


@BOTH
def test_early_hints_and_trailers_are_no_problem(
    odd: Gateway, server: Upstream, model: str
) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    body = chunk(opening(model)) + chunk(closing(model)) + b"0\r\nx-trailer: \xff\r\n\r\n"
    server.answer = send(hints, STREAM_HEAD, body)
    wire = ask(odd, model)
    assert wire.text == "first" and wire.done


@BOTH
def test_an_answer_before_the_request_is_complete_is_passed_on(
    odd: Gateway, server: Upstream, model: str
) -> None:
    body = json.dumps({"error": {"message": "Too big.", "type": "invalid_request_error"}})
    server.answer = document(body.encode(), status=b"413 Too Large")
    answer = post(odd, model)
    assert answer.status_code == 413 and answer.json()["error"]["message"] == "Too big."


# What an account is called stays here


ACCOUNT = [
    b"openai-organization: org-secret",
    b"openai-project: proj-secret",
    b"anthropic-organization-id: org-secret",
    b"anthropic-workspace-id: ws-secret",
    b"x-ratelimit-remaining-tokens: 7",
    b"anthropic-ratelimit-tokens-remaining: 7",
    b"set-cookie: session=secret",
    b"server: cloudflare",
    b"cf-ray: 1",
    b"x-envoy-upstream-service-time: 1",
    b"x-tidegate-provider: forged",
    b"x-tidegate-attempts: 99",
    b"x-tidegate-attempt: retry",
    b"strict-transport-security: max-age=1",
]


@BOTH
@STREAM
@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad", b"500 Oops"])
def test_account_headers_of_a_provider_never_reach_a_client(
    odd: Gateway, server: Upstream, status: bytes, streamed: bool, model: str
) -> None:
    body = GOOD[model] if status.startswith(b"200") else b'{"error":{"message":"No."}}'
    server.answer = document(body, *ACCOUNT, status=status)
    answer = post(odd, model, streamed)
    assert answer.status_code == int(status[:3])
    forbidden = {line.split(b":")[0].decode() for line in ACCOUNT}
    allowed = {"x-tidegate-provider", "x-tidegate-attempts", "server"}
    assert not (forbidden - allowed) & set(answer.headers)
    assert answer.headers["x-tidegate-provider"] in ("openai", "claude")
    assert answer.headers["x-tidegate-attempts"] == "1"
    assert answer.headers.get("server") != "cloudflare"
