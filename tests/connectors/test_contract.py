"""What every platform keeps to. A new folder is taken in by itself."""

import json
from dataclasses import fields
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

import connectors
from connectors import (
    Capability,
    Direction,
    FindsOwn,
    IdempotentSend,
    Inbound,
    OpensMedia,
    Refused,
    Unknown,
    Visibility,
    Watched,
    translate,
)
from connectors.discovery import setup_page
from tests.connectors.rig import (
    LONG_AGO,
    Rig,
    crowd,
    rig,
    something_to_answer,
    streams,
)

HERE = Path(connectors.__file__).parent
LANGUAGES = ("en", "ru", "pl")


def test_the_folder_is_the_kind(kind: str) -> None:
    assert connectors.get(kind).kind == kind
    assert (HERE / kind / "connector.py").is_file()
    assert (HERE / kind / "parse.py").is_file()


def test_the_icon_is_one_colour_and_ours(kind: str) -> None:
    drawn = connectors.icon(kind)
    assert drawn.startswith("<svg ")
    assert 'viewBox="0 0 24 24"' in drawn
    assert "currentColor" in drawn
    assert "#" not in drawn
    assert "<script" not in drawn
    assert "style" not in drawn


def test_the_setup_page_exists_in_three_languages(kind: str) -> None:
    pages = [setup_page(kind, language=language) for language in LANGUAGES]
    assert len(set(pages)) == 3
    assert [page.startswith("# ") for page in pages] == [True] * 3


def test_every_label_is_translated(kind: str) -> None:
    for setting in connectors.get(kind).settings:
        for words in filter(None, (setting.label, setting.help)):
            for language in ("ru", "pl"):
                said = translate(words, language=language, kind=kind)
                assert said != words, (words, language)


