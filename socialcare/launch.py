"""Everything on one machine: servers, pages, workers, beat, and for a demo a world.

The launcher itself never touches the database: each part is a child process that is
given the addresses in its environment.
"""

import contextlib
import http.client
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from socialcare import embedded, env
from socialcare.embedded import EmbeddedError
from socialcare.embedded.ports import LOOPBACK, port_for
from socialcare.supervisor import Program, Supervisor

_CELERY = (
    *("-W", "ignore:You're running the worker with superuser"),
    *("-m", "celery", "-q", "-A", "socialcare"),
)
_THREADS = "4"
_MIGRATE = ("migrate", "-v", "0", "--skip-checks")
_SEED = ("seed_demo", "--migrate")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The sandbox world of a demo; the same seed makes the same world."""

    seed: int
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to launch: pages on `port` over the data in `data_dir`."""

    home: Path
    data_dir: Path
    port: int
    say: Say
    world: World | None = None

    def run(self) -> None:
        """Run until Ctrl-C or SIGTERM, then leave no process behind.

        Raises EmbeddedError, one sentence, when something stands in the way.
        """
        with _until_told_to_stop():
            port_for("the pages", self.port, variable="PORT")
            self.say("Starting PostgreSQL and Valkey.")
            with self._servers() as servers, self._supervisor(servers) as supervisor:
                Parts(launch=self, servers=servers, supervisor=supervisor).run()

    def _servers(self) -> contextlib.AbstractContextManager[embedded.Servers]:
        return embedded.servers(
            self.data_dir,
            say=self.say,
            environ={
                "DATABASE_URL": env.text("DATABASE_URL", ""),
                "REDIS_URL": env.text("REDIS_URL", ""),
                "POSTGRES_PORT": env.text("POSTGRES_PORT", ""),
                "VALKEY_PORT": env.text("VALKEY_PORT", ""),
            },
            database="demo" if self.world else "inbox",
            begin_empty=self.world is not None,
        )

    @contextmanager
    def _supervisor(self, servers: embedded.Servers) -> Iterator[Supervisor]:
        supervisor = Supervisor(
            roll=servers.roll, write=lambda name, line: self.say(f"{name:>8} | {line}")
        )
        try:
            yield supervisor
        finally:
            with contextlib.suppress(OSError):  # whoever listened may be gone
                self.say("Stopping.")
            supervisor.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The processes of one launch, in the order in which they need each other."""

    launch: Launch
    servers: embedded.Servers
    supervisor: Supervisor

    def run(self) -> None:
        environ = self._environ()
        world = self.launch.world
        if world is not None:
            self._start("world", *_world_words(world, environ), environ=environ)
        self._start("pages", *_pages_words(self.launch.port), environ=environ)
        self.launch.say("Preparing the data.")
        step = _MIGRATE if world is None else _SEED
        self._do("prepare", "manage.py", *step, environ=environ)
        self._start("work", *_worker_words("poll,housekeeping"), environ=environ)
        self._start("deliver", *_worker_words("deliver"), environ=environ)
        self._start("beat", *_beat_words(self.launch.data_dir), environ=environ)
        if world is not None:
            self._start("colleague", "manage.py", "play_colleague", environ=environ)
        self.supervisor.watch(until=self._is_open)
        self._greet(environ)
        self.supervisor.watch(until=self._revive)

    def _environ(self) -> dict[str, str]:
        environ = {
            **os.environ,
            "DATABASE_URL": self.servers.database_url,
            "REDIS_URL": self.servers.redis_url,
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # what one has compiled serves them all
            "CELERY_SKIP_CHECKS": "1",  # they are of the pages, and cost a second
            "LOG_LEVEL": env.text("LOG_LEVEL", "WARNING"),
        }
        if self.launch.world is not None:
            environ |= _demo_environ()
        return environ

    def _do(self, name: str, *words: str, environ: dict[str, str]) -> None:
        code = self.supervisor.run(self._program(name, words, environ))
        if code != 0:
            raise EmbeddedError(
                f"The step '{name}' failed with code {code}: the lines above say why."
            )

    def _start(self, name: str, *words: str, environ: dict[str, str]) -> None:
        self.supervisor.start(self._program(name, words, environ))

    def _program(
        self, name: str, words: tuple[str, ...], environ: dict[str, str]
    ) -> Program:
        has_children = name == "pages"
        return Program(
            name=name,
            argv=(sys.executable, *words),
            environ=environ,
            cwd=self.launch.home,
            death_signal=signal.SIGTERM if has_children else signal.SIGKILL,
        )

    def _is_open(self) -> bool:
        asked = http.client.HTTPConnection(LOOPBACK, self.launch.port, timeout=1)
        with contextlib.closing(asked):
            try:
                asked.request("GET", "/")
                asked.getresponse()
            except (OSError, http.client.HTTPException):
                return False
        return True

    def _revive(self) -> bool:
        for name in self.servers.revive():
            self.launch.say(f"{name} had died and was started again.")
        return False

    def _greet(self, environ: dict[str, str]) -> None:
        lines = ["", f"The inbox is open: http://localhost:{self.launch.port}/", ""]
        if self.launch.world is not None:
            password = environ["DEMO_PASSWORD"]
            lines += [
                f"  {name:<8}  {name}@kawaipara.example  {password}"
                for name in ("operator", "lead", "admin")
            ]
            lines += ["", "The world begins anew at each start; `make dev` keeps data."]
        for line in [*lines, "Ctrl-C ends everything.", ""]:
            self.launch.say(line)


@contextmanager
def _until_told_to_stop() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or closed terminal into one orderly end."""
    told = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in told:  # one request is enough: the end takes seconds at most
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(each, stop) for each in told]
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for each, handler in zip(told, before, strict=True):
            signal.signal(each, handler)


def _demo_environ() -> dict[str, str]:
    address = f"{LOOPBACK}:{port_for('the world', None, variable='')}"
    return {
        "PRIVATE_HOSTS_ALLOWED": ",".join(
            [*env.words("PRIVATE_HOSTS_ALLOWED"), address]
        ),
        "POLL_PACE": env.text("POLL_PACE", "0.2"),
        "SANDBOX_URL": f"http://{address}",
        "SANDBOX_TOKEN": secrets.token_urlsafe(16),
        "DEMO_PASSWORD": f"kawa-{secrets.randbelow(90_000) + 10_000}-para",
    }


def _world_words(world: World, environ: dict[str, str]) -> tuple[str, ...]:
    port = environ["SANDBOX_URL"].rpartition(":")[2]
    story = ("-m", "socialcare.story", "--port", port)
    start = ("--start", datetime.now(tz=UTC).isoformat())
    return (*story, *start, "--seed", str(world.seed), "--speed", str(world.speed))


def _pages_words(port: int) -> tuple[str, ...]:
    server = ("-m", "granian", "--interface", "wsgi", "--log-level", "warning")
    limits = ("--workers", "1", "--blocking-threads", _THREADS)
    address = ("--host", LOOPBACK, "--port", str(port))
    return (*server, *limits, *address, "socialcare.wsgi:application")


def _worker_words(queues: str) -> tuple[str, ...]:
    pool = ("-P", "threads", "-c", _THREADS, "-n", f"{queues.partition(',')[0]}@%h")
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return (*_CELERY, "worker", "-Q", queues, *pool, *alone, "-l", "WARNING")


def _beat_words(data_dir: Path) -> tuple[str, ...]:
    beat = ("beat", "-l", "WARNING", "--pidfile=", "-s", str(data_dir / "beat"))
    return (*_CELERY, *beat)
