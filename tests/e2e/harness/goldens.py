"""The golden requests in `tests/fixtures`: what the filter's own tests say is sent upstream.

`KIND/requests/NAME.sent.json` has path, headers and body, or a refusal. Those of OpenAI's look-alikes,
`KIND-NAME.sent` in one folder, are what the client is told and the body. Anthropic's older ones are texts:
a title, headers and warnings, the body in one line.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .programs import ROOT

FIXTURES = ROOT / "tests/fixtures"


@dataclass(frozen=True)
class Sent:
    """A request as it goes upstream."""

    kind: str
    name: str
    path: str
    body: bytes


def sent() -> list[Sent]:
    """All golden requests that are sent; those that are refused are not."""
    return [one for file in files() for one in read(file)]


def options(kind: str) -> dict[str, str]:
    """The options with which a provider's fixtures were made."""
    file = FIXTURES / kind / "options.json"
    return json.loads(file.read_text()) if file.exists() else {}


def files() -> list[Path]:
    endings = ("sent.json", "sent", "txt")
    return sorted(file for ending in endings for file in FIXTURES.glob(f"*/requests/*.{ending}"))


def read(file: Path) -> Iterator[Sent]:
    kind = file.parent.parent.name
    if file.suffix == ".txt":
        yield from sections(kind, file)
        return
    if file.suffix == ".sent":
        yield from look_alike(file)
        return
    golden = json.loads(file.read_text())
    if "refused" not in golden:
        name = file.name.removesuffix(".sent.json")
        yield Sent(kind, name, golden["path"], json.dumps(golden["body"]).encode())


def look_alike(file: Path) -> Iterator[Sent]:
    kind, _, name = file.stem.partition("-")
    body = file.read_text()
    body = body[body.find("{") :]
    if body.startswith("{"):
        yield Sent(kind, name, "/chat/completions", body.encode())


def sections(kind: str, file: Path) -> Iterator[Sent]:
    for section in file.read_text().split("### ")[1:]:
        title, *lines = section.splitlines()
        for line in lines:
            if line.startswith("{"):
                yield Sent(kind, f"{file.stem}: {title}", "/v1/messages", line.encode())


def answers() -> list[Path]:
    """The golden answers as a client gets them."""
    return sorted([*FIXTURES.glob("*/answers/*.client.json"), *FIXTURES.glob("*/answers/*.client")])
