"""A child process whose output is read while it runs."""

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO


class Output:
    """The lines that a process has written to one of its pipes so far."""

    def __init__(self, pipe: IO[str]) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def _read(self, pipe: IO[str]) -> None:
        for line in pipe:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        pipe.close()

    def lines(self) -> list[str]:
        with self._changed:
            return list(self._lines)

    def text(self) -> str:
        return "".join(self.lines())

    def wait_for(self, wanted: Callable[[str], bool], seconds: float) -> str | None:
        """The first line that is `wanted`, or None if it has not come after so long."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if wanted(line):
                        return line
                seen = len(self._lines)
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return None

    def join(self) -> None:
        """Waits until the writers have closed the pipe."""
        self._reader.join(timeout=5)


class Process:
    """A program in its own process group, so that nothing it started outlives it."""

    def __init__(
        self,
        command: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self._child = subprocess.Popen(
            self.command,
            env={**_environment(), **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        assert self._child.stdout is not None and self._child.stderr is not None
        self.stdout = Output(self._child.stdout)
        self.stderr = Output(self._child.stderr)

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Its exit code; raises if it still runs after so long."""
        code = self._child.wait(timeout=seconds)
        self.stdout.join()
        self.stderr.join()
        return code

    def stop(self, seconds: float = 10) -> int | None:
        """Asks it to end, and ends it if it does not."""
        if self.running():
            self.send(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends it and all that it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=5)

    def children(self) -> list[int]:
        """The processes that it has started."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        threads = Path(f"/proc/{self.pid}/task").glob("*/children")
        paths = {listed, *threads}
        return [int(pid) for path in paths if path.exists() for pid in path.read_text().split()]

    def said(self) -> str:
        """All of its output, for a failing test's message."""
        return f"{' '.join(self.command)}\n--- stdout\n{self.stdout.text()}--- stderr\n{self.stderr.text()}"


# Loaded here: between fork and exec, nothing may be.
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """When the tests themselves are killed, no fixture stops what they have started."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment() -> dict[str, str]:
    """Ours without what could reach a real provider, or lead around one of our own."""
    private = ("_API_KEY", "_proxy", "_PROXY")
    return {name: value for name, value in os.environ.items() if not name.endswith(private)}
