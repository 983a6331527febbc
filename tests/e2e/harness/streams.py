"""Streams that are open for a long time, many at once, in a process of its own."""

import asyncio
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized

from .apart import CONTEXT, Apart, chat_request
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
        self._begun: Synchronized = CONTEXT.Value("i", 0)
        self._over: Synchronized = CONTEXT.Value("i", 0)
        request = chat_request(key, {**body, "stream": True})
        self._work = Apart(_ends, port, request, count, self._begun, self._over)

    @property
    def open(self) -> int:
        """How many have begun and not ended."""
        return self._begun.value - self._over.value

    def wait(self, seconds: float) -> Ends:
        return self._work.wait(seconds, "not all streams end")


def _ends(
    port: int, request: bytes, count: int, begun: Synchronized, over: Synchronized
) -> Ends:
    async def all_of_them() -> Ends:
        ends = Ends()
        await asyncio.gather(
            *(_follow(port, request, begun, over, ends) for _ in range(count))
        )
        return ends

    return asyncio.run(all_of_them())


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
