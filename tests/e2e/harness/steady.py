"""Questions at a steady pace, or as fast as some connections carry them, each with its answer.

Like `hammer`, raw HTTP/1.1 over kept connections in a process of its own; unlike there, each
question may be another, what came of each is kept, and the pace does not depend on the answers.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .apart import Apart, chat_request
from .settings import KEY

# Opened before the first question, so that every worker of the gateway has some.
CONNECTIONS = 16
# A question that has no answer after so long has none.
PATIENCE = 20.0


@dataclass(frozen=True)
class Question:
    """A chat request."""

    body: dict[str, Any]
    key: str = KEY
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self) -> bytes:
        return chat_request(self.key, self.body, self.headers)


@dataclass
class Answer:
    """What came; status 0 where nothing did, or not all of it."""

    # Seconds since 1970.
    begun: float
    ended: float = 0.0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def seconds(self) -> float:
        return self.ended - self.begun

    @property
    def attempts(self) -> int:
        return int(self.headers.get("x-tidegate-attempts", 0))

    @property
    def provider(self) -> str:
        return self.headers.get("x-tidegate-provider", "")

    @property
    def error(self) -> dict[str, Any]:
        """In OpenAI's shape, or the test fails."""
        error = json.loads(self.body)["error"]
        assert set(error) == {"message", "type", "param", "code"}, error
        return error


class Asking:
    """Asks in the background. `wait` for the answers, in the order of the questions."""

    def __init__(
        self,
        port: int,
        questions: Sequence[Question],
        seconds: float = 0.0,
        connections: int = CONNECTIONS,
    ) -> None:
        """Over `seconds`, whatever the answers; without, as fast as the connections carry."""
        self._work = Apart(_answers, port, questions, seconds, connections)

    def wait(self, seconds: float = 60.0) -> list[Answer]:
        return self._work.wait(seconds, "the questions do not end")


def ask(port: int, questions: Sequence[Question], **more: Any) -> list[Answer]:
    return Asking(port, questions, **more).wait()


def _answers(
    port: int, questions: Sequence[Question], seconds: float, connections: int
) -> list[Answer]:
    return asyncio.run(_Crowd(port, connections).all(questions, seconds))


class _Crowd:
    def __init__(self, port: int, connections: int) -> None:
        self.port = port
        self.connections = connections
        self.idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def all(self, questions: Sequence[Question], seconds: float) -> list[Answer]:
        for _ in range(self.connections):
            self.idle.append(await self.open())
        if not seconds:
            return await self.as_fast_as_possible(questions)
        loop = asyncio.get_running_loop()
        start, tasks = loop.time(), []
        for number, question in enumerate(questions):
            due = start + number * seconds / len(questions)
            # What is due together leaves together: a turn of the loop for each would be too slow.
            if (left := due - loop.time()) > 0.001:
                await asyncio.sleep(left)
            tasks.append(asyncio.create_task(self.ask(question)))
        return list(await asyncio.gather(*tasks))

    async def as_fast_as_possible(self, questions: Sequence[Question]) -> list[Answer]:
        waiting = iter(enumerate(questions))
        answers: dict[int, Answer] = {}

        async def client() -> None:
            for number, question in waiting:
                answers[number] = await self.ask(question)

        await asyncio.gather(*(client() for _ in range(self.connections)))
        return [answers[number] for number in range(len(questions))]

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, question: Question) -> Answer:
        answer = Answer(time.time())
        streams = None
        try:
            async with asyncio.timeout(PATIENCE):
                # The one that has rested longest, so that all have their turn.
                streams = self.idle.popleft() if self.idle else await self.open()
                await exchange(question, answer, *streams)
            self.idle.append(streams)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            answer.status = 0
            if streams:
                streams[1].close()
        answer.ended = time.time()
        return answer


async def exchange(
    question: Question, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.write(question.wire())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    answer.headers = {name.lower(): value.strip() for name, _, value in pairs}
    if (length := answer.headers.get("content-length")) is not None:
        answer.body = await reader.readexactly(int(length))
    else:
        while size := int(await reader.readline(), 16):
            answer.body += (await reader.readexactly(size + 2))[:size]
        await reader.readline()
    # Only now: an answer of which a part is missing is none.
    answer.status = int(first.split(" ", 2)[1])
