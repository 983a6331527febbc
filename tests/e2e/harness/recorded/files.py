"""The recorded files, read into exchanges: what was asked, what was answered, as bytes.

Two kinds of cassettes are among them: JSON as a tree in `parsed_body` with streams as text or binary
in `body.string`, and everything as text in `body`. The other files hold answers only.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import frames
from .frames import Framing

ROOT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("TIDEGATE_RECORDED", ROOT.parent / "shared/recorded"))


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `request` is None where only the answer was recorded."""

    file: str
    number: int
    uri: str
    request: dict[str, Any] | None
    status: int
    body: bytes
    streamed: bool

    @property
    def name(self) -> str:
        return f"{self.file[:4]}.{self.number}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def paths() -> list[Path]:
    """All recorded files, none where the folder is absent."""
    return sorted(p for p in FOLDER.glob("*/O*") if p.is_file())


def read(path: Path, framing: Framing) -> list[Exchange]:
    """The exchanges of a file, with streams in their wire framing."""
    text_stream = path.name.endswith(".chunks.txt")
    if path.suffix == ".yaml":
        return list(cassette(path))
    body = path.read_bytes()
    if text_stream:
        body = frames.wrap([json.loads(line) for line in body.splitlines() if line], framing)
    streamed = text_stream or path.suffix == ".bin"
    return [Exchange(path.name, 0, "", None, 200, body, streamed)]


def cassette(path: Path) -> Iterator[Exchange]:
    interactions = yaml.load(path.read_text(), yaml.CSafeLoader)["interactions"]
    for number, interaction in enumerate(interactions):
        request, response = interaction["request"], interaction["response"]
        status = response.get("status") or response["code"]
        body, streamed = body_of(response)
        yield Exchange(
            file=path.name,
            number=number,
            uri=request.get("uri") or request["url"],
            request=tree_of(request),
            status=status["code"] if isinstance(status, dict) else int(response["code"]),
            body=body,
            streamed=streamed,
        )


def body_of(response: dict[str, Any]) -> tuple[bytes, bool]:
    if "parsed_body" in response:
        return json.dumps(response["parsed_body"]).encode(), False
    body = response["body"]
    text = body["string"] if isinstance(body, dict) else body
    data = text.encode() if isinstance(text, str) else text
    return data, not data.lstrip().startswith(b"{")


def tree_of(request: dict[str, Any]) -> dict[str, Any] | None:
    return request.get("parsed_body") or json.loads(request["body"])
