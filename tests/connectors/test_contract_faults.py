"""What every platform does when things go wrong. A new folder is taken in by itself."""

import logging
import traceback
from typing import Any

import pytest

import connectors
from connectors import (
    BadPayload,
    ConnectorError,
    Forbidden,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unknown,
    Watched,
)
from tests.connectors.rig import (
    LONG_AGO,
    Rig,
    crowd,
    something_to_answer,
    streams,
)

LANGUAGES = ("en", "ru", "pl")
TOKEN = "sandbox-access-token"


READ_FAULTS = {
    "rate": RateLimited,
    "error": Unavailable,
    "down": Unavailable,
    "hang": Unavailable,
    "reset": Unavailable,
    "malformed": BadPayload,
    "html": BadPayload,
    "revoked": Unauthorized,
    "forbidden": Forbidden,
}


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_read_that_fails_is_told_in_our_words(ours: Rig, fault: str) -> None:
    crowd(ours.world, size=2)
    ours.notes.write(ours.connector.identify().notes)
    for stream in connectors.get(ours.kind).streams:
        ours.notes.watch = [_watched(ours)]
        ours.world.inject(fault, times=None, seconds=0.6)
        with pytest.raises(ConnectorError) as caught:
            ours.again().pages(stream.name)
        assert type(caught.value) is READ_FAULTS[fault], stream.name
        if fault == "forbidden":
            assert caught.value.capability is stream.needs, stream.name
        ours.world.heal()


def _watched(made: Rig) -> Watched:
    item = next(iter(made.items(made.connector.streams[0].name)))
    return Watched(
        external_id=item.external_id,
        thread_id=item.thread_id,
        mark="1",
        handle=item.handle,
    )


WRITE_FAULTS = {
    "rate": RateLimited,
    "error": Unknown,
    "down": Unknown,
    "hang": Unknown,
    "reset": Unknown,
    "malformed": Unknown,
    "html": Unknown,
    "revoked": Unauthorized,
    "forbidden": Forbidden,
}


@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_a_write_that_fails_is_told_in_our_words(ours: Rig, fault: str) -> None:
    item = something_to_answer(ours)
    ours.world.inject(fault, method="POST", times=1, seconds=0.6)
    with pytest.raises(ConnectorError) as caught:
        ours.again().connector.send(ours.reply_to(item))
    assert type(caught.value) is WRITE_FAULTS[fault]


def test_a_rate_limit_says_when_to_come_back(ours: Rig) -> None:
    crowd(ours.world, size=1)
    stream = connectors.get(ours.kind).streams[0].name
    ours.world.inject("rate", seconds=40, times=1)
    with pytest.raises(RateLimited) as caught:
        ours.pages(stream)
    wait = (caught.value.retry_at - ours.world.now()).total_seconds()
    assert 35 < wait <= 41
    with pytest.raises(RateLimited):
        ours.pages(stream)  # known by now: the network is not even asked
    assert ours.world.faults.struck == {"rate": 1}


def test_a_repeated_page_loses_nothing(ours: Rig) -> None:
    crowd(ours.world, size=60)
    ours.world.inject("repeat", chance=0.3, times=8)
    found: set[str] = set()
    for stream in streams(ours.kind):
        cursor = ours.connector.start(stream, LONG_AGO)
        for _ in range(40):
            cursor, items, more = _one_try(ours, stream, cursor)
            found |= items
            if not more:
                break
    assert ours.due() <= found


def _one_try(made: Rig, stream: str, cursor: Any) -> tuple[Any, set[str], bool]:
    """Reads until it ends or fails; what was committed stays."""
    items: set[str] = set()
    try:
        for page in made.again().connector.fetch(stream, cursor):
            made.notes.write(page.notes)
            cursor = page.cursor
            items |= {item.external_id for item in page.items}
    except ConnectorError:
        return cursor, items, True
    return cursor, items, page.more


@pytest.mark.parametrize("fault", [*READ_FAULTS, "unplugged"])
def test_secrets_never_leak(
    ours: Rig,
    fault: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    crowd(ours.world, size=1)
    item = something_to_answer(ours)
    if fault == "unplugged":
        ours.sandbox.stop()
    else:
        ours.world.inject(fault, times=None, seconds=0.7)
    told = []
    again = ours.again(timeouts=(0.5, 0.3)).connector
    for act in (
        again.identify,
        lambda: list(again.fetch(streams(ours.kind)[0], None)),
        lambda: again.send(ours.reply_to(item)),
    ):
        with pytest.raises(ConnectorError) as caught:
            act()
        error = caught.value
        told += [str(error), repr(error), error.detail, error.quote, error.words()]
        told.append("".join(traceback.format_exception(error)))
    told += [repr(again), repr(again.credentials), repr(again.http)]
    told += [record.getMessage() for record in caplog.records]
    told += [*capsys.readouterr()]
    assert len(told) > 20
    assert not [text for text in told if TOKEN in text]


def test_words_for_people_hold_nothing_technical(ours: Rig) -> None:
    ours.world.inject("error", times=None)
    with pytest.raises(ConnectorError) as caught:
        ours.connector.identify()
    said = [caught.value.words(language) for language in LANGUAGES]
    assert len(set(said)) == 3
    assert not [text for text in said if "500" in text or "127.0.0.1" in text]
