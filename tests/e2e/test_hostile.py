"""Whatever a client sends, it gets an answer, and the next client a good one.

After each test a normal request goes through both roles, and Envoy's statistics must know of no
filter that has crashed or was loaded anew.
"""

import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator

import openai
import pytest

from harness import h2c, raw
from harness.cases import user
from harness.gateway import Gateway, envoy_of
from harness.raw import chat, connect, exchange, request
from harness.settings import CLAUDE, GPT, KEY, NARROW_KEY
from harness.simulator import Simulator

BOTH = pytest.mark.parametrize("model", [GPT, CLAUDE])
BIG = 33 * 1024 * 1024


@pytest.fixture(autouse=True)
def survivor(gateway: Gateway, sdk: openai.OpenAI, simulators: dict[str, Simulator]) -> Iterator[None]:
    envoy = envoy_of(gateway)
    yield
    for simulator in simulators.values():
        simulator.reset()
    for model in (GPT, CLAUDE):
        completion = sdk.chat.completions.create(model=model, messages=[user("say alive")])
        assert completion.choices[0].message.content == "alive"
    assert gateway.vm_failures() == {}
    assert envoy_of(gateway) == envoy, "it is still the same Envoy"


# Headers


@pytest.mark.parametrize(
    "name", [b"x-odd", b"content-type", b"user-agent", b"traceparent", b"accept", b"x-tidegate-a"]
)
def test_header_values_need_not_be_utf_8(gateway: Gateway, name: bytes) -> None:
    answer = exchange(gateway, request(chat(), [(name, b"\xff\xfe\x80 caf\xe9")]))
    assert answer.status == 200


@pytest.mark.parametrize("name", [b"authorization", b"x-api-key", b"api-key"])
def test_a_key_that_is_not_utf_8_is_a_wrong_key(gateway: Gateway, name: bytes) -> None:
    value = b"Bearer \xff\xfe\x80" if name == b"authorization" else b"\xff\xfe\x80"
    answer = exchange(gateway, request(chat(), [(name, value)], key=None))
    assert answer.status == 401
    assert answer.error["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    "header", [b"x-\xff: 1", b"x y: 1", b": 1", b"x\x00y: 1", b"x-nul: a\x00b", b"no colon", b"(): 1"]
)
def test_headers_that_http_forbids_are_refused(gateway: Gateway, header: bytes) -> None:
    head, _, body = request(chat()).partition(b"\r\n\r\n")
    answer = exchange(gateway, head + b"\r\n" + header + b"\r\n\r\n" + body)
    assert answer.status == 400


def test_ten_thousand_headers_are_refused(gateway: Gateway) -> None:
    headers = [(b"x-%d" % n, b"1") for n in range(10_000)]
    assert exchange(gateway, request(chat(), headers)).status == 431


def test_ninety_headers_are_no_problem(gateway: Gateway) -> None:
    headers = [(b"x-%d" % n, b"v" * 300) for n in range(90)]
    assert exchange(gateway, request(chat(), headers)).status == 200


def test_a_header_of_a_megabyte_is_refused(gateway: Gateway) -> None:
    assert exchange(gateway, request(chat(), [(b"x-long", b"v" * 1_000_000)])).status == 431


SPOOFED = [
    (b"x-tidegate-request-id", b"req_0;default/unary"),
    (b"x-tidegate-request-id", b"req_0;nowhere/stream"),
    (b"x-tidegate-target-0", b"claude"),
    (b"x-tidegate-target", b"claude"),
    (b"x-tidegate-request-id", b"req_0"),
    (b"x-tidegate-attempt", b"retry"),
    (b"x-tidegate-provider", b"claude"),
    (b"x-envoy-attempt-count", b"1"),
    (b"x-envoy-attempt-count", b"2"),
    (b"x-envoy-max-retries", b"0"),
    (b"x-envoy-retry-on", b"5xx"),
    (b"x-envoy-retriable-status-codes", b"200"),
    (b"x-envoy-retriable-header-names", b"content-type"),
    (b"x-envoy-upstream-rq-timeout-ms", b"1"),
    (b"x-envoy-upstream-rq-per-try-timeout-ms", b"1"),
    (b"x-envoy-upstream-stream-duration-ms", b"1"),
    (b"x-envoy-hedge-on-per-try-timeout", b"true"),
    (b"x-envoy-upstream-alt-stat-name", b"mine"),
    (b"x-envoy-internal", b"true"),
    (b"x-envoy-expected-rq-timeout-ms", b"1"),
    (b"x-envoy-original-path", b"/"),
    (b"x-envoy-force-trace", b"1"),
]


