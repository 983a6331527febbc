"""A provider that answers with exactly the bytes that a test wants, however wrong they are."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from . import ports
from .simulator import dead_url

Answer = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Request:
    """What the gateway has sent."""

    method: str
    path: str
    # Names in lower case.
    headers: dict[str, str]
    body: bytes


class Upstream:
    """Reads a request on each connection, lets `answer` write to it, and closes it."""

    def __init__(self) -> None:
        self.answer: Answer = lambda connection: None
        # How each exchange ended: "closed" by us, or "left" by the gateway.
        self.ends: list[str] = []
        # All requests so far.
        self.requests: list[Request] = []
        self._listener = socket.create_server((ports.HOST, 0))
        self.url = dead_url(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                if request := read_request(connection):
                    self.requests.append(request)
                    self.answer(connection)
                    self.ends.append("closed")
            except (BrokenPipeError, ConnectionResetError):
                self.ends.append("left")

    def stop(self) -> None:
        self._listener.close()


def read_request(connection: socket.socket) -> Request | None:
    """Reads one request to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    pieces, missing = [body], int(length[1]) - len(body) if length else 0
    while missing > 0:
        pieces.append(connection.recv(65536))
        missing -= len(pieces[-1])
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (l.partition(":") for l in lines)}
    return Request(method, path, headers, b"".join(pieces))


def document(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Answer:
    """An answer in one piece."""
    length = b"content-length: %d" % len(body)
    lines = [b"HTTP/1.1 " + status, b"content-type: application/json", length, *headers]
    return lambda connection: connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream(*events: bytes) -> Answer:
    """A stream that ends as HTTP wants it."""
    body = b"".join(chunk(event) for event in events)
    return lambda connection: connection.sendall(STREAM_HEAD + body + b"0\r\n\r\n")
