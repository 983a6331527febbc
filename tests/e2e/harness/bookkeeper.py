"""Someone who sends rows to a sidecar as a filter does, and remembers which it has acknowledged."""

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

KEY = "bookkeeper"
BATCH = 10
PAUSE = 0.02


@dataclass
class Acknowledged:
    """A batch: when it was sent first, and when it was acknowledged."""

    begun: float
    at: float
    ids: list[str]


class Bookkeeper:
    """Starts at once; `stop` it. Rows that were not acknowledged it sends again."""

    def __init__(self, socket: Path, name: str) -> None:
        self.sent: list[str] = []
        self.acknowledged: list[Acknowledged] = []
        self._name = name
        self._is_over = threading.Event()
        transport = httpx.HTTPTransport(uds=str(socket))
        self._http = httpx.Client(transport=transport, base_url="http://sidecar", timeout=5)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when all rows are acknowledged, or after a while."""
        self._is_over.set()
        self._thread.join(20)

    def ids(self) -> set[str]:
        """Of all rows that were acknowledged."""
        return {one for batch in self.acknowledged for one in batch.ids}

    def times(self) -> list[float]:
        """When something was acknowledged."""
        return [batch.at for batch in self.acknowledged]

    def _run(self) -> None:
        while not self._is_over.is_set():
            first = len(self.sent)
            ids = [f"{self._name}-{first + n}" for n in range(BATCH)]
            self.sent += ids
            begun = time.monotonic()
            while not self._send(ids):
                time.sleep(PAUSE)
            self.acknowledged.append(Acknowledged(begun, time.monotonic(), ids))
            time.sleep(PAUSE)

    def _send(self, ids: list[str]) -> bool:
        lines = (json.dumps(row(one)) for one in ids)
        try:
            answer = self._http.post("/v1/ledger", content="\n".join(lines))
        except httpx.TransportError:
            return False
        return answer.status_code == 200


def row(request_id: str) -> dict:
    return {
        "request_id": request_id, "ended_ms": int(time.time() * 1000), "duration_us": 1,
        "endpoint": "chat.completions", "key_id": KEY, "status": 200, "outcome": "answered",
        "tokens": {"input": 1}, "attempts": [],
    }