@pytest.mark.parametrize(("name", "value"), SPOOFED, ids=lambda part: part.decode())
def test_headers_of_ours_mean_nothing_when_a_client_sends_them(
    gateway: Gateway, simulators: dict[str, Simulator], name: bytes, value: bytes
) -> None:
    """The request takes its usual way: 50 ms at the first provider, then the second."""
    simulators["openai"].script({"status": 503, "delay_ms": 50})
    answer = exchange(gateway, request(chat("say ok", "openai-first"), [(name, value)]))
    assert answer.status == 200, answer
    assert json.loads(answer.body)["choices"][0]["message"]["content"] == "ok"
    assert b"x-tidegate-provider: claude\r\n" in answer.head
    assert b"x-tidegate-attempts: 2\r\n" in answer.head
    for provider in ("openai", "claude"):
        seen = simulators[provider].only_request().headers
        assert seen.get(name.decode()) != value.decode()


def test_all_of_them_together_mean_nothing_either(
    gateway: Gateway, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].script({"status": 503, "delay_ms": 50})
    answer = exchange(gateway, request(chat("say ok", "openai-first"), SPOOFED))
    assert answer.status == 200
    assert b"x-tidegate-attempts: 2\r\n" in answer.head


# Bodies


@BOTH
@pytest.mark.parametrize(
    "nest",
    [
        lambda: b'{"model":"%s","messages":' + b"[" * 100_000,
        lambda: b'{"model":"%s","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        lambda: b'{"model":"%s","messages":[{"role":"user","content":'
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_000
        + b"}]}",
        lambda: b'{"model":"%s","messages":[{"role":"user","content":"Hello"}],"unknown":'
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}",
        lambda: b'{"model":"%s","messages":[{"role":"user","content":"Hello"}],"tools":'
        + b'[{"a":' * 50_000
        + b"1"
        + b"}]" * 50_000
        + b"}",
        lambda: b"[" * 100_000,
        lambda: b'{"":' * 100_000,
    ],
    ids=["open", "closed", "content", "unknown", "tools", "only brackets", "only braces"],
)
def test_json_that_is_nested_100_000_deep_is_refused(gateway: Gateway, model: str, nest) -> None:
    answer = exchange(gateway, request(nest().replace(b"%s", model.encode(), 1)))
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"


@BOTH
def test_json_cut_off_anywhere_is_refused_with_the_position(gateway: Gateway, model: str) -> None:
    whole = chat("Grüße 世界", model, tools=[], temperature=0.5)
    with gateway.http() as client:
        for end in range(len(whole)):
            answer = client.post("/v1/chat/completions", content=whole[:end])
            assert answer.status_code == 400, whole[:end]
            error = answer.json()["error"]
            assert error["type"] == "invalid_request_error"
            assert not end or "line 1" in error["message"] or str(end) in error["message"], error


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"\x00",
        b'{"model":"%s\x00","messages":[{"role":"user","content":"Hello"}]}',
        b'{"model":"%s","messages":[{"role":"user","content":"He\x00llo"}]}',
        b'{"model":"%s","messages":[{"role":"user","content":"He\xffllo"}]}',
        b'{"model":"%s","messages":[{"role":"user","content":"\xed\xa0\x80"}]}',
        b'{"model":"%s","messages":[{"role":"user","content":"\xc0\xaf"}]}',
        b'\xff\xfe{\x00"\x00}\x00',
        b"null",
        b"[]",
        b'"model"',
        b"12",
        b"true",
        b"{}",
        b'{"model":null}',
        b'{"model":"","messages":[{"role":"user","content":"Hello"}]}',
        b'{"model":7,"messages":[]}',
        b'{"model":["%s"],"messages":[]}',
        b'{"model":"%s"}',
        b'{"model":"%s","messages":"Hello"}',
        b'{"model":"%s","messages":[7]}',
        b'{"model":"%s","messages":[],"stream":"yes"}',
        b'{"model":"%s","messages":[]} {}',
        b"{'model':'%s'}",
        b'{"model":"%s","messages":[{"role":"user","content":1e999}]}',
        b'{"model":"%s","messages":[{"role":"user","content":"\\ud800"}],"temperature":nan}',
        b"",
    ],
)
def test_a_body_that_is_no_chat_request_is_refused(
    gateway: Gateway, model: str, body: bytes
) -> None:
    answer = exchange(gateway, request(body.replace(b"%s", model.encode(), 1)))
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"


