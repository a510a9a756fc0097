"""Several programs at one terminal: their output line by line, restarts, one ending.

One thread does it all: the kernel ties a child's life to the thread that started it.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from socialcare import processes
from socialcare.processes import Roll

_FIRST_PAUSE = 1.0  # seconds before the first restart; each next one doubles it
_LONGEST_PAUSE = 30.0
_SECONDS_OF_HEALTH = 60.0  # after that long alive, a program's past is forgotten
_TICK_SECONDS = 0.25
_BYTES_AT_ONCE = 65536

Write = Callable[[str, str], None]  # name of the program, one line of its output


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run; `environ` is the child's whole environment.

    `death_signal` comes when the launcher is killed: SIGTERM for what has children of
    its own to end, SIGKILL for what has none, since nobody is left to wait.
    """

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    cwd: Path
    death_signal: signal.Signals = signal.SIGTERM


@dataclass(slots=True, kw_only=True, eq=False)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    born: float
    pause: float = _FIRST_PAUSE
    restart_at: float | None = None
    tail: bytes = b""


class Supervisor:
    """Starts programs, shows what they say, restarts what crashes, ends them all."""

    def __init__(
        self,
        *,
        roll: Roll,
        write: Write,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roll = roll
        self._write = write
        self._clock = clock
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()

    def run(self, program: Program) -> int:
        """Run a program to its end; its exit code."""
        child = self._spawn(program)
        while child.process.poll() is None:
            self._read(_TICK_SECONDS)
        self._read_last(child)
        return child.process.returncode

    def start(self, program: Program) -> None:
        """Run a program until `stop`, again and again if need be."""
        self._children.append(self._spawn(program))

    def watch(self, *, until: Callable[[], bool]) -> None:
        """Show output and restart what died, until `until` says so."""
        while not until():
            self._read(_TICK_SECONDS)
            for child in self._children:
                self._look_after(child)

    def stop(self) -> None:
        """End all, within 5 seconds by SIGTERM and then by SIGKILL."""
        processes.end(*(child.process for child in self._children))
        for child in self._children:
            self._read_last(child)
        self._children.clear()
        self._selector.close()

    def _spawn(self, program: Program) -> _Child:
        process = processes.spawn(
            program.argv,
            env=program.environ,
            cwd=program.cwd,
            output=subprocess.PIPE,
            death_signal=program.death_signal,
        )
        self._roll.add(process)
        child = _Child(program=program, process=process, born=self._clock())
        self._listen(child)
        return child

    def _listen(self, child: _Child) -> None:
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(
                child.process.stdout, selectors.EVENT_READ, data=child
            )

    def _look_after(self, child: _Child) -> None:
        code = child.process.poll()
        if code is None:
            if self._clock() - child.born > _SECONDS_OF_HEALTH:
                child.pause = _FIRST_PAUSE
        elif child.restart_at is None:
            self._read_last(child)
            child.restart_at = self._clock() + child.pause
            self._write(child.program.name, _said_of(code, child.pause))
        elif self._clock() >= child.restart_at:
            self._restart(child)

    def _restart(self, child: _Child) -> None:
        processes.end(child.process)  # what its group left behind
        self._read_last(child)
        fresh = self._spawn(child.program)
        fresh.pause = min(child.pause * 2, _LONGEST_PAUSE)
        self._children[self._children.index(child)] = fresh

    def _read(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            self._read_from(key.data)

    def _read_from(self, child: _Child) -> bool:
        """Write the whole lines there are; whether there may be more."""
        stream = child.process.stdout
        if stream is None or stream.closed:
            return False
        try:
            got = os.read(stream.fileno(), _BYTES_AT_ONCE)
        except BlockingIOError:
            return False
        if not got:
            self._selector.unregister(stream)
            stream.close()
            return False
        *lines, child.tail = (child.tail + got).split(b"\n")
        for line in lines:
            self._show(child, line)
        return True

    def _read_last(self, child: _Child) -> None:
        while self._read_from(child):
            pass
        if child.tail:
            self._show(child, child.tail)
            child.tail = b""

    def _show(self, child: _Child, line: bytes) -> None:
        self._write(child.program.name, line.decode("utf-8", "replace").rstrip())


def _said_of(code: int, pause: float) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"{how}; it starts again in {pause:.0f} s"
