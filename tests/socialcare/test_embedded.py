"""The embedded servers, for real: started, killed, started again."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from unittest import mock

import psycopg2
import pytest
import redis

from socialcare import embedded, processes
from socialcare.embedded import account

ROOT = Path(__file__).parents[2]
LAUNCHER = Path(__file__).with_name("launcher.py")
AS_ORDINARY_USER = (
    ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
    if os.geteuid() == 0
    else []
)


def start(folder: Path, **environ: str) -> AbstractContextManager[embedded.Servers]:
    return embedded.servers(folder, environ=environ)


def ask(url: str, question: str) -> object:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0] if cursor.description else None


def refusal(folder: Path, **environ: str) -> str:
    with pytest.raises(embedded.EmbeddedError) as caught, start(folder, **environ):
        pass
    return str(caught.value)


@contextmanager
def launcher(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*AS_ORDINARY_USER, sys.executable, str(LAUNCHER), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pids_when_up(process: subprocess.Popen[str]) -> list[int]:
    """The servers' pids; a notice on what the last run left behind may come first."""
    line = process.stdout.readline() if process.stdout else ""
    if line.startswith("The last run was cut short"):
        return pids_when_up(process)
    assert line.startswith("up ")
    return [int(word) for word in line.split()[1:]]


def wait_until(holds: Callable[[], bool], *, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(holds())


def living(pids: list[int]) -> list[int]:
    return [pid for pid in pids if processes.birth_of(pid)]


class TestThePair:
    def test_answers_only_to_its_password_and_on_loopback(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            assert ask(servers.database_url, "SELECT current_database()") == "inbox"
            assert ask(servers.database_url, "SHOW listen_addresses") == "127.0.0.1"
            assert ask(servers.database_url, "SHOW fsync") == "on"
            assert ask(servers.database_url, "SHOW unix_socket_directories") == ""
            with pytest.raises(psycopg2.OperationalError, match="authentication"):
                ask(servers.database_url.replace("inbox:", "inbox:x"), "SELECT 1")
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.ping() is True
            host_and_port = servers.redis_url.partition("@")[2]
            with (
                redis.Redis.from_url(f"redis://{host_and_port}") as stranger,
                pytest.raises(redis.AuthenticationError),
            ):
                stranger.ping()

    def test_sorts_and_folds_the_same_on_every_system(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            found = ask(servers.database_url, "SELECT 'ЁЖ ŁOŚ' ILIKE 'ёж łoś'")
            assert found is True

    def test_leaves_no_process_and_keeps_the_data(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            ask(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
            pids = [server.process.pid for server in servers.ours]
            assert len(living(pids)) == 2
        assert living(pids) == []
        with start(tmp_path / "data") as servers:
            assert ask(servers.database_url, "SELECT n FROM kept") == 7

    def test_begins_empty_when_asked(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            ask(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
        with embedded.servers(
            tmp_path / "data", environ={}, begin_empty=True
        ) as servers:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert ask(servers.database_url, tables) == 0

    def test_is_overridden_by_the_environment(self, tmp_path: Path) -> None:
        one, two = "postgresql://db.example/x", "redis://cache.example/1"
        with start(tmp_path / "a", DATABASE_URL=one) as servers:
            assert servers.database_url == one
            assert [type(server).__name__ for server in servers.ours] == ["Valkey"]
            assert not (tmp_path / "a" / "postgres").exists()
        with start(tmp_path / "b", DATABASE_URL=one, REDIS_URL=two) as servers:
            assert (servers.database_url, servers.redis_url) == (one, two)
            assert servers.ours == ()

    def test_keeps_its_passwords_out_of_its_repr(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            secrets = [
                url.partition("@")[0].rpartition(":")[2]
                for url in (servers.database_url, servers.redis_url)
            ]
            shown = repr(servers) + repr(servers.ours) + str(embedded.running_urls)
            assert [secret for secret in secrets if secret in shown] == []

    def test_is_found_by_commands_run_by_hand(self, tmp_path: Path) -> None:
        assert embedded.running_urls(tmp_path / "data") is None
        with start(tmp_path / "data") as servers:
            found = embedded.running_urls(tmp_path / "data")
            assert found is not None
            assert found.database_url == servers.database_url
            assert found.redis_url == servers.redis_url
            modes = {
                name: stat.S_IMODE((tmp_path / "data" / name).stat().st_mode)
                for name in ("", "urls", "password", "valkey/valkey.conf")
            }
            assert modes == {
                "": 0o700,
                "urls": 0o600,
                "password": 0o600,
                "valkey/valkey.conf": 0o600,
            }
        assert embedded.running_urls(tmp_path / "data") is None

    def test_for_tests_needs_no_folder(self) -> None:
        with embedded.throwaway() as servers:
            assert ask(servers.database_url, "SHOW fsync") == "off"
            folder = servers.roll.path.parent
            assert folder.exists()
        assert not folder.exists()


class TestKills:
    def test_of_both_servers_are_mended_on_the_same_ports(self, tmp_path: Path) -> None:
        with start(tmp_path / "data") as servers:
            ask(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
            for server in servers.ours:
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
            assert servers.revive() == ["Postgres", "Valkey"]
            assert servers.revive() == []
            assert ask(servers.database_url, "SELECT n FROM kept") == 7
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.ping() is True

    def test_of_the_launcher_end_its_servers_and_the_next_start_recovers(
        self, tmp_path: Path
    ) -> None:
        with launcher(tmp_path / "data") as process:
            pids = pids_when_up(process)
            urls = embedded.running_urls(tmp_path / "data")
            assert urls is not None
            ask(urls.database_url, "CREATE TABLE kept AS SELECT 7 AS n")
            process.kill()
            process.wait()
        with launcher(tmp_path / "data") as process:
            pids_when_up(process)
            urls = embedded.running_urls(tmp_path / "data")
            assert urls is not None
            assert living(pids) == []
            assert ask(urls.database_url, "SELECT n FROM kept") == 7

    def test_ctrl_c_leaves_no_process_behind(self, tmp_path: Path) -> None:
        with launcher(tmp_path / "data") as process:
            pids = pids_when_up(process)
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)
            assert living(pids) == []

    def test_of_a_first_start_begin_it_again(self, tmp_path: Path) -> None:
        half = tmp_path / "data" / "postgres.new" / "base"
        with launcher(tmp_path / "data") as process:
            assert wait_until(half.exists, within=10)
            process.kill()
            process.wait()
        assert not (tmp_path / "data" / "postgres").exists()
        with launcher(tmp_path / "data") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == (
                "The first start was interrupted before it finished, "
                "so it begins again.\n"
            )
            assert len(living(pids_when_up(process))) == 2

    def test_before_the_claim_leave_a_folder_that_is_still_ours(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "lock").touch()
        with start(tmp_path / "data") as servers:
            assert ask(servers.database_url, "SELECT 1") == 1


class TestRefusals:
    def test_a_folder_of_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "holiday.jpg").write_text("a picture")
        assert refusal(tmp_path) == (
            f"{tmp_path} holds something else already (holiday.jpg), so nothing was "
            "written there: name an empty or a new folder in DATA_DIR."
        )
        assert [child.name for child in tmp_path.iterdir()] == ["holiday.jpg"]

    def test_a_bare_postgres_folder_is_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "PG_VERSION").write_text("18\n")
        assert "holds something else already (PG_VERSION)" in refusal(tmp_path)

    def test_a_file_in_place_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("")
        assert refusal(tmp_path / "data") == (
            f"{tmp_path / 'data'} is not a folder, so no data can be kept in it: "
            "name another one in DATA_DIR."
        )

    def test_data_of_another_major(self, tmp_path: Path) -> None:
        with start(tmp_path / "data"):
            pass
        version = tmp_path / "data" / "postgres" / "PG_VERSION"
        assert version.read_text() == "18\n"
        version.write_text("17\n")
        assert refusal(tmp_path / "data") == (
            f"The data in {tmp_path / 'data' / 'postgres'} was made by PostgreSQL 17, "
            "and this is PostgreSQL 18: bring it over with pg_dump and pg_restore, or "
            "name another folder in DATA_DIR to start empty."
        )

    def test_a_cluster_that_is_none(self, tmp_path: Path) -> None:
        with start(tmp_path / "data"):
            pass
        (tmp_path / "data" / "postgres" / "PG_VERSION").unlink()
        assert "holds no PostgreSQL data though it should" in refusal(tmp_path / "data")

    def test_a_taken_port(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            assert refusal(tmp_path / "data", POSTGRES_PORT=port) == (
                f"Port {port}, meant for Postgres, is taken by another program: end "
                "that program, or choose another port with POSTGRES_PORT."
            )
            assert refusal(tmp_path / "data", VALKEY_PORT=port) == (
                f"Port {port}, meant for Valkey, is taken by another program: end "
                "that program, or choose another port with VALKEY_PORT."
            )
        assert refusal(tmp_path / "data", VALKEY_PORT="six") == (
            "VALKEY_PORT is 'six': write a port's number."
        )

    def test_a_folder_in_use(self, tmp_path: Path) -> None:
        with start(tmp_path / "data"):
            assert refusal(tmp_path / "data") == (
                f"The inbox runs already on {tmp_path / 'data'} (process "
                f"{os.getpid()}): stop that one, or name another folder in DATA_DIR."
            )

    def test_no_permission_to_write(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o555)
        with launcher(closed / "data") as process:
            _, error = process.communicate(timeout=10)
        assert error == (
            f"There is no permission to write in {closed / 'data'}, where the data is "
            "kept: give this user that permission, or name another folder in "
            "DATA_DIR.\n"
        )

    def test_a_lost_password(self, tmp_path: Path) -> None:
        with start(tmp_path / "data"):
            pass
        (tmp_path / "data" / "password").unlink()
        assert refusal(tmp_path / "data") == (
            "PostgreSQL does not accept the password in "
            f"{tmp_path / 'data'}/password: put the right file back, or name another "
            "folder in DATA_DIR."
        )


class TestAsSomebodyUnnamed:
    """A container may run under any number; PostgreSQL wants a name."""

    @pytest.fixture(autouse=True)
    def unnamed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 54321)

    def test_the_namespace_lends_a_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(account, "_can_run", lambda *_: True)
        chosen = account.account_for(program=Path("postgres"), data=Path("none"))
        assert chosen == account.Account(prefix=account.NAMESPACE)

    def test_without_it_the_sentence_names_the_number(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "_can_run", lambda *_: False)
        with pytest.raises(embedded.EmbeddedError) as caught:
            account.account_for(program=Path("postgres"), data=Path("none"))
        assert str(caught.value) == (
            "PostgreSQL needs a user with a name, and number 54321 has none on this "
            "machine: start the inbox as another user, or set DATABASE_URL to a server "
            "that runs already."
        )


class TestAsRoot:
    """What root becomes; an ordinary user takes the plain account everywhere."""

    def test_nobody_stands_in_where_namespaces_are_forbidden(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if os.geteuid() == 0:
            monkeypatch.setattr(account, "NAMESPACE", ("false",))
        with (
            tempfile.TemporaryDirectory() as folder,
            start(Path(folder)) as servers,
        ):
            owner = (Path(folder) / "postgres").stat().st_uid
            assert owner == (account.NOBODY if os.geteuid() == 0 else os.geteuid())
            assert ask(servers.database_url, "SELECT 1") == 1

    def test_data_of_an_ordinary_user_stay_theirs(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = os.stat_result((0o40700, 1, 1, 1, 1234, 5678, 0, 0, 0, 0))
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(account, "_can_run", lambda *_: True)
        data = mock.Mock(exists=lambda: True, stat=lambda: theirs)
        chosen = account.account_for(program=Path("postgres"), data=data)
        assert chosen == account.Account(user=1234, group=5678)

    def test_no_face_left_is_said_in_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(account, "_can_run", lambda *_: False)
        with pytest.raises(embedded.EmbeddedError) as caught:
            account.account_for(program=Path("postgres"), data=tmp_path / "none")
        assert str(caught.value) == (
            "PostgreSQL refuses to run as root, and this machine lets root neither "
            "open a user namespace nor run it as the user nobody: start the inbox as "
            "an ordinary user, or set DATABASE_URL to a server that runs already."
        )
