"""A provider that runs on this machine: `tidegate simulate`, told what to do over HTTP."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from . import ports, programs
from .process import Process

Step = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """A request as a simulated provider has received it."""

    entry: dict[str, Any]

    @property
    def path(self) -> str:
        return self.entry["path"]

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name; a header that came twice would be an error of ours."""
        pairs = [(name.lower(), value) for name, value in self.entry["headers"]]
        assert len(pairs) == len(dict(pairs)), f"a header came twice: {sorted(pairs)}"
        return dict(pairs)

    @property
    def body_sha256(self) -> str:
        body = self.entry["body"]
        return body.get("sha256") or hashlib.sha256(self.bytes).hexdigest()

    @property
    def body_length(self) -> int:
        return self.entry["body"]["length"]

    @property
    def bytes(self) -> bytes:
        """The whole body; long ones are recorded by length and hash only."""
        body = self.entry["body"]
        return body["text"].encode() if "text" in body else base64.b64decode(body["base64"])

    @property
    def json(self) -> Any:
        return json.loads(self.bytes)

    @property
    def disconnected(self) -> bool:
        return self.entry["disconnected"]


class Simulator:
    """One simulated provider."""

    def __init__(self, dialect: str, api_key: str | None = None) -> None:
        self.dialect = dialect
        self.api_key = api_key
        options = ["--dialect", dialect, "--port", "0", "--model", "*"]
        if api_key:
            options += ["--api-key", api_key]
        self.process = Process([programs.tidegate(), "simulate", *options])
        said = self.process.stdout.wait_for(lambda line: " on http://" in line, seconds=10)
        if said is None:
            self.process.kill()
            raise RuntimeError(f"the simulator did not start\n{self.process.said()}")
        self.url = said.split(" on ")[1].strip()
        self._control = httpx.Client(base_url=f"{self.url}/_simulate", trust_env=False)

    @property
    def base_url(self) -> str:
        """As a client's SDK wants it."""
        return f"{self.url}/v1" if self.dialect == "openai" else self.url

    def script(self, *steps: Step) -> None:
        """What happens to the next requests; then good answers again."""
        answer = self._control.put("/script", json=list(steps))
        assert answer.status_code == 200, answer.text

    def always(self, **step: Any) -> None:
        """What happens to every request from now on."""
        self.script({**step, "repeat": True})

    def reset(self) -> None:
        """Good answers, and an empty journal."""
        self._control.delete("/script").raise_for_status()
        self._control.delete("/requests").raise_for_status()

    def requests(self) -> list[Recorded]:
        """What has come in since the last reset, oldest first."""
        return [Recorded(entry) for entry in self._control.get("/requests").json()]

    def only_request(self) -> Recorded:
        requests = self.requests()
        assert len(requests) == 1, f"{len(requests)} requests came to {self.dialect}"
        return requests[0]

    def wait_for(self, wanted: Callable[[Recorded], bool], seconds: float) -> Recorded | None:
        """The first request that is `wanted`, or None if there is none after so long."""
        deadline = time.monotonic() + seconds
        while True:
            if found := next((r for r in self.requests() if wanted(r)), None):
                return found
            if time.monotonic() > deadline:
                return None
            time.sleep(0.01)

    def stats(self) -> dict[str, Any]:
        return self._control.get("/stats").json()

    def stop(self) -> None:
        self._control.close()
        self.process.stop()


def dead_url(port: int) -> str:
    return f"http://{ports.HOST}:{port}"
