"""HTTP/1.1 by hand, for requests that no library would send."""

import contextlib
import json
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .gateway import Gateway
from .ports import HOST
from .settings import GPT, KEY

Header = tuple[bytes, bytes]

CHAT = b"/v1/chat/completions"


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """In OpenAI's shape, or the test fails."""
        error = json.loads(self.body)["error"]
        assert set(error) == {"message", "type", "param", "code"}, error
        return error


def chat(content: str = "Hello", model: str = GPT, **more: Any) -> bytes:
    """The body of a chat request."""
    messages = [{"role": "user", "content": content}]
    return json.dumps({"model": model, "messages": messages, **more}).encode()


def request(
    body: bytes = b"",
    headers: Iterable[Header] = (),
    *,
    method: bytes = b"POST",
    path: bytes = CHAT,
    version: bytes = b"HTTP/1.1",
    key: str | None = KEY,
    length: int | None = None,
    close: bool = True,
) -> bytes:
    """The bytes of a request; `length=-1` leaves out `content-length`."""
    lines = [b" ".join([method, path, version]), b"host: gateway"]
    if key is not None:
        lines.append(b"authorization: Bearer " + key.encode())
    if length != -1:
        lines.append(b"content-length: %d" % (len(body) if length is None else length))
    if close:
        lines.append(b"connection: close")
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextlib.contextmanager
def connect(gateway: Gateway, seconds: float = 20) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, gateway.port), timeout=seconds) as connection:
        yield connection


def exchange(gateway: Gateway, data: bytes, seconds: float = 20) -> Answer:
    """Sends these bytes and reads one answer."""
    with connect(gateway, seconds) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """One answer, without waiting for the end of the connection where it says how long it is."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while not is_whole(received) and (chunk := connection.recv(65536)):
            received += chunk
    return parse(bytes(received))


def is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def read_all(connection: socket.socket) -> bytes:
    """What comes until the end. A reset behind an answer is an end too."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return bytes(received)


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    received = bytearray()
    while wanted not in received:
        chunk = connection.recv(65536)
        assert chunk, f"the connection ended before {wanted!r}: {bytes(received)!r}"
        received += chunk
    return bytes(received)


def parse(data: bytes) -> Answer:
    """An answer that has a content-length or ends with the connection; or a chunked one."""
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d{3})", head)
    assert found, f"no answer: {data[:200]!r}"
    if b"transfer-encoding: chunked" in head.lower():
        body = dechunk(body)
    return Answer(int(found[1]), head, body)


def dechunk(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)


def reset(connection: socket.socket) -> None:
    """Closes a connection as a client that has crashed does."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
