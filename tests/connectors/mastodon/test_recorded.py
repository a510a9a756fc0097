"""Recorded answers of real servers, when the folder with them lies beside the project.

They belong to other projects, so none is copied here; without the folder one test says
so and passes over them.
"""

import json
from datetime import UTC
from pathlib import Path

import pytest

from connectors.__main__ import main
from connectors.mastodon.answers import ENDPOINTS

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT.parent / "shared" / "payloads"
FILES = sorted(
    path
    for path in FOLDER.glob("mastodon__*")
    if path.suffix in {".json", ".txt"} and not path.name.endswith(".http.json")
)
# What each kind of answer holds at least; the rest hold no message.
HOLDS = {
    "conversations": 1,
    "notifications": 1,
    "notifications_mention": 1,
    "notifications_v2_paged": 1,
    "status_context_live": 1,
    "status_live": 1,
    "status_quote_live": 1,
    "statuses_post": 1,
    "streaming": 1,
    "streaming_direct": 1,
}


def endpoint_of(path: Path) -> str:
    return path.name.split("__")[1]


@pytest.mark.skipif(not FILES, reason="no recorded answers in ../shared/payloads")
def test_every_recorded_answer_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    for path in FILES:
        endpoint = endpoint_of(path)
        assert main(["parse", "mastodon", endpoint, str(path)]) == 0, path.name
        told = capsys.readouterr()
        assert "unreadable" not in told.err, (path.name, told.err)
        lines = [json.loads(line) for line in told.out.splitlines()]
        assert len(lines) >= HOLDS.get(endpoint, 0), path.name
        assert ("<p>" in told.out) is False, path.name


@pytest.mark.skipif(not FILES, reason="no recorded answers in ../shared/payloads")
def test_a_recorded_answer_twice_gives_equal_objects() -> None:
    for path in FILES:
        name = endpoint_of(path)
        fitting = [k for k in ENDPOINTS if name == k or name.startswith(f"{k}_")]
        parse = ENDPOINTS[max(fitting, key=len)]
        text = path.read_text(encoding="utf-8")
        assert parse(text) == parse(text), path.name
        for item in parse(text).items:
            assert item.published_at.tzinfo is UTC
            assert item.external_id.isdecimal()
