"""`python -m connectors check` and `parse`, as typed."""

import json
from pathlib import Path

import pytest

from connectors.__main__ import main
from connectors.sandbox import Sandbox
from connectors.world import World

STATUS = {
    "id": "5",
    "created_at": "2026-11-21T10:00:00.000Z",
    "visibility": "public",
    "content": "<p>Hi</p>",
    "account": {"id": "1", "acct": "anna", "url": "https://x.example/@anna"},
    "mentions": [],
}


def test_check_says_who_we_are(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.brand("shop", name="The Shop")
    with Sandbox({"mastodon": world}) as sandbox:
        given = ["--set", f"instance={sandbox.url('mastodon')}", "--set"]
        host = ["--private-host", sandbox.host]
        good = ["check", "mastodon", *given, f"access_token={world.token}", *host]
        assert main(good) == 0
        assert json.loads(capsys.readouterr().out)["handle"] == "@shop"
        assert main(["check", "mastodon", *given, "access_token=nonsense1", *host]) == 1
        told = capsys.readouterr()
        assert "Access was revoked" in told.err
        assert "nonsense1" not in told.err + told.out
        assert main(good[:-2]) == 1
        assert "This address is not allowed" in capsys.readouterr().err


def test_check_wants_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "mastodon", "--set", "color=red"]) == 2
    told = capsys.readouterr().err
    assert "color" in told
    assert "access_token" in told


def test_parse_prints_one_object_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mastodon__notifications_odd__01.json"
    entries = [
        {"id": "1", "type": "mention", "status": STATUS},
        {"id": "2", "type": "mention", "status": None},
        {"id": "3", "type": "mention", "status": {"id": "6"}},
    ]
    file.write_text(json.dumps(entries))
    assert main(["parse", "mastodon", "notifications_odd", str(file)]) == 0
    told = capsys.readouterr()
    [line] = told.out.splitlines()
    found = json.loads(line)
    assert (found["external_id"], found["text"]) == ("5", "Hi")
    assert found["published_at"] == "2026-11-21T10:00:00Z"
    assert found["author"]["id"] == "https://x.example/@anna"
    assert "skipped: deleted 2" in told.err
    assert "unreadable: KeyError" in told.err


@pytest.mark.parametrize("text", ["<html>", "", "{", "null", "[1"])
def test_parse_fails_only_when_the_file_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    expected = 0 if text == "null" else 1
    assert main(["parse", "mastodon", "notifications", str(file)]) == expected
    assert capsys.readouterr().out == ""
    assert main(["parse", "mastodon", "notifications", str(tmp_path / "no")]) == 1
    assert main(["parse", "mastodon", "nonsense", str(file)]) == 2
