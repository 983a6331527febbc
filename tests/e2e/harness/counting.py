"""A provider that counts for itself: what came when, how many tokens it has made, who hung up.

It speaks OpenAI's chat API, answers at once or word by word, and is written for load: one thread,
raw HTTP/1.1. Every answer says its tokens in `usage`, streams in their last chunk too.
"""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field

PROMPT_TOKENS = 7
OUTPUT_TOKENS = 5


@dataclass
class Served:
    """One request, by the provider's own clock and count."""

    arrived: float
    ended: float = 0.0
    prompt: int = 0
    output: int = 0
    complete: bool = False
    hung_up: bool = False

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


@dataclass
class Manners:
    """How the provider answers."""

    output: int = OUTPUT_TOKENS
    prompt: int = PROMPT_TOKENS
    # Before the first word.
    latency: float = 0.0
    # Between two words of a stream.
    pace: float = 0.0
    status: int = 200


@dataclass
class Provider:
    """Starts at once; `stop` it."""

    manners: Manners = field(default_factory=Manners)
    served: list[Served] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def reset(self) -> None:
        self.served = []
        self.manners = Manners()

    def tokens(self) -> int:
        return sum(one.tokens for one in self.served)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=4096)
        server = self._loop.run_until_complete(start)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = await reader.readexactly(length) if length else await chunked(reader)
        one = Served(time.monotonic())
        self.served.append(one)
        try:
            await self._answer(json.loads(body), one, reader, writer)
        except ConnectionError:
            one.hung_up = True
            raise
        finally:
            one.ended = time.monotonic()
        return True

    async def _answer(
        self,
        request: dict,
        one: Served,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        manners = self.manners
        if manners.latency:
            await wait(manners.latency, reader)
        if manners.status != 200:
            one.complete = True
            await send(writer, manners.status, {"error": {"message": "no", "code": "no"}})
            return
        one.prompt = manners.prompt
        output = min(manners.output, request.get("max_tokens") or manners.output)
        if request.get("stream"):
            await self._stream(request, one, output, reader, writer)
        else:
            one.output = output
            one.complete = True
            message = {"role": "assistant", "content": "word " * output, "refusal": None}
            choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            await send(writer, 200, {**shape(request), "object": "chat.completion",
                                     "choices": [choice], "usage": usage(one)})

    async def _stream(
        self,
        request: dict,
        one: Served,
        output: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                     b"transfer-encoding: chunked\r\n\r\n")
        base = {**shape(request), "object": "chat.completion.chunk"}
        event(writer, {**base, "choices": [delta({"role": "assistant", "content": ""})]})
        for _ in range(output):
            event(writer, {**base, "choices": [delta({"content": "word "})]})
            one.output += 1
            await writer.drain()
            if self.manners.pace:
                await wait(self.manners.pace, reader)
        event(writer, {**base, "choices": [delta({}, "stop")]})
        if (request.get("stream_options") or {}).get("include_usage"):
            event(writer, {**base, "choices": [], "usage": usage(one)})
        chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        one.complete = True


async def wait(seconds: float, reader: asyncio.StreamReader) -> None:
    """Waits, and notices who hangs up meanwhile."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 0.02))
        if reader.at_eof():
            raise ConnectionResetError


def shape(request: dict) -> dict:
    return {"id": "chatcmpl-1", "created": 1, "model": request["model"]}


def usage(one: Served) -> dict:
    return {"prompt_tokens": one.prompt, "completion_tokens": one.output,
            "total_tokens": one.tokens}


def delta(content: dict, finish: str | None = None) -> dict:
    return {"index": 0, "delta": content, "finish_reason": finish, "logprobs": None}


def event(writer: asyncio.StreamWriter, data: dict) -> None:
    chunk(writer, b"data: " + json.dumps(data).encode() + b"\n\n")


def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))


async def send(writer: asyncio.StreamWriter, status: int, body: dict) -> None:
    data = json.dumps(body).encode()
    writer.write(b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                 % (status, len(data), data))
    await writer.drain()


async def chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def most_within(served: list[Served], seconds: float, amount: str = "") -> int:
    """The most that arrived within any interval of this length: requests, or their tokens."""
    ordered = sorted(served, key=lambda one: one.arrived)
    weights = [getattr(one, amount) if amount else 1 for one in ordered]
    most = total = first = 0
    for index, one in enumerate(ordered):
        total += weights[index]
        while ordered[first].arrived <= one.arrived - seconds:
            total -= weights[first]
            first += 1
        most = max(most, total)
    return most
