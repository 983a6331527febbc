"""Events in the framing that they travel in: the recordings hold some without it.

The encoder of AWS's event stream follows wire-facts §5a (botocore 1.44's `eventstream.py` reads what
it writes): two lengths, the CRC of these, headers, payload, the CRC of all before.
"""

import json
import struct
import zlib
from enum import Enum
from typing import Any


class Framing(Enum):
    DATA_DONE = "data lines, then [DONE]"
    NAMED = "event and data lines"
    NAMED_DONE = "event and data lines, then [DONE]"
    CRLF = "data lines that end with CR LF"
    AWS = "AWS event stream"


def wrap(events: list[Any], framing: Framing) -> bytes:
    if framing is Framing.AWS:
        return b"".join(aws_event(event) for event in events)
    end = "\r\n" if framing is Framing.CRLF else "\n"
    named = framing in (Framing.NAMED, Framing.NAMED_DONE)
    lines = [sse(event, event["type"] if named else None, end) for event in events]
    if framing in (Framing.DATA_DONE, Framing.NAMED_DONE):
        lines.append(f"data: [DONE]{end}{end}")
    return "".join(lines).encode()


def sse(event: Any, name: str | None, end: str) -> str:
    line = f"event: {name}{end}" if name else ""
    return f"{line}data: {json.dumps(event, ensure_ascii=False)}{end}{end}"


def aws_event(event: dict[str, Any]) -> bytes:
    """An event that the SDK has decoded: its type is its only member's name."""
    [(kind, payload)] = event.items()
    headers = {
        ":event-type": kind,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return aws_frame(headers, json.dumps(payload).encode())


def aws_frame(headers: dict[str, str], payload: bytes) -> bytes:
    packed = b"".join(aws_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    front = prelude + crc(prelude) + packed + payload
    return front + crc(front)


def aws_header(name: str, value: str) -> bytes:
    text = 7  # the type of a header that is text
    raw = value.encode()
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", text, len(raw)) + raw


def crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))
