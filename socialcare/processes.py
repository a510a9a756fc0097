"""Child processes that never outlive the one that started them.

Each child leads a group of its own, so that Ctrl-C in a terminal reaches the launcher
alone and the launcher decides the order of ending. On Linux the kernel signals a child
when its launcher dies, even by SIGKILL; elsewhere, and for what slips through, a
`Roll` on disk tells the next start whom to end.
"""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SECONDS_TO_END = 5.0
_POLL_SECONDS = 0.02
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Output = int | IO[bytes] | None


def spawn(
    argv: Iterable[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: Output = None,
    user: int | None = None,
    group: int | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own group; stdout and stderr both go to `output`.

    `death_signal` is what the kernel sends it when the calling thread dies, so call
    this from the main thread.
    """
    return subprocess.Popen(  # noqa: S603  # argv is ours, no shell reads it
        [str(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=cwd,
        env=None if env is None else dict(env),
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        start_new_session=True,
        preexec_fn=_bound_to(parent=os.getpid(), death_signal=death_signal),  # noqa: PLW1509  # one thread
    )


def end(
    *processes: subprocess.Popen[bytes],
    by: signal.Signals = signal.SIGTERM,
    within: float = SECONDS_TO_END,
) -> None:
    """Ask each child to end, and kill with its whole group what is left `within` s."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(by)
    _wait_until(lambda: all(p.poll() is not None for p in processes), within=within)
    for process in processes:
        _kill_group(process.pid)
        process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """Who was started: a file of lines `pid birth signal`, for after a kill -9."""

    path: Path

    def add(
        self, process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM
    ) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.write(f"{process.pid} {by.value} {birth_of(process.pid)}\n")

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def end_all(self) -> int:
        """End those of the roll that still live; how many did."""
        remains = [
            (pid, by)
            for pid, by, birth in self._read()
            if birth and birth_of(pid) == birth
        ]
        for pid, by in remains:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, by)
        _wait_until(
            lambda: not any(birth_of(pid) for pid, _ in remains), within=SECONDS_TO_END
        )
        for pid, _ in remains:
            _kill_group(pid)
        self.clear()
        return len(remains)

    def _read(self) -> list[tuple[int, int, str]]:
        if not self.path.exists():
            return []
        text = self.path.read_text("ascii", errors="replace")
        rows = re.findall(r"^(\d+) (\d+) (\S.*)\n", text, re.MULTILINE)
        return [(int(pid), int(by), birth) for pid, by, birth in rows]


def birth_of(pid: int) -> str:
    """When a living process was born, in the system's own words; '' when it is dead.

    With the pid it names one process for good: a pid is used again, a pair is not.
    """
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _birth_by_ps(pid)
    try:
        state, *fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" else fields[18]  # starttime, proc(5) field 22


def _birth_by_ps(pid: int) -> str:
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip()


def _bound_to(*, parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def bind() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal.value, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel could be asked
            os._exit(1)

    return bind


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _wait_until(done: Callable[[], bool], *, within: float) -> None:
    deadline = time.monotonic() + within
    while not done() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