@BOTH
@pytest.mark.parametrize("escaped", [r"He\u0000llo", r"\ud83d", r"\ud83d\ude00 \u00e9 \/", r"\udc00\ud800"])
def test_odd_escapes_in_a_prompt_do_no_harm(gateway: Gateway, model: str, escaped: str) -> None:
    """Half a surrogate pair is legal JSON; whether a provider takes it is its own affair."""
    body = chat("ESCAPED", model).replace(b"ESCAPED", escaped.encode())
    answer = exchange(gateway, request(body))
    assert answer.status in (200, 400)


@BOTH
@pytest.mark.parametrize(
    "content_type",
    [
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"application/octet-stream",
        b"",
        b";;;=",
        b"application/json; charset=utf-16",
        b"text/event-stream",
        b"application/grpc",
    ],
)
def test_a_wrong_content_type_is_no_way_around_anything(
    gateway: Gateway, simulators: dict[str, Simulator], model: str, content_type: bytes
) -> None:
    """The body counts. What the provider gets is JSON and says so."""
    answer = exchange(gateway, request(chat("say ok", model), [(b"content-type", content_type)]))
    assert answer.status == 200
    provider = simulators["openai" if model == GPT else "claude"].only_request()
    assert provider.headers["content-type"] == "application/json"


@pytest.mark.parametrize("way", ["one", "other"])
def test_a_model_named_twice_is_no_way_to_another_model(
    gateway: Gateway, simulators: dict[str, Simulator], way: str
) -> None:
    """Which of the two counts must not depend on who reads."""
    names = (GPT, CLAUDE) if way == "one" else (CLAUDE, GPT)
    body = b'{"model":"%s","model":"%s","messages":[{"role":"user","content":"Hello"}]}'
    body %= tuple(name.encode() for name in names)
    answer = exchange(gateway, request(body, key=NARROW_KEY))
    assert answer.status in (400, 403)
    assert not any(simulator.requests() for simulator in simulators.values())


@pytest.mark.parametrize("field", ["stream", "messages"])
def test_other_fields_that_count_cannot_be_given_twice_either(gateway: Gateway, field: str) -> None:
    values = {"stream": ("false", "true"), "messages": ("[]", '[{"role":"user","content":"Hi"}]')}
    first, second = values[field]
    rest = '' if field == "messages" else ',"messages":[{"role":"user","content":"Hi"}]'
    body = f'{{"model":"{GPT}","{field}":{first},"{field}":{second}{rest}}}'
    answer = exchange(gateway, request(body.encode()))
    assert answer.status == 400
    assert field in answer.error["message"] or answer.error["param"] == field


