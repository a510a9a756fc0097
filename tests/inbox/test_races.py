"""Two transactions at once: the same end whichever is first, and nobody stuck.

Every race runs several times, and a few dozen times under `make test-long`. A deadlock
shows as an OperationalError among what the acts returned.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.db import transaction

from connectors import Form, Receipt
from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Direction,
    Identity,
    Message,
    Stream,
    Visibility,
)
from inbox.services import (
    deliver,
    lease,
    reply,
    settle,
)
from sla.models import Clock
from tests import make
from tests.inbox.racing import LATE, asked, meanwhile, race, reads, rounds, streams

pytestmark = pytest.mark.django_db(transaction=True)


def press(conversation: Conversation, by: Agent, **fields: Any) -> Message:
    values = {
        "text": "It is on its way.",
        "visibility": Visibility.PUBLIC,
        "seen": reply.newest(conversation),
        "key": uuid.uuid4(),
        "now": make.at(60),
    }
    return reply.submit(conversation.pk, by=by, **values | fields)


# --- Reading ------------------------------------------------------------------------


@rounds
def test_same_page_over_two_streams(number: int) -> None:
    one, other = streams("mentions", "comments")
    page = [
        make.item(f"c{which}", author=make.author(f"p{which}")) for which in range(5)
    ]

    found = race(reads(one, *page), reads(other, *reversed(page)))

    assert sorted(found) == [0, 5], number
    assert Message.objects.count() == Conversation.objects.count() == 5
    assert Identity.objects.count() == 5
    assert Clock.objects.count() == 10


@rounds
def test_pages_that_share_people_and_threads_in_another_order(number: int) -> None:
    one, other = streams("mentions", "comments")
    names = ["anna", "piotr", "ola", "jan"]
    make.store(
        one,
        *(make.item(f"t{name}", author=make.author(name)) for name in names),
    )

    def page(prefix: str, order: list[str], reach: int) -> list[Any]:
        return [
            make.item(
                f"{prefix}{name}",
                thread_id=f"t{name}",
                author=make.author(name, followers=reach),
                published_at=make.at(60 + place),
            )
            for place, name in enumerate(order)
        ]

    found = race(
        reads(one, *page("a", names, 1)), reads(other, *page("b", names[::-1], 2))
    )

    assert found == [4, 4], number
    assert Conversation.objects.count() == 4


@rounds
def test_own_reply_and_its_parent(number: int) -> None:
    one, own = streams("mentions", "own")

    found = race(
        reads(one, make.item("c1")),
        reads(
            own,
            make.own("o1", thread_id="c1", parent_id="c1", published_at=make.at(5)),
        ),
    )

    conversation = Conversation.objects.get()
    assert found == [1, 1], number
    assert {row.conversation for row in Message.objects.all()} == {conversation}
    assert conversation.waiting_since is None


@rounds
def test_own_words_of_a_dialog_and_the_customers(number: int) -> None:
    one, own = streams("messages", "own")
    private = {"thread_id": "d", "form": Form.MESSAGE}

    found = race(
        reads(one, make.item("d1", **private)),
        reads(own, make.own("o1", published_at=make.at(5), **private)),
    )

    assert found == [1, 1], number
    assert Conversation.objects.get().messages.count() == 2


@rounds
def test_pages_that_write_the_same_notes(number: int) -> None:
    one, other = streams("mentions", "comments")
    make.store(one, notes={"a": 1, "b": 1, "c": 1})

    found = race(
        reads(one, notes={"c": 2, "a": None}), reads(other, notes={"a": 3, "c": None})
    )

    assert found == [0, 0], number


def test_one_stream_held_for_long_delays_no_other() -> None:
    slow, quick = streams("mentions", "comments")

    def hold_the_row() -> None:
        with transaction.atomic():
            Stream.objects.select_for_update().get(pk=slow.pk)
            held.append(True)
            time.sleep(1.5)

    held: list[bool] = []
    with meanwhile(hold_the_row) as other:
        while not held:
            time.sleep(0.01)
        assert lease.claim(slow.pk, now=LATE) is None
        assert reads(quick, make.item("c1"))() == 1
        assert not other.done(), "nobody waited for the slow one"


@rounds
def test_two_workers_claim_one_stream(number: int) -> None:
    [stream] = streams("mentions")

    found = race(*[lambda: lease.claim(stream.pk, now=LATE)] * 3)

    assert sorted(hold is not None for hold in found) == [False, False, True], number


# --- Replying -----------------------------------------------------------------------


@rounds
def test_a_reply_is_pressed_while_the_customer_writes(number: int) -> None:
    [stream] = streams("mentions")
    agent = make.agent()
    conversation = asked(stream, external_id="c1")
    seen = reply.newest(conversation)
    more = make.item("c2", thread_id="c1", published_at=make.at(30))

    pressed, stored = race(
        lambda: press(conversation, agent, seen=seen), reads(stream, more)
    )

    assert stored == 1, number
    assert isinstance(pressed, (Message, reply.MovedOn))
    spoken = conversation.messages.count()
    assert spoken == (3 if isinstance(pressed, Message) else 2)


@rounds
def test_two_agents_press_send(number: int) -> None:
    conversation = make.conversation()
    seen = reply.newest(conversation)
    marta, tomek = make.agent("Marta"), make.agent("Tomek")

    found = race(
        lambda: press(conversation, marta, seen=seen),
        lambda: press(conversation, tomek, seen=seen),
    )

    kinds = sorted(type(one).__name__ for one in found)
    assert kinds == ["Message", "MovedOn"], number
    assert conversation.messages.filter(direction=Direction.OUT).count() == 1


@rounds
def test_one_press_that_arrives_twice(number: int) -> None:
    conversation, agent, key = make.conversation(), make.agent(), uuid.uuid4()
    seen = reply.newest(conversation)

    found = race(*[lambda: press(conversation, agent, seen=seen, key=key)] * 3)

    assert len({one.pk for one in found}) == 1, (number, found)
    assert conversation.messages.filter(direction=Direction.OUT).count() == 1


@rounds
def test_two_workers_claim_one_reply(number: int) -> None:
    queued = press(make.conversation(), make.agent())

    claims = race(*[lambda: deliver.claim(queued.pk, now=LATE)] * 3)

    queued.refresh_from_db()
    assert sorted(one is not None for one in claims) == [False, False, True], number
    assert queued.tries == 1


@rounds
def test_the_receipt_and_the_echo(number: int) -> None:
    mentions, own = streams("mentions", "own")
    conversation = asked(mentions, external_id="c1")
    pressed = press(conversation, make.agent())
    claimed = deliver.claim(pressed.pk, now=make.at(60))
    assert claimed is not None
    # Every other time the network changed the words, so that nobody recognises them.
    text = pressed.text if number % 2 else "Something else."
    echo = make.own(
        "o1", thread_id="c1", parent_id="c1", text=text, published_at=make.at(61)
    )
    receipt = Receipt(external_id="o1", published_at=make.at(61))

    settled, stored = race(
        lambda: settle.settle(claimed, receipt, now=make.at(62)), reads(own, echo)
    )

    pressed.refresh_from_db()
    conversation.refresh_from_db()
    assert settled is None, settled
    assert stored in (0, 1)
    assert (pressed.delivery, pressed.external_id) == (Delivery.SENT, "o1")
    assert Message.objects.filter(direction=Direction.OUT).count() == 1
    assert conversation.waiting_since is None


@rounds
def test_the_receipt_and_what_answers_the_reply(number: int) -> None:
    mentions, own = streams("mentions", "own")
    conversation = asked(mentions, external_id="c1")
    claimed = deliver.claim(press(conversation, make.agent()).pk, now=make.at(60))
    assert claimed is not None
    child = make.own(
        "o2", thread_id="c1", parent_id="o1", text="More.", published_at=make.at(70)
    )

    found = race(
        lambda: settle.settle(claimed, Receipt(external_id="o1"), now=make.at(61)),
        reads(own, child),
    )

    assert found == [None, 1], number
    assert Message.objects.get(external_id="o2").conversation == conversation


@rounds
def test_a_worker_given_up_and_its_receipt(number: int) -> None:
    conversation = make.conversation()
    claimed = deliver.claim(press(conversation, make.agent()).pk, now=make.at(60))
    assert claimed is not None

    given_up, settled = race(
        lambda: deliver.give_up_claims(now=LATE),
        lambda: settle.settle(claimed, Receipt(external_id="o1"), now=LATE),
    )

    claimed.refresh_from_db()
    assert given_up in (0, 1), number
    assert settled is None
    assert (claimed.delivery, claimed.external_id) == (Delivery.SENT, "o1")
