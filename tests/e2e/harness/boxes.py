"""Services of docker-compose.yml without Docker: the same command, environment, health check, user and
files, each in a bubblewrap of its own, all in one network namespace where their names and ports are
those of the file.

What differs from Docker: programs of Redis, PostgreSQL and Envoy are this machine's, networks are
one, and names are in /etc/hosts.
"""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import programs
from .compose import Service
from .process import Process

START_SECONDS = 30.0
# Debian keeps PostgreSQL's programs out of PATH, its image does not.
PATH = "/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/usr/sbin"
_USERS = "tidegate:x:65532:65532::/:/bin/false\nstore:x:999:999::/:/bin/false\n"

# Run in the network namespace: what it prints is what a client gets.
_CLIENT = """
import json, sys
import httpx
request = json.load(sys.stdin)
answer = httpx.request(**request, trust_env=False, timeout=30)
json.dump([answer.status_code, dict(answer.headers), answer.text], sys.stdout)
"""


class Host:
    """A network namespace, volumes, and what the images hold; `stop` it."""

    def __init__(self, directory: Path, names: Sequence[str]) -> None:
        assert shutil.which("bwrap"), "bwrap is not there: apt-get install bubblewrap"
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.images = directory / "images"
        run([programs.ROOT / "scripts/image.sh", self.images])
        (directory / "hosts").write_text(f"127.0.0.1 localhost {' '.join(names)}\n")
        (directory / "passwd").write_text(_USERS)
        # A socket's path is short: pytest's directories are not.
        self._volumes = Path(tempfile.mkdtemp(prefix="tidegate-volumes-"))
        self._namespace = Process(
            ["unshare", "--map-root-user", "--net", "--",
             "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"]
        )
        up = self._namespace.stdout.wait_for(lambda line: line == "up\n", 5)
        assert up, self._namespace.said()

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """A command in the network namespace."""
        enter = f"nsenter --user --net --preserve-credentials --target {self._namespace.pid} --"
        return [*shlex.split(enter), *map(str, command)]

    def boxed(self, service: Service, command: Sequence[str], **more: str) -> list[str]:
        """A command in the box of a service, with its environment and `more`."""
        environment = {"PATH": PATH, **(service.get("environment") or {}), **more}
        variables = [word for pair in environment.items() for word in ("--setenv", *pair)]
        return self.inside(["bwrap", *self._box(service), "--clearenv", *variables, "--", *command])

    def ask(self, method: str, url: str, **request: Any) -> tuple[int, dict[str, str], str]:
        """An HTTP request in the namespace: status, headers and body of its answer."""
        asked = json.dumps({"method": method, "url": url, **request})
        answered = run(self.inside([sys.executable, "-c", _CLIENT]), input=asked)
        status, headers, body = json.loads(answered)
        return status, headers, body

    def volume(self, name: str) -> Path:
        """A volume, made where it is not there."""
        path = self._volumes / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def stop(self) -> None:
        self._namespace.kill()
        shutil.rmtree(self._volumes, ignore_errors=True)

    def _box(self, service: Service) -> list[str]:
        user, group = service["user"].split(":")
        image = self.images / service.get("build", {}).get("target", "none")
        options = [
            "--unshare-user", "--uid", user, "--gid", group, "--unshare-ipc", "--unshare-pid",
            "--as-pid-1", "--die-with-parent", "--cap-drop", "ALL",
            "--ro-bind", "/usr", "/usr", "--tmpfs", "/usr/local",
            *(word for name in ("bin", "sbin", "lib", "lib64") if Path("/usr", name).exists()
              for word in ("--symlink", f"usr/{name}", f"/{name}")),
            "--proc", "/proc", "--dev", "/dev", "--symlink", "/run", "/var/run",
            "--ro-bind", "/etc/ssl", "/etc/ssl",
            "--ro-bind", self._directory / "hosts", "/etc/hosts",
            "--ro-bind", self._directory / "passwd", "/etc/passwd",
        ]  # fmt: skip
        if image.name == "envoy":
            options += ["--ro-bind", programs.envoy(), "/usr/local/bin/envoy"]
        for file in sorted((image / "usr/local").rglob("*")):
            if file.is_file():
                options += ["--ro-bind", file, f"/{file.relative_to(image)}"]
        for path in service.get("tmpfs", []):
            options += ["--tmpfs", path.split(":")[0]]
        for mount in service.get("volumes", []):
            is_volume = mount["type"] == "volume"
            source = self.volume(mount["source"]) if is_volume else mount["source"]
            options += ["--ro-bind" if mount.get("read_only") else "--bind", source, mount["target"]]
        if service["read_only"]:
            options += ["--remount-ro", "/usr/local", "--remount-ro", "/"]
        return [str(option) for option in options]


class Box:
    """A running service."""

    def __init__(self, host: Host, service: Service) -> None:
        self._host, self._service = host, service
        command = [*(service.get("entrypoint") or []), *service["command"]]
        self.process = Process(host.boxed(service, command))

    def wait_until_healthy(self) -> None:
        kind, *test = self._service["healthcheck"]["test"]
        command = {"CMD": test, "CMD-SHELL": ["sh", "-c", *test]}[kind]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.running(), self.process.said()
            if self.run(command).returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"not healthy\n{self.process.said()}")

    def run(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Another command in its box, as with `docker compose exec`."""
        boxed = self._host.boxed(self._service, command, **more)
        return subprocess.run(boxed, capture_output=True, text=True, timeout=60)

    def stop(self) -> int | None:
        """As Docker does it: the commands before the end, then the signal; its exit code."""
        for hook in self._service.get("pre_stop", []):
            ended = self.run(hook["command"])
            assert ended.returncode == 0, ended.stderr
        number = signal.Signals[self._service.get("stop_signal", "SIGTERM")]
        with contextlib.suppress(ProcessLookupError):
            for pid in self.process.children():
                os.kill(pid, number)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()


def run(command: Sequence[str | Path], **more: Any) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60, **more
    )
    assert done.returncode == 0, f"{done.args}\n{done.stdout}{done.stderr}"
    return done.stdout
