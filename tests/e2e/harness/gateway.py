"""A gateway: `tidegate run` with a real Envoy and the real filter."""

import json
import signal
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import openai
import yaml

from . import ports, programs
from .process import Process
from .settings import KEY, Settings, environment

# Envoy writes its log every half second.
LOG_DELAY = 3.0
START_SECONDS = 20.0


class Gateway:
    """A gateway that answers; `stop` it."""

    def __init__(
        self,
        settings: Settings,
        directory: Path,
        *options: str,
        env: dict[str, str] | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.settings = settings
        # Whose certificate a client believes, and its own.
        self.verify = verify
        self.port: int = settings["listen"]["port"]
        scheme = "https" if "tls" in settings["listen"] else "http"
        self.url = f"{scheme}://{ports.HOST}:{self.port}"
        self.base_url = f"{self.url}/v1"
        self.admin_url = f"http://{ports.HOST}:{settings['admin']['port']}"
        self.file = write(settings, directory)
        self.process = Process(command(self.file, *options), env=env or environment())
        try:
            self._wait_until_ready()
        except BaseException:
            self.process.kill()
            raise

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.process.running():
                # All that it has said is there only then.
                self.process.wait(5)
                raise RuntimeError(f"the gateway ended\n{self.process.said()}")
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"the gateway is not ready\n{self.process.said()}")

    def _answers(self) -> bool:
        try:
            with self.http(None, timeout=2) as client:
                return client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def http(self, key: str | None = KEY, **options: Any) -> httpx.Client:
        """A plain HTTP client with a key."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        usual = {"trust_env": False, "timeout": 30, "verify": self.verify}
        return httpx.Client(base_url=self.url, headers=headers, **{**usual, **options})

    def sdk(self, key: str = KEY, **options: Any) -> openai.OpenAI:
        """The official SDK, which does not retry: a retry would hide what the gateway did."""
        return openai.OpenAI(
            api_key=key, base_url=self.base_url, **{"max_retries": 0, "timeout": 30, **options}
        )

    def async_sdk(self, key: str = KEY, **options: Any) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            api_key=key, base_url=self.base_url, **{"max_retries": 0, "timeout": 30, **options}
        )

    def log_of(self, request_id: str) -> dict[str, Any]:
        """The access log's line about a request."""
        line = self.process.stdout.wait_for(lambda line: request_id in line, LOG_DELAY)
        assert line is not None, f"the access log does not know {request_id}"
        return json.loads(line)

    def stats(self, pattern: str) -> dict[str, int]:
        """Envoy's counters and gauges whose names match."""
        query = {"filter": pattern, "format": "json"}
        answer = httpx.get(f"{self.admin_url}/stats", params=query, trust_env=False)
        answer.raise_for_status()
        stats = answer.json()["stats"]
        return {stat["name"]: stat["value"] for stat in stats if "value" in stat}

    def connections(self) -> dict[str, int]:
        """How many clients have connected to each worker."""
        return self.stats(rf"_{self.port}\.worker_\d+\.downstream_cx_total")

    def vm_failures(self) -> dict[str, int]:
        """Envoy's statistics of filters that have crashed or were loaded anew."""
        bad = ("crash", "reload", "fail", "error")
        stats = self.stats("wasm").items()
        # What the filter itself counts are its targets' failures.
        envoys = [(name, n) for name, n in stats if not name.startswith("wasmcustom.tidegate_")]
        return {name: n for name, n in envoys if n and any(word in name for word in bad)}

    def memory(self) -> int:
        """Resident bytes of its Envoy."""
        statm = Path(f"/proc/{envoy_of(self)}/statm").read_text()
        return int(statm.split()[1]) * 4096

    def stop(self) -> int | None:
        return self.process.stop()


def write(settings: Settings, directory: Path) -> Path:
    """Writes `tidegate.yaml`."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "tidegate.yaml"
    file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
    return file


def command(file: Path, *options: str) -> list[str | Path]:
    """The command line of a gateway."""
    programs_used = ["--envoy", programs.envoy(), "--wasm", programs.wasm()]
    return [programs.tidegate(), "run", "-c", file, *programs_used, *options]


def envoy_of(gateway: Gateway) -> int:
    """The process id of the gateway's Envoy."""
    return child_of(gateway, "envoy")


def sidecar_of(gateway: Gateway) -> int:
    """The process id of the gateway's sidecar."""
    return child_of(gateway, "tidegate-sidecar")


def child_of(gateway: Gateway, name: str) -> int:
    """The one child with this name, of which the kernel keeps the first 15 bytes."""
    children = gateway.process.children()
    names = {pid: Path(f"/proc/{pid}/comm").read_text().strip() for pid in children}
    found = [pid for pid, known in names.items() if known == name[:15]]
    assert len(found) == 1, f"tidegate run has the children {names}, {name} is wanted"
    return found[0]


def terminate(gateway: Gateway) -> None:
    gateway.process.send(signal.SIGTERM)
