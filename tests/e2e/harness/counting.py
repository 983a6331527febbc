"""A provider that counts for itself: what came when, how many tokens it has made, who hung up.

It speaks OpenAI's chat API, answers at once or word by word, and is written for load: one thread,
raw HTTP/1.1. Every answer says its tokens in `usage`, streams in their last chunk too.
"""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from enum import Enum, auto

PROMPT_TOKENS = 7
OUTPUT_TOKENS = 5


@dataclass
class Served:
    """One request, by the provider's own clock and count."""

    arrived: float
    # The gateway's id of it.
    request_id: str = ""
    ended: float = 0.0
    prompt: int = 0
    output: int = 0
    complete: bool = False
    hung_up: bool = False
    # It says no more, as its manners want it.
    stopped: bool = False

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


class Stop(Enum):
    """Where the provider stops, and says no more."""

    BEFORE_HEADERS = auto()
    # Of a stream.
    BEFORE_FIRST_EVENT = auto()
    AFTER_TOKENS = auto()
    BEFORE_DONE = auto()
    AFTER_DONE = auto()
    # Of an answer that is no stream: half of its bytes are on their way.
    IN_BODY = auto()


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
    stop: Stop | None = None
    # Of `AFTER_TOKENS`: after so many.
    tokens: int = 0
    # Lets those go on that have stopped.
    goes_on: bool = False


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
        headers = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        length = int(headers.get(b"content-length", 0))
        body = await reader.readexactly(length) if length else await chunked(reader)
        request_id = headers.get(b"x-tidegate-request-id", b"").decode()
        one = Served(time.monotonic(), request_id)
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
        stop = Stopping(manners, one, reader)
        if manners.latency:
            await wait(manners.latency, reader)
        await stop.at(Stop.BEFORE_HEADERS)
        if manners.status != 200:
            one.complete = True
            await send(writer, manners.status, {"error": {"message": "no", "code": "no"}})
            return
        one.prompt = manners.prompt
        output = min(manners.output, request.get("max_tokens") or manners.output)
        if request.get("stream"):
            await self._stream(request, one, output, stop, writer)
        else:
            one.output = output
            message = {"role": "assistant", "content": "word " * output, "refusal": None}
            choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            await send(writer, 200, {**shape(request), "object": "chat.completion",
                                     "choices": [choice], "usage": usage(one)}, stop)
            one.complete = True

    async def _stream(
        self,
        request: dict,
        one: Served,
        output: int,
        stop: "Stopping",
        writer: asyncio.StreamWriter,
    ) -> None:
        manners = stop.manners
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                     b"transfer-encoding: chunked\r\n\r\n")
        await stop.at(Stop.BEFORE_FIRST_EVENT)
        base = {**shape(request), "object": "chat.completion.chunk"}
        event(writer, {**base, "choices": [delta({"role": "assistant", "content": ""})]})
        for _ in range(output):
            if one.output == manners.tokens:
                await stop.at(Stop.AFTER_TOKENS)
            event(writer, {**base, "choices": [delta({"content": "word "})]})
            one.output += 1
            await writer.drain()
            if manners.pace:
                await wait(manners.pace, stop.reader)
        event(writer, {**base, "choices": [delta({}, "stop")]})
        if (request.get("stream_options") or {}).get("include_usage"):
            event(writer, {**base, "choices": [], "usage": usage(one)})
        await stop.at(Stop.BEFORE_DONE)
        chunk(writer, b"data: [DONE]\n\n")
        await stop.at(Stop.AFTER_DONE)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        one.complete = True


@dataclass
class Stopping:
    """Stops where the manners want it, until the client hangs up or they let it go on."""

    manners: Manners
    one: Served
    reader: asyncio.StreamReader

    async def at(self, place: Stop) -> None:
        if self.manners.stop != place:
            return
        self.one.stopped = True
        while not self.manners.goes_on:
            await wait(0.02, self.reader)
        self.one.stopped = False


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


async def send(
    writer: asyncio.StreamWriter, status: int, body: dict, stop: Stopping | None = None
) -> None:
    data = json.dumps(body).encode()
    head = (b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            % (status, len(data)))
    half = len(data) // 2
    if stop and stop.manners.stop == Stop.IN_BODY:
        writer.write(head + data[:half])
        await stop.at(Stop.IN_BODY)
        writer.write(data[half:])
    else:
        writer.write(head + data)
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


def most_at_once(served: list[Served]) -> int:
    """The most that were under way at the same time."""
    now = time.monotonic()
    begun = [(one.arrived, 1) for one in served]
    over = [(one.ended or now, -1) for one in served]
    most = under_way = 0
    # One that ends when another begins is not under way with it.
    for _, change in sorted(begun + over):
        under_way += change
        most = max(most, under_way)
    return most
