"""What clients ask and what providers answer, as bytes on the wire.

The answers have the size and the headers of real ones, because headers are most of what a proxy
does. `seat-0000` is filled in by tests/bench/load, which see.
"""

import base64
import json
from dataclasses import asdict, dataclass, field

CHUNK_TEXT = " gateway"
QUESTION = (
    "seat-0000: A colleague asks why our requests to language models pass through a gateway "
    "at all, when every provider has a perfectly good SDK. Explain in three sentences what one "
    "place for keys, limits, fallback and accounting is worth to a company with several teams, "
    "and where such a gateway should not get in the way. Avoid jargon, and do not mention "
    "products by name."
)
ANSWER = (
    "One place for keys means that a leaked key is revoked once, and that teams never hold the "
    "providers' own. Limits and accounting in that same place turn a surprising bill into a "
    "number that each team sees while it can still act, and a provider's bad hour into a slower "
    "answer instead of none. It should stay out of the conversation itself: what was asked and "
    "what was said belongs to those two, not to the pipe between them."
)

OPENAI_HEADERS = """\
date: Sat, 21 Nov 2026 10:00:00 GMT
access-control-expose-headers: X-Request-ID
openai-organization: an-organization
openai-processing-ms: 412
openai-project: proj_abcdefghijklmnopqrstuvwx
openai-version: 2020-10-01
x-ratelimit-limit-requests: 10000
x-ratelimit-limit-tokens: 2000000
x-ratelimit-remaining-requests: 9999
x-ratelimit-remaining-tokens: 1999850
x-ratelimit-reset-requests: 6ms
x-ratelimit-reset-tokens: 4ms
x-request-id: req_0123456789abcdef0123456789abcdef
strict-transport-security: max-age=31536000; includeSubDomains; preload
x-content-type-options: nosniff
server: cloudflare
cf-ray: 0123456789abcdef-FRA
alt-svc: h3=":443"; ma=86400
"""
ANTHROPIC_HEADERS = """\
date: Sat, 21 Nov 2026 10:00:00 GMT
anthropic-ratelimit-input-tokens-limit: 4000000
anthropic-ratelimit-input-tokens-remaining: 3999000
anthropic-ratelimit-input-tokens-reset: 2026-11-21T10:00:00Z
anthropic-ratelimit-output-tokens-limit: 800000
anthropic-ratelimit-output-tokens-remaining: 799000
anthropic-ratelimit-output-tokens-reset: 2026-11-21T10:00:00Z
anthropic-ratelimit-requests-limit: 4000
anthropic-ratelimit-requests-remaining: 3999
anthropic-ratelimit-requests-reset: 2026-11-21T10:00:00Z
anthropic-organization-id: 01234567-89ab-cdef-0123-456789abcdef
request-id: req_011CUabcdefghijklmnopqrs
strict-transport-security: max-age=31536000; includeSubDomains; preload
via: 1.1 google
server: cloudflare
cf-cache-status: DYNAMIC
x-robots-tag: none
cf-ray: 0123456789abcdef-FRA
"""


@dataclass
class Script:
    """One request and its answer: see `Script` in tests/bench/load/src/command.rs."""

    request: str
    answer: str = ""
    chunks: list[str] = field(default_factory=list)

    def command(self) -> dict:
        return asdict(self)


def chat(provider: str, model: str, key: str, stream: bool = False, image_bytes: int = 0,
         text_bytes: int = 0) -> str:
    """A client's request, as the official OpenAI SDK sends it."""
    content: object = QUESTION + "x" * text_bytes
    if image_bytes:
        content = [{"type": "text", "text": QUESTION}, image(image_bytes)]
    body = {
        "messages": [
            {"role": "system", "content": "You are a concise and friendly assistant."},
            {"role": "user", "content": content},
        ],
        "model": model,
        "max_completion_tokens": 256,
        "temperature": 0.2,
    }
    if stream:
        body["stream"] = True
    return post(provider, key, json.dumps(body, separators=(",", ":")))


