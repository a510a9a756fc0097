"""Our own words coming back: adopted by the reply they are, else typed elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors import Form, Receipt
from inbox.models import (
    Conversation,
    Delivery,
    Direction,
    Message,
    Visibility,
)
from inbox.services import connections, deliver, reply, settle
from sla.models import Clock
from tests import make
from tests.inbox.network import Network, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(settings: Any) -> Iterator[Network]:
    with network(settings) as connected:
        yield connected


def ours() -> list[Message]:
    return list(Message.objects.filter(direction=Direction.OUT).order_by("pk"))


def send_without_settling(net: Network, pressed: Message) -> tuple[Message, Receipt]:
    """What a worker knows in the moment before it writes it down."""
    claimed = deliver.claim(pressed.pk, now=net.now())
    assert claimed is not None
    with connections.connected(net.channel, now=net.now()) as connector:
        return claimed, connector.send(reply.outbound(claimed))


def test_echo_before_the_receipt_is_adopted(net: Network) -> None:
    conversation = net.conversation()
    pressed = net.press(conversation)
    claimed, receipt = send_without_settling(net, pressed)

    net.read("own")
    [adopted] = ours()
    assert (adopted.pk, adopted.delivery) == (pressed.pk, Delivery.SENT)
    assert adopted.external_id == receipt.external_id
    assert adopted.agent == net.agent

    settle.settle(claimed, receipt, now=net.now())
    assert [row.external_id for row in ours()] == [receipt.external_id]
    conversation.refresh_from_db()
    assert conversation.waiting_since is None


def test_echo_after_the_receipt_is_known(net: Network) -> None:
    sent = net.deliver(net.press(net.conversation()))

    assert net.read("own") == 0

    assert [row.pk for row in ours()] == [sent.pk]


def test_echo_with_changed_text_is_absorbed_by_the_receipt(net: Network) -> None:
    conversation = net.conversation()
    pressed = net.press(conversation)
    claimed, receipt = send_without_settling(net, pressed)
    net.world.edit(receipt.external_id, text="@anna The network made this of it")
    net.read("own")
    assert len(ours()) == 2

    settle.settle(claimed, receipt, now=net.now())

    [row] = ours()
    assert (row.pk, row.external_id) == (pressed.pk, receipt.external_id)
    assert (row.agent, row.delivery) == (net.agent, Delivery.SENT)
    credit = set(Clock.objects.values_list("credit", "agent_id"))
    assert credit == {("agent", net.agent.pk)}


def test_echo_of_an_unknown_reply_ends_the_doubt(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("error", after=True)
    net.deliver(pressed)

    net.read("own")

    [row] = ours()
    assert (row.pk, row.delivery, row.send_at) == (pressed.pk, Delivery.SENT, None)
    assert row.error_words == ""


def test_echo_of_what_a_person_confirmed_gives_it_its_name(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("error", after=True)
    net.deliver(pressed)
    reply.confirm_arrived(pressed.pk, by=net.agent, now=net.now())

    net.read("own")

    [row] = ours()
    assert (row.pk, row.external_id) == (pressed.pk, net.written()[0].external_id)


def test_echo_typed_elsewhere_is_nobodys_here_and_closes_the_wait(
    net: Network,
) -> None:
    conversation = net.conversation()
    pressed = net.press(conversation)
    question = conversation.messages.get(direction=Direction.IN)
    net.world.reply_as_brand(to=question.external_id, text="Call us.")

    net.read("own")

    conversation.refresh_from_db()
    typed = Message.objects.get(text__contains="Call us")
    pressed.refresh_from_db()
    assert (typed.agent, typed.is_outside) == (None, True)
    assert pressed.delivery == Delivery.QUEUED
    assert conversation.waiting_since is None
    assert set(Clock.objects.values_list("credit", flat=True)) == {"outside"}


def test_echo_of_the_same_words_goes_to_the_customer_who_got_them(
    net: Network,
) -> None:
    post = net.world.post(text="New machine")
    replies = {}
    for who in ("anna", "piotr", "ola"):
        comment = net.world.comment(on=post, author=who, text="How much?")
        net.read("mentions", "comments")
        replies[who] = net.press(net.of(comment), "Write to us in private.")
    assert len({pressed.thread_id for pressed in replies.values()}) == 1
    receipts = {
        who: send_without_settling(net, pressed) for who, pressed in replies.items()
    }
    for claimed, _receipt in receipts.values():
        Message.objects.filter(pk=claimed.pk).update(
            delivery=Delivery.UNKNOWN, send_at=None, claim=None
        )

    net.read("own")

    for who, pressed in replies.items():
        pressed.refresh_from_db()
        assert pressed.external_id == receipts[who][1].external_id
    assert len(ours()) == 3


def in_one_thread(stream: Any, *people: str) -> dict[str, Conversation]:
    make.store(
        stream,
        *(
            make.item(f"c-{who}", thread_id="post", author=make.author(who))
            for who in people
        ),
    )
    return {
        row.contact.name.lower(): row
        for row in Conversation.objects.select_related("contact")
    }


def pressed_and_lost(to: Conversation, text: str = "Thanks!") -> Message:
    """A reply that left at NOW and never came back."""
    pressed = reply.submit(
        to.pk,
        by=make.agent(),
        text=text,
        visibility=Visibility.PUBLIC,
        seen=reply.newest(to),
        key=uuid.uuid4(),
        now=make.NOW,
    )
    claimed = deliver.claim(pressed.pk, now=make.NOW)
    assert claimed is not None
    deliver.give_up_claims(now=make.at(200))
    return claimed


def test_echo_that_answers_somebody_else_is_not_ours() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna", "piotr")
    lost = pressed_and_lost(people["anna"])

    make.store(
        stream,
        make.own("o1", thread_id="post", parent_id="c-piotr", text="Thanks!"),
        now=make.at(300),
    )

    lost.refresh_from_db()
    typed = Message.objects.get(external_id="o1")
    assert lost.delivery == Delivery.UNKNOWN
    assert (typed.agent, typed.conversation) == (None, people["piotr"])


@pytest.mark.parametrize(
    ("seconds", "text", "delivery"),
    [
        (9 * 60, "@anna  thanks!", Delivery.SENT),
        (-9 * 60, "Thanks!", Delivery.SENT),
        (11 * 60, "Thanks!", Delivery.UNKNOWN),
        (60, "Thanks", Delivery.UNKNOWN),
    ],
)
def test_echo_is_the_reply_by_words_and_time(
    seconds: int, text: str, delivery: Delivery
) -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    lost = pressed_and_lost(people["anna"])

    make.store(
        stream,
        make.own(
            "o1",
            thread_id="post",
            parent_id="c-anna",
            text=text,
            published_at=make.at(seconds),
        ),
        now=make.at(1000),
    )

    lost.refresh_from_db()
    assert lost.delivery == delivery


def test_echo_of_a_late_try_is_still_the_reply() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    lost = pressed_and_lost(people["anna"])
    Message.objects.filter(pk=lost.pk).update(last_tried_at=make.at(3600))

    make.store(
        stream,
        make.own(
            "o1",
            thread_id="post",
            parent_id="c-anna",
            text="Thanks!",
            published_at=make.at(3601),
        ),
        now=make.at(3700),
    )

    lost.refresh_from_db()
    assert lost.external_id == "o1"


def test_echo_in_another_channel_is_never_ours() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    lost = pressed_and_lost(people["anna"])
    other = make.stream()

    make.store(other, make.own("o1", thread_id="post", text="Thanks!"), now=make.at(9))

    lost.refresh_from_db()
    assert lost.delivery == Delivery.UNKNOWN


def test_settle_takes_its_name_from_an_echo_put_with_somebody_else() -> None:
    """The network hung our reply under another comment, so ingest believed it."""
    stream = make.stream()
    people = in_one_thread(stream, "anna", "piotr")
    lost = pressed_and_lost(people["piotr"])
    make.store(
        stream,
        make.own("o1", thread_id="post", parent_id="c-anna", text="Thanks!"),
        now=make.at(300),
    )
    people["anna"].refresh_from_db()
    assert people["anna"].waiting_since is None

    settle.settle(lost, Receipt(external_id="o1"), now=make.at(400))

    lost.refresh_from_db()
    for conversation in people.values():
        conversation.refresh_from_db()
    assert lost.external_id == "o1"
    assert people["anna"].waiting_since == make.NOW, "nobody answered her"
    assert people["piotr"].waiting_since is None


def test_settle_never_deletes_a_reply_that_took_its_name() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    first = pressed_and_lost(people["anna"])
    make.store(
        stream,
        make.own("o1", thread_id="post", parent_id="c-anna", text="Thanks!"),
        now=make.at(300),
    )
    second = pressed_and_lost(people["anna"])

    settle.settle(second, Receipt(external_id="o1"), now=make.at(400))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.delivery, first.external_id) == (Delivery.UNKNOWN, None)
    assert (second.delivery, second.external_id) == (Delivery.SENT, "o1")


def test_settle_brings_home_what_answers_the_reply() -> None:
    """A colleague went on in the network's app before we knew our reply's name."""
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    lost = pressed_and_lost(people["anna"])
    make.store(
        stream,
        make.own("o2", thread_id="post", parent_id="o1", text="And call us."),
        now=make.at(300),
    )
    assert Message.objects.get(external_id="o2").conversation is None

    settle.settle(lost, Receipt(external_id="o1"), now=make.at(400))

    assert Message.objects.get(external_id="o2").conversation == people["anna"]


def test_adopted_echo_brings_home_what_answers_it() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    pressed_and_lost(people["anna"])
    make.store(
        stream,
        make.own("o2", thread_id="post", parent_id="o1", text="And call us."),
        now=make.at(300),
    )

    make.store(
        stream,
        make.own("o1", thread_id="post", parent_id="c-anna", text="Thanks!"),
        now=make.at(301),
    )

    assert Message.objects.get(external_id="o2").conversation == people["anna"]
    people["anna"].refresh_from_db()
    assert people["anna"].messages.count() == 3


def test_settle_after_the_echo_was_adopted_changes_nothing() -> None:
    stream = make.stream()
    people = in_one_thread(stream, "anna")
    lost = pressed_and_lost(people["anna"])
    echo = make.own("o1", thread_id="post", parent_id="c-anna", text="Thanks!")
    make.store(stream, echo, now=make.at(300))
    adopted = Message.objects.get(external_id="o1")

    later = make.NOW + timedelta(days=1)
    settle.settle(lost, Receipt(external_id="o1", published_at=later), now=later)

    adopted.refresh_from_db()
    assert adopted.delivered_at == make.NOW


def test_private_echo_needs_no_parent() -> None:
    stream = make.stream()
    make.store(stream, make.item("d1", thread_id="d", form=Form.MESSAGE))
    conversation = Conversation.objects.get()
    lost = pressed_and_lost(conversation)

    make.store(
        stream,
        make.own("o1", thread_id="d", form=Form.MESSAGE, text="Thanks!"),
        now=make.at(300),
    )

    lost.refresh_from_db()
    assert (lost.delivery, lost.external_id) == (Delivery.SENT, "o1")
