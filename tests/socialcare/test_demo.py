"""`manage.py demo`, whole and for real: it opens, lives, is killed, recovers, ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
import requests

from socialcare import embedded

ROOT = Path(__file__).parents[2]
SECONDS_TO_OPEN = 90  # 7 on an idle machine; this one may be busy with other tests
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MEDIA_ROOT")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def command(*words: str, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environ = {name: text for name, text in os.environ.items() if name not in NOT_OURS}
    with subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**environ, "DATA_DIR": str(folder), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it says up to the line with these words."""
    said = ""
    deadline = time.monotonic() + SECONDS_TO_OPEN
    while time.monotonic() < deadline and process.stdout is not None:
        line = process.stdout.readline()
        said += line
        if words in line or not line:
            break
    assert words in said, said
    return said


def those_of(folder: Path) -> list[str]:
    """Every living process that was started for this data folder."""
    found = []
    mark = f"DATA_DIR={folder}".encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and mark in (entry / "environ").read_bytes():
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(words.decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def soon(holds: Callable[[], bool], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def messages(folder: Path) -> int:
    urls = embedded.running_urls(folder)
    assert urls is not None
    with (
        closing(psycopg2.connect(urls.database_url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM inbox_message")
        count: int = cursor.fetchone()[0]
        return count


def log_in(address: str, email: str, password: str) -> requests.Response:
    with requests.Session() as browser:
        door = browser.get(address, timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', door.text)
        assert token is not None
        return browser.post(
            door.url,
            data={
                "csrfmiddlewaretoken": token[1],
                "username": email,
                "password": password,
                "next": "/",
            },
            headers={"Referer": door.url},
            timeout=20,
        )


def test_the_demo_opens_lives_is_killed_recovers_and_ends(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    with command("demo", "--speed", "20", folder=folder, port=port) as process:
        said = read_until(process, "Ctrl-C ends everything")
        assert f"http://localhost:{port}/" in said
        log_ins = re.findall(r"(\w+) +(\1@kawaipara\.example) +(\S+)", said)
        assert [role for role, _, _ in log_ins] == ["operator", "lead", "admin"]
        for _role, email, password in log_ins:
            desk = log_in(f"http://localhost:{port}/", email, password)
            assert desk.url == f"http://localhost:{port}/"
            assert "Kawa i Para" in desk.text
        assert soon(lambda: messages(folder) >= 40, within=20)
        at_first = messages(folder)
        assert soon(lambda: messages(folder) > at_first + 2, within=30)
        process.kill()
        process.wait()
        assert soon(lambda: those_of(folder) == [], within=10), those_of(folder)
    with command("demo", folder=folder, port=port) as process:
        read_until(process, "Ctrl-C ends everything")
        assert soon(lambda: messages(folder) >= 40, within=20)
        process.send_signal(signal.SIGINT)
        last_words, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Stopping." in last_words
        assert "Traceback" not in last_words
        assert those_of(folder) == []


@pytest.mark.parametrize("name", ["dev", "demo"])
def test_a_taken_port_is_said_in_one_sentence(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with command(name, folder=tmp_path / "data", port=port) as process:
            said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said == (
        f"Port {port}, meant for the pages, is taken by another program: end that "
        "program, or choose another port with PORT.\n"
    )
    assert not (tmp_path / "data").exists()


def test_dev_is_empty_keeps_its_data_and_asks_for_the_first_admin(
    tmp_path: Path,
) -> None:
    folder, port = tmp_path / "data", free_port()
    with command("dev", folder=folder, port=port) as process:
        said = read_until(process, "Ctrl-C ends everything")
        assert "kawaipara" not in said
        first_visit = requests.get(f"http://localhost:{port}/", timeout=20)
        assert first_visit.url == f"http://localhost:{port}/set-up/"
        assert messages(folder) == 0
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0
        assert those_of(folder) == []
