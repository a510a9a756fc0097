"""Mastodon's streams over real HTTP against its sandbox: what is odd there."""

from collections.abc import Iterator

import pytest

from connectors.errors import (
    BadPayload,
)
from connectors.types import Visibility, Watched
from tests.connectors.rig import Rig, rig


@pytest.fixture
def ours() -> Iterator[Rig]:
    with rig("mastodon") as made:
        made.world.brand()
        made.notes.write(made.connector.identify().notes)
        yield made


def test_a_deleted_status_leaves_a_notification_behind(ours: Rig) -> None:
    kept = ours.world.mention(author="anna", text="Stays")
    gone = ours.world.mention(author="anna", text="Goes")
    ours.world.delete(gone)
    [page, *_] = ours.pages("mentions")
    assert [item.external_id for item in page.items] == [str(kept.id)]
    assert [item.reason for item in page.skipped] == ["deleted"]


def test_a_dialog_is_read_whole_although_the_list_shows_its_last(ours: Rig) -> None:
    said = [ours.world.message(author="anna", text=f"{n}") for n in range(5)]
    ours.world.reply_as_brand(to=said[-1], text="Yes?")
    items = ours.items("conversations")
    assert [item.text.split()[-1] for item in items] == [*"01234", "Yes?"]
    assert {item.thread_id for item in items} == {str(said[0].id)}
    assert [item.direction for item in items] == ["in"] * 5 + ["out"]


def test_siblings_in_a_dialog_are_not_lost(ours: Rig) -> None:
    """Two answers to one message: neither is in the other's chain."""
    first = ours.world.message(author="anna", text="first")
    cursor = ours.pages("conversations")[-1].cursor
    ours.world.answer(to=first, text="left", private=True)
    ours.world.dialogs.clear()
    ours.world.answer(to=first, text="right", private=True)
    pages = ours.pages("conversations", cursor)
    texts = [item.text for page in pages for item in page.items]
    assert {"@anna left", "@anna right"} <= set(texts)


def test_a_dialog_whose_last_message_was_deleted(ours: Rig) -> None:
    only = ours.world.message(author="anna", text="Oops")
    ours.world.delete(only)
    pages = ours.pages("conversations")
    assert [item for page in pages for item in page.items] == []


def test_going_private_begins_a_dialog_of_its_own(ours: Rig) -> None:
    comment = ours.world.comment(
        on=ours.world.post(text="Post"), author="anna", text="My card is 1234"
    )
    [item] = ours.items("comments")
    sent = ours.connector.send(
        ours.reply_to(item, "Let us talk here", visibility=Visibility.PRIVATE)
    )
    answer = ours.world.message(author="anna", text="Thank you")
    assert ours.world.get(sent.external_id).private is True
    found = {i.external_id: i for i in ours.items("conversations")}
    assert set(found) == {sent.external_id, str(answer.id)}
    assert {i.thread_id for i in found.values()} == {sent.external_id}
    assert item.thread_id == str(ours.world.get(comment).root)


def test_comments_that_do_not_name_us_are_found(ours: Rig) -> None:
    post = ours.world.post(text="News")
    quiet = ours.world.comment(on=post, author="anna", text="hm", names_brand=False)
    deep = ours.world.comment(on=quiet, author="bob", text="yes")
    assert ours.items("mentions") == []
    found = {item.external_id: item for item in ours.items("comments")}
    assert set(found) == {str(quiet.id), str(deep.id)}
    assert found[str(quiet.id)].addressed is True
    assert found[str(deep.id)].addressed is False
    assert found[str(deep.id)].root.id == str(quiet.id)


def test_a_root_is_remembered_after_its_deletion(ours: Rig) -> None:
    """The instance forgets the parent; a reply that comes later keeps its thread."""
    post = ours.world.post(text="News")
    top = ours.world.comment(on=post, author="anna", text="one")
    [first] = ours.items("mentions")
    ours.world.delete(post)
    again = ours.again().items("mentions")
    assert [item.thread_id for item in again] == [first.thread_id] == [str(post.id)]
    assert [item.parent_id for item in again] == [None]
    assert again[0].external_id == str(top.id)


def test_a_stranger_deep_in_a_thread_costs_one_context(ours: Rig) -> None:
    root = ours.world.post(text="Root", author="carol")
    reply = ours.world.comment(on=root, author="dave", text="a", names_brand=False)
    one = ours.world.mention(author="anna", text="b", on=reply)
    two = ours.world.mention(author="erin", text="c", on=reply)
    items = ours.items("mentions")
    assert [item.external_id for item in items] == [str(one.id), str(two.id)]
    assert {item.thread_id for item in items} == {str(root.id)}
    assert {item.root.text for item in items} == {"Root"}
    assert {item.form for item in items} == {"mention"}


def test_recheck_goes_round_in_batches(ours: Rig) -> None:
    said = [ours.world.mention(author="anna", text=f"{n}") for n in range(45)]
    found = {item.external_id: item for item in ours.items("mentions")}
    ours.notes.watch = [
        Watched(external_id=i, thread_id=i, mark=i, handle=found[i].handle)
        for i in (str(item.id) for item in said)
    ]
    for place in (0, 21, 44):
        ours.world.edit(said[place], text="Changed")
    pages = ours.pages("recheck")
    assert [len(page.items) for page in pages] == [1, 1, 1]
    assert [page.cursor for page in pages] == [
        {"after": str(said[19].id)},
        {"after": str(said[39].id)},
        {"after": None},
    ]


def test_recheck_trusts_only_a_404(ours: Rig) -> None:
    """The list may leave a status out for other reasons than deletion."""
    said = ours.world.mention(author="anna", text="Here")
    [item] = ours.items("mentions")
    ours.notes.watch = [
        Watched(
            external_id=item.external_id,
            thread_id=item.thread_id,
            mark="1",
            handle=item.handle,
        )
    ]
    ours.world.inject("malformed", path="api/v1/statuses")
    with pytest.raises(BadPayload):
        ours.pages("recheck")
    assert ours.items("recheck") == []
    ours.world.delete(said)
    assert [item.deleted for item in ours.items("recheck")] == [True]


def test_a_dialog_whose_root_was_deleted_goes_on(ours: Rig) -> None:
    first = ours.world.message(author="anna", text="first")
    cursor = ours.pages("conversations")[-1].cursor
    ours.world.delete(first)
    second = ours.world.message(author="anna", text="second")
    third = ours.world.reply_as_brand(to=second, text="third")
    pages = ours.pages("conversations", cursor)
    found = {item.external_id for page in pages for item in page.items}
    assert found == {str(second.id), str(third.id)}