def image(size: int) -> dict:
    data = base64.b64encode(bytes(range(256)) * (size // 256)).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}


def post(provider: str, key: str, body: str) -> str:
    return (
        "POST /v1/chat/completions HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Connection: keep-alive\r\n"
        "Accept: application/json\r\n"
        "Content-Type: application/json\r\n"
        "User-Agent: OpenAI/Python 3.52.0\r\n"
        "X-Stainless-Lang: python\r\n"
        "X-Stainless-Package-Version: 3.52.0\r\n"
        "X-Stainless-OS: Linux\r\n"
        "X-Stainless-Arch: x64\r\n"
        "X-Stainless-Runtime: CPython\r\n"
        "X-Stainless-Runtime-Version: 3.11.7\r\n"
        "X-Stainless-Async: false\r\n"
        "x-stainless-retry-count: 0\r\n"
        "x-stainless-read-timeout: 600\r\n"
        f"x-bench-provider: {provider}\r\n"
        f"Authorization: Bearer {key}\r\n"
        f"Content-Length: {len(body.encode())}\r\n"
        "\r\n"
        f"{body}"
    )


def get(path: str, key: str | None = None) -> str:
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\r\n"


def openai_answer() -> str:
    return whole(OPENAI_HEADERS, {
        "id": "chatcmpl-C0123456789abcdefghijklmnop",
        "object": "chat.completion",
        "created": 1795255200,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": ANSWER, "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": 98,
            "completion_tokens": 91,
            "total_tokens": 189,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0, "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    })


def anthropic_answer() -> str:
    return whole(ANTHROPIC_HEADERS, {
        "model": "claude-sonnet-4-5-20250929",
        "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": ANSWER}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": anthropic_usage(91),
    })


def anthropic_usage(output: int) -> dict:
    return {
        "input_tokens": 98,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }


def openai_stream(length: int) -> tuple[str, list[str]]:
    """Head and chunks of a stream of so many pieces of text. The first chunk has the role too,
    because the gateway holds a stream until there is something in it; the last one has the finish
    reason, the usage and the end."""
    shared = {
        "id": "chatcmpl-C0123456789abcdefghijklmnop",
        "object": "chat.completion.chunk",
        "created": 1795255200,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }

    def event(delta: dict, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return data({**shared, "choices": [choice], "usage": None, "obfuscation": "Zw4xQ1"})

    usage = {"prompt_tokens": 98, "completion_tokens": length, "total_tokens": 98 + length}
    first = event({"role": "assistant", "content": "", "refusal": None})
    last = event({}, "stop") + data({**shared, "choices": [], "usage": usage}) + "data: [DONE]\n\n"
    text = event({"content": CHUNK_TEXT})
    return stream_head(OPENAI_HEADERS), framed([first + text, *[text] * (length - 1), last])


def anthropic_stream(length: int) -> tuple[str, list[str]]:
    """The same in Anthropic's form."""

    def event(kind: str, **fields: object) -> str:
        return f"event: {kind}\n" + data({"type": kind, **fields})

    message = {
        "model": "claude-sonnet-4-5-20250929", "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message", "role": "assistant", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": anthropic_usage(1),
    }
    block = {"type": "text", "text": ""}
    first = (
        event("message_start", message=message)
        + event("content_block_start", index=0, content_block=block)
        + event("ping")
    )
    delta = {"type": "text_delta", "text": CHUNK_TEXT}
    text = event("content_block_delta", index=0, delta=delta)
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    last = (
        event("content_block_stop", index=0)
        + event("message_delta", delta=ending, usage={"output_tokens": length})
        + event("message_stop")
    )
    return stream_head(ANTHROPIC_HEADERS), framed([first + text, *[text] * (length - 1), last])


def data(event: dict) -> str:
    return f"data: {json.dumps(event, separators=(',', ':'))}\n\n"


def whole(headers: str, body: dict) -> str:
    text = json.dumps(body, separators=(",", ":"))
    return head(headers, "application/json", f"content-length: {len(text)}") + text


def stream_head(headers: str) -> str:
    return head(headers, "text/event-stream; charset=utf-8", "transfer-encoding: chunked")


def head(headers: str, content_type: str, framing: str) -> str:
    lines = ["HTTP/1.1 200 OK", f"content-type: {content_type}", framing, *headers.splitlines()]
    return "\r\n".join(lines) + "\r\n\r\n"


def framed(writes: list[str]) -> list[str]:
    """In HTTP's chunks, each of them one write; the last one ends the body."""
    chunks = [f"{len(write.encode()):x}\r\n{write}\r\n" for write in writes]
    chunks[-1] += "0\r\n\r\n"
    return chunks
