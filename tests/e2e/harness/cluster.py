"""Several gateways, each with its sidecar, that share a Redis and a PostgreSQL."""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from . import limited
from .counting import Provider
from .gateway import Gateway, sidecar_of
from .services import Postgres, Redis


class Cluster:
    """Gateways that share their limits; `stop` it. Redis and PostgreSQL are the caller's."""

    def __init__(
        self,
        provider: Provider,
        redis: Redis,
        postgres: Postgres,
        directory: Path,
        keys: list[dict],
        size: int = 4,
        workers: int = 2,
        **more: Any,
    ) -> None:
        self.workers = workers
        shared = {
            "redis": {"url": redis.url},
            "database": {"url": postgres.url},
            **more,
        }
        settings = [
            limited.limited(provider, directory, keys, **shared) for _ in range(size)
        ]
        self._places = [(one, directory / str(n)) for n, one in enumerate(settings)]
        # Of each sidecar, where it listens for its Envoy.
        self.sockets = [directory / f"{n}.sock" for n in range(size)]
        for one, path in zip(settings, self.sockets, strict=True):
            one["sidecar"]["listen"] = str(path)
        # By this thread: a process ends with the thread that has started it.
        self.gateways = [self._start(place) for place in self._places]

    def _start(self, place: tuple[dict, Path]) -> Gateway:
        settings, directory = place
        return Gateway(
            settings, directory, "--concurrency", str(self.workers), env=limited.environment()
        )

    @property
    def ports(self) -> list[int]:
        return [gateway.port for gateway in self.gateways]

    def kill_sidecar(self, number: int) -> None:
        """Returns when `tidegate run` has started another one, and that answers."""
        os.kill(sidecar_of(self.gateways[number]), signal.SIGKILL)
        transport = httpx.HTTPTransport(uds=str(self.sockets[number]))
        deadline = time.monotonic() + 15
        with httpx.Client(transport=transport, base_url="http://sidecar") as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if http.get("/healthz").status_code == 200:
                        return
                assert time.monotonic() < deadline, "the sidecar does not come back"
                time.sleep(0.02)

    def restart(self, number: int) -> None:
        """Starts a gateway again that has ended or was killed."""
        self.gateways[number].process.kill()
        self.gateways[number] = self._start(self._places[number])

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Gateway.stop, self.gateways))
