"""Streams that are open for a long time, many at once, in a process of its own."""

import asyncio
import json
import multiprocessing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

from .hammer import close, header


@dataclass
class Ends:
    """How streams have ended."""

    complete: int = 0
    # What was wrong with the others.
    cut: list[str] = field(default_factory=list)


class Open:
    """So many streams of the same request; `wait` for their ends."""

    def __init__(self, port: int, key: str, body: dict, count: int) -> None:
        context = multiprocessing.get_context("fork")
        self._begun: Synchronized = context.Value("i", 0)
        self._over: Synchronized = context.Value("i", 0)
        self._results, results = context.Pipe(duplex=False)
        what = (port, key, {**body, "stream": True}, count)
        self._process = context.Process(
            target=_report, args=(what, self._begun, self._over, results), daemon=True
        )
        self._process.start()
        results.close()

    @property
    def open(self) -> int:
        """How many have begun and not ended."""
        return self._begun.value - self._over.value

    def wait(self, seconds: float) -> Ends:
        try:
            assert self._results.poll(seconds), f"{self.open} streams do not end"
            return self._results.recv()
        finally:
            self._process.kill()
            self._process.join()


def _report(what: tuple, begun: Synchronized, over: Synchronized, results: Connection) -> None:
    port, key, body, count = what

    async def all_of_them() -> Ends:
        ends = Ends()
        await asyncio.gather(
            *(_follow(port, _request(key, body), begun, over, ends) for _ in range(count))
        )
        return ends

    results.send(asyncio.run(all_of_them()))


def _request(key: str, body: dict) -> bytes:
    content = json.dumps(body).encode()
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    ).encode() + content


async def _follow(
    port: int, request: bytes, begun: Synchronized, over: Synchronized, ends: Ends
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    last = b""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert header(head.lower(), b"transfer-encoding") == b"chunked", head
        while size := int(await reader.readline(), 16):
            piece = await reader.readexactly(size + 2)
            if not last:
                with begun.get_lock():
                    begun.value += 1
            last = piece
        assert b"data: [DONE]" in last, last
        ends.complete += 1
    except (OSError, asyncio.IncompleteReadError, ValueError, AssertionError) as error:
        ends.cut.append(repr(error))
    finally:
        with over.get_lock():
            over.value += 1
        close((reader, writer))