def test_model_in_capitals_is_another_field(gateway: Gateway, simulators: dict) -> None:
    missing = b'{"Model":"%s","messages":[{"role":"user","content":"Hello"}]}' % GPT.encode()
    answer = exchange(gateway, request(missing))
    assert answer.status == 400 and answer.error["param"] in ("model", "Model")
    both = missing.replace(b"{", b'{"model":"%s",' % CLAUDE.encode(), 1)
    for key in (KEY, NARROW_KEY):
        assert exchange(gateway, request(both, key=key)).status in (400, 403)
    assert not any(simulator.requests() for simulator in simulators.values())


def test_a_model_name_with_an_escape_is_the_same_name(gateway: Gateway) -> None:
    body = chat(model="MODEL").replace(b"MODEL", rb"gpt\u002d4o-mini")
    assert exchange(gateway, request(body)).status == 200


@pytest.mark.parametrize("name", ["../admin", "a" * 1_000_000, "gpt-4o-mini?x", "\r\nx: y"])
def test_a_strange_model_name_is_an_unknown_model(gateway: Gateway, name: str) -> None:
    answer = exchange(gateway, request(chat(model=name)))
    assert answer.status == 404 and answer.error["code"] == "model_not_found"
    assert len(answer.body) < 2_000


# Encodings and sizes


@BOTH
def test_a_gzip_body_is_unpacked(gateway: Gateway, simulators: dict, model: str) -> None:
    body = gzip.compress(chat("say packed", model))
    answer = exchange(gateway, request(body, [(b"content-encoding", b"gzip")]))
    assert answer.status == 200
    assert json.loads(answer.body)["choices"][0]["message"]["content"] == "packed"
    seen = simulators["openai" if model == GPT else "claude"].only_request()
    assert "content-encoding" not in seen.headers
    assert seen.json["model"] == model


def test_a_large_prompt_can_come_packed(gateway: Gateway) -> None:
    words = " ".join(f"word{n}" for n in range(400_000))
    body = gzip.compress(chat("say ok\n" + words))
    answer = exchange(gateway, request(body, [(b"content-encoding", b"gzip")]))
    assert answer.status == 200


@pytest.mark.parametrize("size", [34 << 20, 300 << 20], ids=["34MiB", "300MiB"])
def test_a_gzip_bomb_is_refused(gateway: Gateway, size: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    head = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"'
    packed = [packer.compress(head)]
    packed += [packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)]
    body = b"".join([*packed, packer.flush()])
    before = gateway.memory()
    answer = exchange(gateway, request(body, [(b"content-encoding", b"gzip")]))
    assert answer.status in (400, 413)
    assert gateway.memory() - before < 200 << 20


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"zstd", b"identity, br", b"\xff"])
def test_other_encodings_are_refused(gateway: Gateway, encoding: bytes) -> None:
    answer = exchange(gateway, request(chat(), [(b"content-encoding", encoding)]))
    assert answer.status == 415
    assert answer.error["type"] == "invalid_request_error"


@pytest.mark.parametrize("cut", [4, 15, 40])
def test_a_broken_gzip_body_is_refused(gateway: Gateway, cut: int) -> None:
    body = gzip.compress(chat("Hello " * 50))[:cut]
    answer = exchange(gateway, request(body, [(b"content-encoding", b"gzip")]))
    assert answer.status == 400


def test_a_body_that_only_claims_to_be_gzip_is_refused(gateway: Gateway) -> None:
    answer = exchange(gateway, request(chat(), [(b"content-encoding", b"gzip")]))
    assert answer.status == 400


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@BOTH
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_chunked_body_is_as_good_as_any(gateway: Gateway, model: str, size: int) -> None:
    head = request(headers=[(b"transfer-encoding", b"chunked")], length=-1)
    answer = exchange(gateway, head + chunked(chat("say ok", model), size))
    assert answer.status == 200


def test_a_chunked_body_may_have_trailers(gateway: Gateway) -> None:
    head = request(headers=[(b"transfer-encoding", b"chunked")], length=-1)
    body = chunked(chat("say ok"), 10).removesuffix(b"\r\n") + b"x-trailer: \xff\r\n\r\n"
    assert exchange(gateway, head + body).status == 200


