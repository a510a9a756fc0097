"""Children end with their launcher, by request, or by force."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from socialcare import processes
from socialcare.processes import Roll

SLEEP = ["sleep", "30"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen(['sleep', '30']);"
    "print(child.pid, flush=True); time.sleep(30)",
]


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [processes.spawn(SLEEP) for _ in range(3)]
    yield started
    processes.end(*started)


def test_end_asks_first() -> None:
    process = processes.spawn(SLEEP)
    began = time.monotonic()
    processes.end(process)
    assert process.returncode == -signal.SIGTERM
    assert time.monotonic() - began < 2


def test_end_kills_the_stubborn_with_their_whole_group() -> None:
    process = processes.spawn(STUBBORN, output=subprocess.PIPE)
    assert process.stdout is not None
    grandchild = int(process.stdout.readline())
    processes.end(process, within=0.2)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    assert _is_gone(grandchild)


def test_birth_names_a_living_process_and_no_dead_one() -> None:
    process = processes.spawn(SLEEP)
    born = processes.birth_of(process.pid)
    assert born == processes.birth_of(process.pid) != ""
    process.kill()
    deadline = time.monotonic() + 2
    while processes.birth_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert processes.birth_of(process.pid) == ""  # a zombie is no longer alive
    process.wait()
    assert processes.birth_of(process.pid) == ""


def test_the_roll_ends_who_is_left_and_nobody_else(
    tmp_path: Path, sleepers: list[subprocess.Popen[bytes]]
) -> None:
    roll = Roll(path=tmp_path / "processes")
    left, over, stranger = sleepers
    roll.add(left)
    roll.add(over)
    processes.end(over)
    with roll.path.open("a") as file:  # the pid of a past child, used again since
        file.write(f"{stranger.pid} 15 0\n")
        file.write("half a li")
    assert roll.end_all() == 1
    assert left.wait(timeout=2) == -signal.SIGTERM
    assert stranger.poll() is None
    assert not roll.path.exists()
    assert roll.end_all() == 0


def test_the_roll_holds_numbers_only(tmp_path: Path) -> None:
    roll = Roll(path=tmp_path / "processes")
    process = processes.spawn([*SLEEP, "0.001"])
    roll.add(process, by=signal.SIGINT)
    processes.end(process, by=signal.SIGINT)
    pid, by, birth = roll.path.read_text().split()
    assert (int(pid), int(by)) == (process.pid, signal.SIGINT)
    assert birth.isdecimal()


def test_a_child_ends_with_its_launcher(tmp_path: Path) -> None:
    script = (
        "from socialcare import processes; import time;"
        "print(processes.spawn(['sleep', '30']).pid, flush=True); time.sleep(30)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tmp_path,
    ) as launcher:
        assert launcher.stdout is not None
        child = int(launcher.stdout.readline())
        assert processes.birth_of(child) != ""
        launcher.kill()
    assert _is_gone(child)


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 2
    while processes.birth_of(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return processes.birth_of(pid) == ""
