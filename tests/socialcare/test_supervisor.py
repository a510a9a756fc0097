"""The supervisor shows, restarts and ends what it runs."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from socialcare import processes
from socialcare.processes import Roll
from socialcare.supervisor import Program, Supervisor

Lines = list[tuple[str, str]]


@pytest.fixture
def lines() -> Lines:
    return []


@pytest.fixture
def supervisor(lines: Lines, tmp_path: Path) -> Iterator[Supervisor]:
    roll = Roll(path=tmp_path / "processes")
    supervisor = Supervisor(roll=roll, write=lambda *line: lines.append(line))
    yield supervisor
    supervisor.stop()


def program(name: str, script: str) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-u", "-c", script),
        environ=os.environ,
        cwd=Path.cwd(),
    )


def soon(holds: Callable[[], bool]) -> Callable[[], bool]:
    deadline = time.monotonic() + 8
    return lambda: holds() or time.monotonic() > deadline


def test_runs_a_program_to_its_end(supervisor: Supervisor, lines: Lines) -> None:
    script = (
        "import sys; print('one'); print('two', file=sys.stderr);"
        "sys.stdout.write('ł half'); sys.exit(3)"
    )
    assert supervisor.run(program("migrate", script)) == 3
    assert lines == [("migrate", "one"), ("migrate", "two"), ("migrate", "ł half")]


def test_shows_each_line_under_its_name(supervisor: Supervisor, lines: Lines) -> None:
    for name in ("pages", "beat"):
        supervisor.start(program(name, f"import time; print('{name}'); time.sleep(9)"))
    supervisor.watch(until=soon(lambda: len(lines) == 2))
    assert sorted(lines) == [("beat", "beat"), ("pages", "pages")]


def test_starts_again_what_crashed_each_time_later(
    supervisor: Supervisor, lines: Lines
) -> None:
    supervisor.start(program("worker", "print('up'); raise SystemExit(5)"))
    supervisor.watch(until=soon(lambda: len(lines) >= 4))
    assert lines[:4] == [
        ("worker", "up"),
        ("worker", "ended with code 5; it starts again in 1 s"),
        ("worker", "up"),
        ("worker", "ended with code 5; it starts again in 2 s"),
    ]


def test_starts_again_what_was_killed(supervisor: Supervisor, lines: Lines) -> None:
    script = "import os, time; print(os.getpid()); time.sleep(9)"
    supervisor.start(program("worker", script))
    supervisor.watch(until=soon(lambda: len(lines) == 1))
    os.kill(int(lines[0][1]), signal.SIGKILL)
    supervisor.watch(until=soon(lambda: len(lines) == 3))
    assert lines[1] == ("worker", "was killed by signal 9; it starts again in 1 s")
    assert lines[2][1] != lines[0][1]


def test_stop_leaves_nothing(supervisor: Supervisor, lines: Lines) -> None:
    stubborn = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(os.getpid()); time.sleep(30)"
    )
    gentle = "import os, time; print(os.getpid()); time.sleep(30)"
    supervisor.start(program("stubborn", stubborn))
    supervisor.start(program("gentle", gentle))
    supervisor.watch(until=soon(lambda: len(lines) == 2))
    began = time.monotonic()
    supervisor.stop()
    assert 5 <= time.monotonic() - began < 7
    assert [processes.birth_of(int(pid)) for _name, pid in lines] == ["", ""]