@pytest.mark.parametrize("body", [b"zz\r\nhello\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5\r\nhellooo\r\n0\r\n\r\n"])
def test_broken_chunks_are_refused(gateway: Gateway, body: bytes) -> None:
    head = request(headers=[(b"transfer-encoding", b"chunked")], length=-1)
    assert exchange(gateway, head + body).status == 400


def test_two_lengths_are_refused(gateway: Gateway) -> None:
    smuggled = request(chat(), [(b"content-length", b"3")])
    assert exchange(gateway, smuggled).status == 400
    both = request(chunked(chat(), 10), [(b"transfer-encoding", b"chunked")], length=5)
    assert exchange(gateway, both).status == 400


def test_a_body_over_the_limit_is_413_by_its_length(gateway: Gateway) -> None:
    answer = exchange(gateway, request(b" " * 1000, length=BIG))
    assert answer.status == 413
    assert answer.error["code"] == "request_too_large"


def test_a_body_over_the_limit_is_413_when_all_of_it_is_sent(gateway: Gateway) -> None:
    filler = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"' + b"a" * BIG
    answer = exchange(gateway, request(filler + b'"}]}'))
    assert answer.status == 413
    assert answer.error["code"] == "request_too_large"


def test_a_chunked_body_over_the_limit_is_413(gateway: Gateway) -> None:
    head = request(headers=[(b"transfer-encoding", b"chunked")], length=-1)
    answer = exchange(gateway, head + chunked(b"a" * BIG, 1 << 20))
    assert answer.status == 413
    assert answer.error["code"] == "request_too_large"


def test_a_body_just_under_the_limit_is_taken(gateway: Gateway, sdk: openai.OpenAI) -> None:
    content = "say ok\n" + "a" * (32 * 1024 * 1024 - 1000)
    completion = sdk.chat.completions.create(model=GPT, messages=[user(content)])
    assert completion.choices[0].message.content == "ok"


# Clients that leave


def test_a_client_may_leave_while_it_sends_headers(gateway: Gateway) -> None:
    whole = request(chat())
    for end in (1, 20, whole.index(b"\r\n\r\n") + 2):
        with connect(gateway) as connection:
            connection.sendall(whole[:end])
            raw.reset(connection)


