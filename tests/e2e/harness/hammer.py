"""Load: many clients that ask again as soon as they are answered, for a time or a number of requests.

Raw HTTP/1.1 over kept connections, in processes of its own, so that the load is no bottleneck.
"""

import asyncio
import json
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Plan:
    """What to ask, whom, and how often."""

    ports: list[int]
    key: str
    body: dict
    clients: int = 8
    seconds: float = 0.0
    # Of all clients together; 0: until the time is over.
    requests: int = 0
    # A client that was refused waits this long.
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
    context = multiprocessing.get_context("fork")
    with context.Pool(len(plans)) as pool:
        return pool.map(_carry_out, plans)


def start(plan: Plan) -> "Running":
    """Carries a plan out in the background."""
    return Running(plan)


class Running:
    def __init__(self, plan: Plan) -> None:
        self._pool = multiprocessing.get_context("fork").Pool(1)
        self._result = self._pool.apply_async(_carry_out, (plan,))

    def wait(self, seconds: float = 120.0) -> Result:
        try:
            return self._result.get(seconds)
        finally:
            self._pool.terminate()


def _carry_out(plan: Plan) -> Result:
    return asyncio.run(_Clients(plan).all())


class _Clients:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.result = Result()
        self.left = plan.requests or None
        self.until = time.monotonic() + (plan.seconds or 3600)
        body = json.dumps(plan.body).encode()
        self.request = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer "
            f"{plan.key}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body

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
                await asyncio.sleep(0.05)
            self.result.statuses[status] += 1
            if status not in (0, 200):
                await asyncio.sleep(self.plan.after_refusal)
        close(streams)

    def goes_on(self) -> bool:
        if self.left is not None:
            self.left -= 1
            return self.left >= 0
        return time.monotonic() < self.until

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
