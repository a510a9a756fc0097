"""A page becomes rows: once, in any order, as often as it comes."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors import Form, Page, Unreadable
from inbox.models import (
    AuthorSnapshot,
    Conversation,
    Delivery,
    Event,
    Happening,
    Identity,
    Message,
    MessageVersion,
    Origin,
    Quarantine,
    Status,
    Stream,
)
from inbox.services import lease
from inbox.services.ingest import store_page
from inbox.services.lease import LeaseLost
from tests import make

pytestmark = pytest.mark.django_db


def texts(conversation: Conversation) -> list[str]:
    return [message.text for message in conversation.messages.in_order()]


def test_store_page_new_item_is_shown_on_the_feed_row() -> None:
    stream = make.stream()

    new = make.store(stream, make.item("c1", text="Broken at 37 %"), now=make.at(5))

    conversation = Conversation.objects.get()
    assert new == 1
    assert conversation.status == Status.OPEN
    assert conversation.preview == "Broken at 37 %"
    assert conversation.author.name == "Anna"
    assert conversation.last_message_at == make.NOW
    assert conversation.news_at == make.at(5)
    assert conversation.waiting_since == make.NOW
    assert conversation.next_due_at is not None


def test_store_page_moves_cursor_with_its_items() -> None:
    stream = make.stream()

    make.store(stream, make.item())

    stream.refresh_from_db()
    assert stream.cursor == {"at": 1}


def test_store_page_twice_stores_once() -> None:
    stream = make.stream()
    page = [make.item("c1"), make.item("c2", thread_id="c1")]

    assert make.store(stream, *page) == 2
    assert make.store(stream, *page) == 0
    assert Message.objects.count() == 2
    assert Conversation.objects.count() == 1


def test_store_page_same_item_over_two_streams_is_one_message() -> None:
    channel = make.channel()
    item = make.item("d1", form=Form.MESSAGE)

    make.store(make.stream(channel, name="mentions"), item)
    make.store(make.stream(channel, name="messages"), item)

    assert Message.objects.count() == 1


def test_store_page_lost_lease_stores_nothing() -> None:
    stream = make.stream()
    hold = lease.claim(stream.pk, now=make.NOW)
    Stream.objects.update(lease=None)

    with pytest.raises(LeaseLost):
        store_page(hold, Page(items=(make.item(),), cursor={"at": 9}), now=make.NOW)

    stream.refresh_from_db()
    assert Message.objects.count() == 0
    assert stream.cursor == {}


def test_claim_gives_a_stream_to_one_worker() -> None:
    stream = make.stream()

    assert lease.claim(stream.pk, now=make.NOW) is not None
    assert lease.claim(stream.pk, now=make.NOW) is None
    assert lease.claim(stream.pk, now=make.at(31)) is not None


def test_store_page_each_contact_of_a_thread_has_a_conversation() -> None:
    stream = make.stream()

    make.store(
        stream,
        make.item("c1"),
        make.item("c2", thread_id="c1", author=make.author("piotr")),
        make.item("c3", thread_id="c1", published_at=make.at(1)),
        now=make.at(2),
    )

    by_contact = {row.contact.name: row for row in Conversation.objects.all()}
    assert set(by_contact) == {"Anna", "Piotr"}
    assert by_contact["Anna"].messages.count() == 2


def test_store_page_chatter_opens_nothing() -> None:
    stream = make.stream()

    make.store(stream, make.item("c1", addressed=False))

    conversation = Conversation.objects.get()
    assert conversation.status == Status.RESOLVED
    assert conversation.waiting_since is None
    assert not Event.objects.filter(what=Happening.REOPENED).exists()


def test_store_page_addressed_word_after_chatter_opens_without_reopening() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1", addressed=False))

    make.store(
        stream,
        make.item("c2", thread_id="c1", published_at=make.at(60)),
        now=make.at(61),
    )

    conversation = Conversation.objects.get()
    assert conversation.status == Status.OPEN
    assert conversation.opened_at == make.at(60)
    assert not Event.objects.filter(what=Happening.REOPENED).exists()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_store_page_any_arrival_order_gives_the_same_conversation(
    order: tuple[int, ...],
) -> None:
    channel = make.channel()
    items = [
        make.item("c1", text="first"),
        make.own("o1", thread_id="c1", parent_id="c1", published_at=make.at(60)),
        make.item("c2", thread_id="c1", text="second", published_at=make.at(120)),
    ]
    streams = [make.stream(channel, name=f"s{number}") for number in range(3)]

    for number in order:
        make.store(streams[number], items[number], now=make.at(200))

    conversation = Conversation.objects.get()
    assert texts(conversation) == ["first", "It is on its way.", "second"]
    assert conversation.preview == "second"
    assert conversation.waiting_since == make.at(120)


def test_store_page_own_item_never_opens_a_conversation() -> None:
    make.store(make.stream(), make.own("o1"))

    assert Conversation.objects.count() == 0
    assert Message.objects.get().delivery == Delivery.SENT


def test_store_page_dialog_adopts_our_earlier_words() -> None:
    channel = make.channel()
    ours = make.own("o1", thread_id="d", form=Form.MESSAGE)
    theirs = make.item(
        "d1", thread_id="d", form=Form.MESSAGE, published_at=make.at(-60)
    )

    make.store(make.stream(channel, name="own"), ours)
    make.store(make.stream(channel, name="messages"), theirs)

    conversation = Conversation.objects.get()
    assert texts(conversation) == ["Where is my order?", "It is on its way."]
    assert conversation.waiting_since is None


def test_store_page_edit_keeps_the_old_words() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1", text="before"))

    make.store(
        stream,
        make.item("c1", text="after", edited_at=make.at(30)),
        now=make.at(31),
    )

    assert Message.objects.get().text == "after"
    assert MessageVersion.objects.get().text == "before"
    assert Conversation.objects.get().preview == "after"


def test_store_page_older_version_coming_late_changes_nothing() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1", text="newest", edited_at=make.at(-10)))

    make.store(stream, make.item("c1", text="older", edited_at=make.at(-20)))
    make.store(stream, make.item("c1", text="oldest"))

    assert Message.objects.get().text == "newest"
    assert MessageVersion.objects.count() == 0


def test_store_page_deletion_keeps_the_text_and_ends_the_wait() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1", text="kept"))

    make.store(stream, make.item("c1", text="", deleted=True), now=make.at(90))

    message = Message.objects.get()
    assert (message.text, message.deleted_at) == ("kept", make.at(90))
    assert Conversation.objects.get().waiting_since is None


def resolve(conversation: Conversation, *, at: float) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(
        status=Status.RESOLVED, resolved_at=make.at(at)
    )


def test_store_page_soon_after_resolving_reopens() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"))
    resolve(Conversation.objects.get(), at=10)

    make.store(
        stream,
        make.item("c2", thread_id="c1", published_at=make.at(3600)),
        now=make.at(3601),
    )

    assert Conversation.objects.get().status == Status.OPEN
    assert Event.objects.filter(what=Happening.REOPENED).count() == 1


def test_store_page_long_after_resolving_begins_anew() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"))
    resolve(Conversation.objects.get(), at=10)
    later = make.NOW + timedelta(days=4)

    make.store(stream, make.item("c2", thread_id="c1", published_at=later), now=later)

    old, new = Conversation.objects.order_by("pk")
    assert (old.status, new.status) == (Status.RESOLVED, Status.OPEN)
    assert texts(new) == ["Where is my order?"]


def test_store_page_older_than_read_from_is_quiet_history() -> None:
    stream = make.stream()
    old = make.NOW - timedelta(days=3)

    make.store(stream, make.item("c1", published_at=old))

    message, conversation = Message.objects.get(), Conversation.objects.get()
    assert (message.origin, message.fetched_at) == (Origin.BACKFILL, None)
    assert conversation.status == Status.RESOLVED
    assert conversation.next_due_at is None


def test_store_page_unanswered_private_message_of_the_last_week_is_live() -> None:
    channel = make.channel(unanswered_from=make.NOW - timedelta(days=7))
    stream = make.stream(channel)
    old = make.NOW - timedelta(days=3)

    make.store(
        stream,
        make.item("d1", form=Form.MESSAGE, published_at=old),
        make.item("c1", published_at=old),
    )

    origins = {row.external_id: row.origin for row in Message.objects.all()}
    assert origins == {"d1": Origin.LIVE, "c1": Origin.BACKFILL}


def test_store_page_unreadable_item_goes_to_quarantine_once() -> None:
    stream = make.stream()
    unreadable = (Unreadable(raw={"id": 7}, reason="no author"),)

    make.store(stream, make.item("c1"), unreadable=unreadable)
    make.store(stream, unreadable=unreadable, now=make.at(60))

    kept = Quarantine.objects.get()
    assert (kept.raw, kept.reason) == ('{"id": 7}', "no author")
    assert kept.last_seen_at == make.at(60)
    assert Message.objects.count() == 1


def test_store_page_item_the_database_refuses_leaves_the_others() -> None:
    stream = make.stream()
    huge = 2**70

    make.store(
        stream,
        make.item("good"),
        make.item("bad", position=huge),
        make.item("fine", author=make.author("piotr")),
    )

    stored = set(Message.objects.values_list("external_id", flat=True))
    assert stored == {"good", "fine"}
    assert Quarantine.objects.count() == 1


def test_store_page_notes_are_written_and_deleted_with_the_page() -> None:
    stream = make.stream()

    make.store(stream, notes={"root:1": {"post": "p"}, "root:2": 2})
    make.store(stream, notes={"root:1": {"post": "q"}, "root:2": None})

    notes = {row.key: row.value for row in stream.channel.notes.all()}
    assert notes == {"root:1": {"post": "q"}}


def test_store_page_same_look_is_one_snapshot() -> None:
    stream = make.stream()
    make.store(stream, make.item("c1"), make.item("c2"))
    make.store(stream, make.item("c3", author=make.author(followers=9)))

    assert Identity.objects.count() == 1
    assert AuthorSnapshot.objects.count() == 2
    assert Identity.objects.get().snapshot.followers == 9


def test_store_page_costs_as_many_queries_for_forty_items_as_for_ten(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    stream = make.stream()

    def page(count: int, prefix: str) -> list:
        return [
            make.item(f"{prefix}{number}", author=make.author(f"{prefix}{number}"))
            for number in range(count)
        ]

    make.store(stream, *page(10, "a"))
    with django_assert_max_num_queries(60) as ten:
        make.store(stream, *page(10, "b"))
    with django_assert_max_num_queries(60) as forty:
        make.store(stream, *page(40, "c"))
    assert len(forty) == len(ten)


def test_store_page_hostile_text_is_kept_as_it_is() -> None:
    stream = make.stream()
    hostile = "<script>alert(1)</script> \u202e gnp.exe 😀" + "😡" * 10_000

    make.store(stream, make.item("c1", text=hostile + "\x00\ud800"))

    assert Message.objects.get().text == hostile + "\ufffd"
