"""Ports: free ones, one that refuses, one on which connecting never ends."""

import contextlib
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"


def free() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def refusing() -> Iterator[int]:
    """A port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        yield reserved.getsockname()[1]


@contextlib.contextmanager
def never_accepting() -> Iterator[int]:
    """A port that drops the first packet of every connection.

    Linux does so when the queue of connections that nobody has accepted is full.
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((HOST, 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
