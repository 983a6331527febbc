"""Several gateways, each with its sidecar, that share a Redis and a PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import limited
from .counting import Provider
from .gateway import Gateway
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

    def restart(self, number: int) -> None:
        """Starts a gateway again that has ended or was killed."""
        self.gateways[number].process.kill()
        self.gateways[number] = self._start(self._places[number])

    def stop(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Gateway.stop, self.gateways))
