"""Work in a process of its own, so that a load is no bottleneck for the test beside it."""

import json
import multiprocessing
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

CONTEXT = multiprocessing.get_context("fork")
Result = TypeVar("Result")


class Apart(Generic[Result]):
    """Something that is done in the background. `wait` for what comes of it."""

    def __init__(self, work: Callable[..., Result], *args: Any) -> None:
        self._results, results = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_report, args=(work, args, results), daemon=True)
        self._process.start()
        results.close()

    def wait(self, seconds: float, otherwise: str) -> Result:
        """What came of it; after so long the test fails, and says `otherwise`."""
        try:
            assert self._results.poll(seconds), otherwise
            return self._results.recv()
        finally:
            self._process.kill()
            self._process.join()


def _report(work: Callable[..., Any], args: tuple, results: Connection) -> None:
    results.send(work(*args))


def chat_request(key: str, body: dict[str, Any], headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """A chat request as HTTP/1.1 carries it."""
    content = json.dumps(body).encode()
    own = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n"
        f"authorization: Bearer {key}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}\r\n{own}\r\n"
    ).encode() + content