def test_the_kinds_table_names_it(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from connectors.__main__ import main

    assert main(["kinds", "--markdown"]) == 0
    label = connectors.get(kind).label
    assert f"| {label} | {kind} |" in capsys.readouterr().out


def test_streams_have_sane_declarations(kind: str) -> None:
    declared = connectors.get(kind).streams
    assert len({stream.name for stream in declared}) == len(declared)
    for stream in declared:
        assert stream.pace >= 1
        assert stream.overlap >= 0
        assert stream.needs in connectors.get(kind).capabilities.can


def test_one_account_connected_twice_has_one_id(ours: Rig) -> None:
    ours.world.brand()
    first, second = ours.connector.identify(), ours.again().connector.identify()
    assert first.id == second.id
    assert first.identities == second.identities != ()
    json.dumps(dict(first.notes))


def test_everything_said_is_read_and_nothing_else(ours: Rig) -> None:
    crowd(ours.world)
    stranger = ours.world.post(text="Not about us", author="stranger")
    ours.world.comment(on=stranger, author="other", text="Nor this")
    assert set(ours.everything()) == ours.due()


def test_what_is_read_is_clean(ours: Rig) -> None:
    crowd(ours.world, size=4)
    for item in ours.everything().values():
        assert item.published_at.tzinfo is UTC
        assert isinstance(item.external_id, str)
        assert isinstance(item.thread_id, str)
        assert "<" not in item.text
        assert json.loads(json.dumps(item.handle)) == item.handle
        assert (item.author is None) == (item.deleted is True)


def test_the_same_page_twice_gives_equal_objects(ours: Rig) -> None:
    crowd(ours.world, size=4)
    for stream in streams(ours.kind):
        cursor = ours.connector.start(stream, LONG_AGO)
        first = next(iter(ours.connector.fetch(stream, cursor)))
        second = next(iter(ours.again().connector.fetch(stream, cursor)))
        assert (first.items, first.skipped) == (second.items, second.skipped), stream


def test_one_object_over_two_streams_is_the_same_object(ours: Rig) -> None:
    crowd(ours.world, size=4)
    seen: dict[str, Inbound] = {}
    met_twice = 0
    for stream in streams(ours.kind):
        for item in ours.items(stream):
            met_twice += item.external_id in seen
            assert seen.setdefault(item.external_id, item) == item, stream
    assert met_twice > 0


def test_identity_of_the_author_says_who_is_us(ours: Rig) -> None:
    crowd(ours.world, size=4)
    identities = ours.connector.identify().identities
    for item in ours.everything().values():
        ours_said = item.author is not None and item.author.id in identities
        assert ours_said == (item.direction is Direction.OUT)


def test_cursors_and_notes_are_json(ours: Rig) -> None:
    crowd(ours.world, size=4)
    for stream in streams(ours.kind):
        for page in ours.pages(stream):
            assert json.loads(json.dumps(page.cursor)) == page.cursor
            assert json.loads(json.dumps(dict(page.notes))) == dict(page.notes)
            json.dumps(dict(page.raw))


def test_a_kill_between_two_pages_repeats_and_skips_nothing(kind: str) -> None:
    """For each page: commit up to it, forget everything else, read on."""
    with rig(kind) as whole:
        crowd(whole.world, size=70)
        for stream in streams(kind):
            unbroken = [[i.external_id for i in p.items] for p in whole.pages(stream)]
            for cut in range(1, len(unbroken)):
                whole.notes.rows.clear()
                cursor = _read_some(whole, stream, pages=cut)
                rest = whole.again().pages(stream, cursor)
                found = [[i.external_id for i in page.items] for page in rest]
                assert _flat(found) == _flat(unbroken[cut:]), (stream, cut)
            whole.notes.rows.clear()


def _read_some(made: Rig, stream: str, *, pages: int) -> Any:
    """Commits that many pages and dies."""
    reading = made.connector.fetch(stream, made.connector.start(stream, LONG_AGO))
    for _ in range(pages):
        page = next(reading)
        made.notes.write(page.notes)
        cursor = json.loads(json.dumps(page.cursor))
    reading.close()
    return cursor


def _flat(pages: list[list[str]]) -> list[str]:
    return [identifier for page in pages for identifier in page]


def test_a_second_read_gives_only_what_is_new(ours: Rig) -> None:
    crowd(ours.world, size=4)
    for stream in streams(ours.kind):
        cursor = ours.pages(stream)[-1].cursor
        cursor = ours.pages(stream, cursor)[-1].cursor
        cursor = ours.pages(stream, cursor)[-1].cursor
        assert [i for p in ours.pages(stream, cursor) for i in p.items] == [], stream


def test_a_stream_begins_where_it_was_told(ours: Rig) -> None:
    crowd(ours.world, size=2)
    ours.world.advance(3600)
    since = ours.world.now() - timedelta(minutes=1)
    fresh = [
        ours.world.mention(author="late", text="After"),
        ours.world.message(author="late", text="After"),
        ours.world.comment(on=ours.world.post(text="p"), author="late", text="After"),
    ]
    found = {
        item.external_id
        for stream in streams(ours.kind)
        for item in ours.items(stream, since=since)
    }
    assert found == {ours.world.external_id(item) for item in fresh}


def test_text_is_cleaned_of_what_cannot_be_stored(ours: Rig) -> None:
    ours.world.mention(author="odd", text="a\x00b\ud83dc\udc4d \ud83d\ude00")
    ours.world.customer("odder", name="N\x00\ud800")
    ours.world.message(author="odder", text="fine")
    found = ours.everything().values()
    for item in found:
        stored = json.dumps([item.text, item.author.name])
        assert "\\u0000" not in stored
        item.text.encode()
        item.author.name.encode()
    assert any("ab\ufffdc\ufffd \U0001f600" in item.text for item in found)


def test_a_reply_is_created_once_and_seen_again(ours: Rig) -> None:
    item = something_to_answer(ours)
    receipt = ours.connector.send(ours.reply_to(item, "Here you are."))
    [write] = ours.world.ledger.writes
    assert (write.received, write.created) == (1, 1)
    assert write.external_id == receipt.external_id
    assert "Here you are." in write.text
    echo = ours.everything()[receipt.external_id]
    assert echo.direction is Direction.OUT
    assert echo.thread_id == item.thread_id
    assert echo.addressed is False


def test_the_same_key_twice_makes_one_reply(ours: Rig) -> None:
    if ours.connector.capabilities.idempotent_send is IdempotentSend.NONE:
        assert not ours.connector.capabilities.idempotent_seconds
        return
    item = something_to_answer(ours)
    ours.world.inject("hang", method="POST", after=True, seconds=0.6)
    with pytest.raises(Unknown):
        ours.connector.send(ours.reply_to(item))
    receipt = ours.again().connector.send(ours.reply_to(item))
    [write] = ours.world.ledger.writes
    assert (write.received, write.created) == (2, 1)
    assert write.external_id == receipt.external_id


def test_a_reply_whose_answer_was_lost_is_found(ours: Rig) -> None:
    if not isinstance(ours.connector, FindsOwn):
        assert ours.connector.capabilities.idempotent_send is IdempotentSend.NONE
        return
    item = something_to_answer(ours)
    began = ours.world.now()
    lost, never = ours.reply_to(item, "Lost"), ours.reply_to(item, "Never sent")
    ours.world.inject("reset", method="POST", after=True)
    with pytest.raises(Unknown):
        ours.connector.send(lost)
    found = ours.connector.find_own(lost, began)
    assert found is not None
    assert found.external_id == ours.world.ledger.writes[0].external_id
    assert ours.connector.find_own(never, began) is None
    assert ours.connector.own_lag > 0


def test_too_long_and_empty_are_refused_before_any_request(kind: str) -> None:
    with rig(kind) as ours:
        item = something_to_answer(ours)
        limit = ours.connector.length_rule().limit
        ours.sandbox.stop()
        with pytest.raises(Refused) as caught:
            ours.connector.send(ours.reply_to(item, "x" * ((limit or 10**6) + 1)))
        assert caught.value.code == "too_long"
        assert caught.value.parameters["limit"] == limit
        with pytest.raises(Refused) as caught:
            ours.connector.send(ours.reply_to(item, " \n"))
        assert caught.value.code == "empty"


def test_a_reply_as_long_as_allowed_passes(ours: Rig) -> None:
    item = something_to_answer(ours)
    bare = ours.reply_to(item, "x")
    room = (ours.connector.length_rule().limit or 500) - ours.connector.measure(bare)
    ours.connector.send(ours.reply_to(item, "x" * (room + 1)))
    assert ours.world.ledger.writes[0].created == 1


def test_a_private_message_is_answered_privately(ours: Rig) -> None:
    if Capability.MESSAGE not in ours.connector.capabilities.can:
        assert "message" not in {i.form for i in ours.everything().values()}
        return
    ours.world.message(author="guest", text="Between us")
    [item] = ours.everything().values()
    sent = ours.connector.send(
        ours.reply_to(item, "Of course", visibility=Visibility.PUBLIC)
    )
    assert ours.world.get(sent.external_id).private is True


def test_edits_and_deletions_are_told_by_recheck(ours: Rig) -> None:
    able = ours.connector.capabilities
    if not (able.reports_deletions and "recheck" in streams(ours.kind)):
        assert not (able.reports_deletions and able.reports_edits)
        return
    kept, edited, gone = (
        ours.world.mention(author=name, text="Before") for name in ("a", "b", "c")
    )
    stored = ours.everything()
    ours.notes.watch = [
        Watched(
            external_id=item.external_id,
            thread_id=item.thread_id,
            mark=item.external_id,
            handle=item.handle,
        )
        for item in stored.values()
    ]
    ours.world.edit(edited, text="After")
    ours.world.delete(gone)
    found = {item.external_id: item for item in ours.items("recheck")}
    name = ours.world.external_id
    assert set(found) == {name(edited), name(gone)}
    assert name(kept) not in found
    assert "After" in found[name(edited)].text
    assert found[name(edited)].edited_at is not None
    assert found[name(gone)].deleted is True
    for identifier in (name(edited), name(gone)):
        was, now = stored[identifier], found[identifier]
        assert (was.thread_id, was.form) == (now.thread_id, now.form)
        assert was.published_at == now.published_at


def test_media_are_opened_without_credentials(ours: Rig) -> None:
    from connectors.pictures import picture
    from connectors.world import File

    if not isinstance(ours.connector, OpensMedia):
        return
    content = picture(3)
    file = File(id=77, name="cat.png", mime="image/png", content=content, alt="A cat")
    ours.world.mention(author="guest", text="Look", media=[file])
    [item] = ours.everything().values()
    [medium] = item.media
    assert (medium.kind, medium.alt) == ("image", "A cat")
    with ours.connector.open_media(medium.ref, max_bytes=10**6) as body:
        assert b"".join(body.chunks) == content
        assert body.mime == "image/png"
    with pytest.raises(Refused) as caught:
        ours.connector.open_media(medium.ref, max_bytes=10).__enter__()
    assert caught.value.code == "too_big"


def test_inbound_has_the_agreed_fields() -> None:
    names = (
        "external_id thread_id form addressed direction author text media parent_id "
        "root post url published_at edited_at deleted position language can "
        "reply_until handle"
    )
    assert [field.name for field in fields(Inbound)] == names.split()
