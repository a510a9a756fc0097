"""Mastodon's streams over real HTTP against its sandbox: what is odd there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.errors import BadPayload, Gone, Refused, Unauthorized, Unknown
from connectors.types import Capability, Upload, Visibility, Watched
from tests.connectors.rig import Rig, rig, yesterday


@pytest.fixture
def ours() -> Iterator[Rig]:
    with rig("mastodon") as made:
        made.world.brand()
        made.notes.write(made.connector.identify().notes)
        yield made


def test_we_learn_who_we_are_and_the_limits(ours: Rig) -> None:
    account = ours.connector.identify()
    assert (
        account.id
        == account.identities[0]
        == f"{ours.sandbox.url('mastodon')}/users/brand"
    )
    assert account.handle == "brand"
    assert ours.notes.get("limits")["characters"] == 500
    ours.notes.write({"limits": {"characters": 5000, "url": 30}})
    rule = ours.connector.length_rule()
    assert (rule.limit, rule.url) == (5000, 30)
    ours.notes.write({"limits": None})
    assert ours.connector.length_rule().limit == 500


def test_a_suspended_account_counts_as_revoked(ours: Rig) -> None:
    ours.world.inject("forbidden", times=None)
    with pytest.raises(Unauthorized):
        ours.connector.identify()


@pytest.mark.parametrize(
    "address", ["", "  ", "ftp://x.example", "https://u:p@x.example"]
)
def test_an_address_that_cannot_be_one_is_refused(ours: Rig, address: str) -> None:
    ours.connector.values = {"instance": address}
    with pytest.raises(Refused) as caught:
        ours.connector.identify()
    assert caught.value.code == "bad_setting"
    assert caught.value.parameters == {"name": "instance"}


@pytest.mark.parametrize("token", ["", " ", "два", "line\nbreak"])
def test_a_token_that_cannot_be_one_is_refused(ours: Rig, token: str) -> None:
    ours.connector.credentials = type(ours.connector.credentials)(
        {"access_token": token}
    )
    with pytest.raises(Refused) as caught:
        ours.connector.identify()
    assert caught.value.parameters == {"name": "access_token"}


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


def test_a_reply_to_a_reply_does_not_change_the_count_but_is_found(ours: Rig) -> None:
    """`replies_count` of a post counts direct replies only."""
    clock = [ours.world.now()]
    post = ours.world.post(text="News")
    top = ours.world.comment(on=post, author="anna", text="one", names_brand=False)
    cursor = ours.pages("comments")[-1].cursor
    deep = ours.world.comment(on=top, author="bob", text="two")
    assert [i for p in ours.pages("comments", cursor) for i in p.items] == []
    clock[0] += timedelta(minutes=20)
    later = ours.again(now=lambda: clock[0])
    found = [i.external_id for p in later.pages("comments", cursor) for i in p.items]
    assert found == [str(deep.id)]


def test_quiet_posts_cost_one_request(ours: Rig) -> None:
    for number in range(5):
        ours.world.comment(
            on=ours.world.post(text=f"{number}"), author="anna", text="hi"
        )
    cursor = ours.pages("comments")[-1].cursor
    before = ours.world.faults.struck.copy()
    ours.world.inject("error", path="context", times=None)
    assert [page.items for page in ours.pages("comments", cursor)] == [()]
    assert ours.world.faults.struck == before


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


def test_a_burst_between_two_reads_is_read_whole(ours: Rig) -> None:
    ours.world.mention(author="anna", text="first")
    cursor = ours.pages("mentions")[-1].cursor
    said = [ours.world.mention(author="anna", text=f"{n}") for n in range(300)]
    pages = ours.pages("mentions", cursor)
    found = [item.external_id for page in pages for item in page.items]
    assert found == [str(item.id) for item in said]
    assert max(len(page.items) for page in pages) <= 80
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_each_read_overlaps_with_the_one_before(ours: Rig) -> None:
    """An item may get its id early and be visible late."""
    ours.world.mention(author="anna", text="first")
    cursor = ours.pages("mentions")[-1].cursor
    second = ours.world.mention(author="anna", text="second")
    cursor = ours.pages("mentions", cursor)[-1].cursor
    repeated = [i.external_id for p in ours.pages("mentions", cursor) for i in p.items]
    assert repeated == [str(second.id)]


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


def test_a_person_far_away_is_answered_by_full_name(ours: Rig) -> None:
    ours.world.customer("anna@far.example", name="Anna")
    ours.world.mention(author="anna@far.example", text="Hello?")
    [item] = ours.items("mentions")
    assert item.author.handle == "anna@far.example"
    assert item.author.id == "https://far.example/users/anna"
    ours.connector.send(ours.reply_to(item, "Hello."))
    assert ours.world.ledger.writes[0].text == "@anna@far.example Hello."


def test_a_reply_to_what_is_gone_is_told_so(ours: Rig) -> None:
    asked = ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    ours.world.delete(asked)
    with pytest.raises(Gone) as caught:
        ours.connector.send(ours.reply_to(item))
    assert caught.value.code == "gone"
    assert ours.world.ledger.writes[0].created == 0


def test_the_server_may_refuse_what_we_let_through(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    ours.notes.write({"limits": {"characters": 5000}})
    with pytest.raises(Refused) as caught:
        ours.connector.send(ours.reply_to(item, "x" * 600))
    assert (caught.value.code, caught.value.parameters) == ("refused", {"status": 422})
    assert "500" in caught.value.quote


def test_links_count_as_the_instance_counts_them(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Help")
    [item] = ours.items("mentions")
    link = "https://example.com/" + "a" * 400
    room = 500 - len("@anna ") - 23 - 1
    ours.connector.send(ours.reply_to(item, f"{link} {'x' * room}"))
    with pytest.raises(Refused):
        ours.connector.send(ours.reply_to(item, f"{link} {'x' * (room + 1)}"))
    assert [write.created for write in ours.world.ledger.writes] == [1]


def test_files_are_sent_and_waited_for(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    upload = Upload(name="a.png", mime="image/png", content=b"png", alt="A map")
    sent = ours.connector.send(ours.reply_to(item, "Here", media=(upload,)))
    [file] = ours.world.get(sent.external_id).media
    assert (file.name, file.mime, file.content, file.alt) == (
        "a.png",
        "image/png",
        b"png",
        "A map",
    )


def test_too_many_files_are_refused_here(ours: Rig) -> None:
    upload = Upload(name="a.png", mime="image/png", content=b"png")
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    with pytest.raises(Refused) as caught:
        ours.connector.send(ours.reply_to(item, media=(upload,) * 5))
    assert caught.value.code == "too_many_media"


def test_a_lost_upload_is_no_lost_reply(ours: Rig) -> None:
    ours.world.mention(author="anna", text="Show me")
    [item] = ours.items("mentions")
    upload = Upload(name="a.png", mime="image/png", content=b"png")
    ours.world.inject("reset", path="media", after=True)
    with pytest.raises(Exception, match="unavailable") as caught:
        ours.connector.send(ours.reply_to(item, media=(upload,)))
    assert not isinstance(caught.value, Unknown)
    assert ours.world.ledger.writes == []


def test_liking_and_blocking(ours: Rig) -> None:
    said = ours.world.mention(author="anna", text="Nice")
    [item] = ours.items("mentions")
    for action in (Capability.LIKE, Capability.BLOCK):
        ours.connector.moderate(
            action, external_id=item.external_id, handle=item.handle
        )
    assert ours.world.liked == {said.id}
    assert ours.world.blocked == {"anna"}
    with pytest.raises(Refused) as caught:
        ours.connector.moderate(Capability.HIDE, external_id="1", handle={})
    assert caught.value.code == "not_supported"


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


def test_two_thousand_items_are_read_in_time(ours: Rig) -> None:
    began = yesterday()
    for number in range(2000):
        ours.world.mention(author=f"guest{number % 60}", text=f"Number {number}")
    items = ours.items("mentions", since=began)
    assert {item.external_id for item in items} == ours.due()
    assert len(items) == 2000
