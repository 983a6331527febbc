"""Envoys: started, pinned, watched, stopped."""

import contextlib
import os
import resource
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Set
from pathlib import Path

import yaml

READY_WITHIN_S = 60


class Envoy:
    """One running Envoy."""

    def __init__(self, binary: str, name: str, config: dict, directory: Path, cores: Set[int],
                 environment: dict[str, str], concurrency: int = 1) -> None:
        self.name = name
        (listener,) = config["static_resources"]["listeners"]
        self.port: int = port_of(listener)
        self.admin: int = port_of(config["admin"])
        self.directory = directory
        file = directory / f"{name}.yaml"
        file.write_text(yaml.dump(config, Dumper=yaml.SafeDumper, sort_keys=False))
        command = [binary, "-c", str(file), "--concurrency", str(concurrency),
                   "--use-dynamic-base-id", "--log-level", "warn",
                   "--file-flush-interval-msec", "500"]
        with (directory / f"{name}.log").open("wb") as log, self.access_log.open("wb") as access:
            self.process = subprocess.Popen(
                command, stdout=access, stderr=log, env={**os.environ, **environment},
                preexec_fn=lambda: prepare(cores),
            )
        self._wait_until_ready()

    @property
    def access_log(self) -> Path:
        return self.directory / f"{self.name}-access.log"

    def cpu_ns(self) -> int:
        """CPU time that all of its threads have had."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())

    def memory_kib(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["VmRSS"].split()[0])

    def stats(self, pattern: str) -> dict[str, int]:
        with urllib.request.urlopen(self._admin(f"stats?filter={pattern}"), timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(": ", 1) for line in lines)
        return {name: int(value) for name, value in pairs if value.isdigit()}

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        return (self.directory / f"{self.name}.log").read_text()[-2000:]

    def _admin(self, path: str) -> str:
        return f"http://127.0.0.1:{self.admin}/{path}"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self._admin("ready"), timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"Envoy ({self.name}) did not become ready:\n{self.last_words()}")


def prepare(cores: Set[int]) -> None:
    """In the new process: its cores, priority where we may ask for it, many connections."""
    os.sched_setaffinity(0, cores)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def port_of(thing: dict) -> int:
    return thing["address"]["socket_address"]["port_value"]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