def test_a_client_may_leave_in_the_middle_of_its_body(
    gateway: Gateway, simulators: dict[str, Simulator]
) -> None:
    whole = request(chat("Hello " * 1000))
    for end in (whole.index(b"\r\n\r\n") + 4, len(whole) // 2, len(whole) - 1):
        with connect(gateway) as connection:
            connection.sendall(whole[:end])
            time.sleep(0.02)
            raw.reset(connection)
    assert not any(simulator.requests() for simulator in simulators.values())


@BOTH
@pytest.mark.parametrize("hang", ["headers", "first_token"])
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_a_provider_is_let_go_when_the_client_leaves_before_the_answer(
    gateway: Gateway, simulators: dict[str, Simulator], stream: bool, hang: str, model: str
) -> None:
    simulator = simulators["openai" if model == GPT else "claude"]
    simulator.script({"hang": hang})
    with connect(gateway) as connection:
        connection.sendall(request(chat(model=model, stream=stream)))
        assert simulator.wait_for(lambda request: True, seconds=2)
        time.sleep(0.05)
        raw.reset(connection)
    assert simulator.wait_for(lambda request: request.disconnected, seconds=1)


@BOTH
@pytest.mark.parametrize("leave", [raw.reset, socket.socket.close])
def test_a_provider_is_let_go_when_the_client_leaves_in_mid_stream(
    gateway: Gateway, simulators: dict[str, Simulator], leave, model: str
) -> None:
    simulator = simulators["openai" if model == GPT else "claude"]
    simulator.script({"hang": "mid_stream", "tokens": 20})
    with connect(gateway) as connection:
        connection.sendall(request(chat(model=model, stream=True)))
        raw.read_until(connection, b"tide")
        leave(connection)
    assert simulator.wait_for(lambda request: request.disconnected, seconds=1)


@BOTH
def test_a_client_may_leave_right_after_the_last_frame(gateway: Gateway, model: str) -> None:
    for _ in range(20):
        with connect(gateway) as connection:
            connection.sendall(request(chat(model=model, stream=True)))
            raw.read_until(connection, b"[DONE]")
            raw.reset(connection)


def test_the_next_provider_is_not_asked_for_a_client_that_has_left(
    gateway: Gateway, simulators: dict[str, Simulator]
) -> None:
    simulators["openai"].script({"status": 503, "delay_ms": 200})
    with connect(gateway) as connection:
        connection.sendall(request(chat(model="openai-first")))
        assert simulators["openai"].wait_for(lambda request: True, seconds=2)
        raw.reset(connection)
    assert simulators["openai"].wait_for(lambda request: request.disconnected, seconds=1)
    assert simulators["claude"].requests() == []


# Protocols


def test_pipelined_requests_are_answered_in_order(gateway: Gateway) -> None:
    requests = [request(chat(f"say number {n}"), close=n == 4) for n in range(5)]
    with connect(gateway) as connection:
        connection.sendall(b"".join(requests))
        answers = raw.read_all(connection)
    places = [answers.find(b"number %d" % n) for n in range(5)]
    assert -1 not in places and places == sorted(places)


def test_pipelined_requests_of_different_ends(gateway: Gateway) -> None:
    """A refusal in the middle does not end the others. (A 400 would: Envoy then takes the client
    for confused, and closes the connection.)"""
    with connect(gateway) as connection:
        connection.sendall(
            request(chat("say first"), close=False)
            + request(chat(model="gpt-0"), close=False)
            + request(chat("say last", CLAUDE))
        )
        answers = raw.read_all(connection)
    assert answers.count(b"HTTP/1.1 200") == 2 and answers.count(b"HTTP/1.1 404") == 1
    assert answers.index(b"first") < answers.index(b"HTTP/1.1 404") < answers.index(b"last")


def test_http_1_0_is_told_to_upgrade(gateway: Gateway) -> None:
    with connect(gateway) as connection:
        connection.sendall(request(chat(), version=b"HTTP/1.0"))
        assert b" 426 " in raw.read_all(connection).split(b"\r\n")[0]


def test_a_method_that_nobody_knows_is_refused(gateway: Gateway) -> None:
    assert exchange(gateway, request(chat(), method=b"ODD")).status == 400


@pytest.mark.parametrize("line", [b"GET", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 100])
def test_what_is_no_http_is_no_problem(gateway: Gateway, line: bytes) -> None:
    with connect(gateway) as connection:
        connection.sendall(line + b"\r\n\r\n")
        answer = raw.read_all(connection)
    assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0]


@BOTH
def test_http_2_clients_are_served(gateway: Gateway, model: str) -> None:
    with gateway.http(http1=False, http2=True) as client:
        answer = client.post("/v1/chat/completions", content=chat("say ok", model))
        assert answer.http_version == "HTTP/2"
        assert answer.json()["choices"][0]["message"]["content"] == "ok"
        body = chat("say one two", model, stream=True)
        with client.stream("POST", "/v1/chat/completions", content=body) as stream:
            lines = [line for line in stream.iter_lines() if line]
        assert lines[-1] == "data: [DONE]"


@pytest.mark.parametrize("size", [2 << 20, 20 << 20, 32 << 20], ids=["2MiB", "20MiB", "32MiB"])
def test_http_2_bodies_up_to_the_limit_are_read(gateway: Gateway, size: int) -> None:
    status, body = h2c.post_until_answered(gateway, size)
    assert status == 400 and b"parse the JSON" in body


def test_http_2_bodies_over_the_limit_are_413(gateway: Gateway) -> None:
    status, body = h2c.post_until_answered(gateway, BIG)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "request_too_large"
