"""The product's own processes, started as in production, for tests that need them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).parent.parent

QUICK = {"STREAM_LEASE": "3", "SEND_LEASE": "4", "POLL_PACE": "0.02"}
"""So that a test sees in seconds what takes a minute in earnest."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """A process of the product, in a group of its own: all of it can be killed."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "socialcare", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9, the children too; waits until they are gone."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
            self.process = None


def environment(**more: str) -> dict[str, str]:
    """What a process needs to work on the test's own database and Redis."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "PYTHONUNBUFFERED": "1",
        **QUICK,
        **more,
    }


def database_url() -> str:
    """Where the test database is, for processes that are not this one."""
    values: Mapping[str, str] = connection.settings_dict
    password = quote(values["PASSWORD"], safe="")
    where = f"{values['HOST']}:{values['PORT']}/{values['NAME']}"
    return f"postgresql://{values['USER']}:{password}@{where}"


@contextmanager
def workers(
    folder: Path, *, count: int = 1, queues: str, **more: str
) -> Iterator[list[Worker]]:
    """So many workers on these queues, and a beat; all killed at the end."""
    crew = [
        Worker(
            name=f"worker{number}",
            arguments=[
                *("worker", "--pool", "solo", "--queues", queues),
                *("--hostname", f"worker{number}@test", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            environment=environment(**more),
            log=folder / f"worker{number}.log",
        )
        for number in range(count)
    ]
    crew.append(
        Worker(
            name="beat",
            arguments=["beat", "--schedule", str(folder / "beat"), "--pidfile="],
            environment=environment(**more),
            log=folder / "beat.log",
        )
    )
    try:
        for worker in crew:
            worker.start()
        yield crew
    finally:
        for worker in crew:
            worker.kill()


def until(condition: Callable[[], bool], *, seconds: float, each: float = 0.3) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(each)
    return condition()
