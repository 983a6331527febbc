"""Load: many clients that ask again as soon as they are answered, for a time or until they are
stopped.

Raw HTTP/1.1 over kept connections, in processes of its own, so that the load is no bottleneck.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event

from .apart import CONTEXT, Apart, chat_request


@dataclass
class Plan:
    """What to ask, whom, and how long."""

    ports: list[int]
    key: str
    body: dict
    clients: int = 8
    # 0: until they are stopped.
    seconds: float = 0.0
    # A client that was answered waits this long, one that was refused that long.
    pace: float = 0.0
    after_refusal: float = 0.02


@dataclass
class Result:
    """What came of it: answers by status; 0 where there was none."""

    statuses: Counter = field(default_factory=Counter)
    retry_after: list[float] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return self.statuses[200]


def run(*plans: Plan) -> list[Result]:
    """Carries all plans out at the same time, a process for each."""
    running = [start(plan) for plan in plans]
    return [result for one in running for result in one.wait()]


def start(*plans: Plan) -> "Running":
    """Carries plans out in the background, all in one process."""
    return Running(plans)


class Running:
    def __init__(self, plans: Sequence[Plan]) -> None:
        self._is_over = CONTEXT.Event()
        self._work = Apart(_carry_out, plans, self._is_over)

    def stop(self) -> None:
        """No client asks again; `wait` for the requests that are under way."""
        self._is_over.set()

    def wait(self, seconds: float = 120.0) -> list[Result]:
        """What came of each plan."""
        return self._work.wait(seconds, "the load does not end")


def _carry_out(plans: Sequence[Plan], is_over: Event) -> list[Result]:
    async def all_of_them() -> list[Result]:
        return await asyncio.gather(*(_Clients(plan, is_over).all() for plan in plans))

    return asyncio.run(all_of_them())


class _Clients:
    def __init__(self, plan: Plan, is_over: Event) -> None:
        self.plan = plan
        self.is_over = is_over
        self.result = Result()
        self.until = time.monotonic() + (plan.seconds or 3600)
        self.request = chat_request(plan.key, plan.body)

    async def all(self) -> Result:
        await asyncio.gather(*(self.client(n) for n in range(self.plan.clients)))
        return self.result

    async def client(self, number: int) -> None:
        port = self.plan.ports[number % len(self.plan.ports)]
        streams = None
        while self.goes_on():
            try:
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", port)
                status = await self.ask(*streams)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                status, streams = 0, close(streams)
            self.result.statuses[status] += 1
            if wait := self.pause_after(status):
                await asyncio.sleep(wait)
        close(streams)

    def pause_after(self, status: int) -> float:
        return {0: 0.05, 200: self.plan.pace}.get(status, self.plan.after_refusal)

    def goes_on(self) -> bool:
        return not self.is_over.is_set() and time.monotonic() < self.until

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        writer.write(self.request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        length = header(head, b"content-length")
        if length is not None:
            await reader.readexactly(int(length))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        if status == 429 and (wait := header(head, b"retry-after-ms")):
            self.result.retry_after.append(float(wait) / 1000)
        return status


def header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n"):
        if line.startswith(name + b":"):
            return line.split(b":", 1)[1].strip()
    return None


def close(streams: tuple | None) -> None:
    if streams:
        streams[1].close()
