"""A Redis and a PostgreSQL of a test's own, from Debian's packages, on free ports."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import ports

START_SECONDS = 20.0


class Redis:
    """A Redis; with `aof` it remembers what it was told when it is killed."""

    def __init__(self, directory: Path, aof: bool) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is not there: apt-get install redis-server"
        self.port = ports.free()
        directory.mkdir(parents=True, exist_ok=True)
        self._command = [
            program, "--port", str(self.port), "--bind", ports.HOST, "--dir", str(directory),
            "--save", "", "--appendonly", "yes" if aof else "no", "--appendfsync", "always",
        ]
        self.url = f"redis://{ports.HOST}:{self.port}"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_for(self.port, "Redis")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    stop = kill


class Postgres:
    """A PostgreSQL, run by the user `postgres` where we are root, which it refuses to be."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="tidegate-pg-"))
        self.port = ports.free()
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_user:
            shutil.chown(self._directory, "postgres")
        self._data = self._directory / "data"
        self._run("initdb", "-D", self._data, "--auth", "trust", "--username", "tidegate",
                  "--no-sync", "--encoding", "UTF8")
        self.url = f"postgresql://tidegate@{ports.HOST}:{self.port}/postgres"
        self.start()

    def start(self) -> None:
        options = [
            "-D", self._data, "-p", str(self.port), "-k", self._directory, "-h", ports.HOST,
            "-c", "fsync=off", "-c", "full_page_writes=off",
        ]
        log = (self._directory.parent / f"{self._directory.name}.log").open("ab")
        command = [*self._as_user, program("postgres"), *map(str, options)]
        self._process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd="/", start_new_session=True
        )
        wait_for(self.port, "PostgreSQL")
        self._wait_until_recovered()

    def _wait_until_recovered(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rows("SELECT 1")
                return
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """As a machine that loses its power."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        pid = self._data / "postmaster.pid"
        pid.unlink(missing_ok=True)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self._directory, ignore_errors=True)
        (self._directory.parent / f"{self._directory.name}.log").unlink(missing_ok=True)

    def value(self, query: str) -> str:
        """The one value that a query gives."""
        ((value,),) = self.rows(query)
        return value

    def rows(self, query: str) -> list[list[str]]:
        """What a query gives."""
        command = [shutil.which("psql") or "psql", self.url, "-At", "-c", query]
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60
        ).stdout
        return [line.split("|") for line in output.splitlines()]

    def _run(self, name: str, *arguments: object) -> None:
        command = [*self._as_user, program(name), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/")


def program(name: str) -> str:
    """One of PostgreSQL's programs, which Debian keeps out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, f"{name} is not there: apt-get install postgresql-15"
    return str(found[-1])


def wait_for(port: int, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((ports.HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{name} does not listen on port {port}")
