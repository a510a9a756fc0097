"""Handing replies to the network: once, in order, and never twice in silence.

Over real HTTP; the sandbox's ledger is the referee.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from inbox.models import (
    Channel,
    Conversation,
    Delivery,
    Event,
    Happening,
    Message,
    Visibility,
)
from inbox.services import connections, deliver, reply, settle
from tests.inbox.network import Network, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(settings: Any) -> Iterator[Network]:
    with network(settings) as connected:
        yield connected


def events(what: Happening) -> int:
    return Event.objects.filter(what=what).count()


def test_deliver_sends_once_and_stops_the_wait(net: Network) -> None:
    conversation = net.conversation()
    sent = net.deliver(net.press(conversation))

    [write] = net.written()
    conversation.refresh_from_db()
    assert sent.delivery == Delivery.SENT
    assert sent.external_id == write.external_id
    assert (write.key, write.created) == (str(sent.key), 1)
    assert write.text == "@anna It is on its way."
    assert conversation.waiting_since is None
    assert conversation.last_message_at == sent.published_at


def test_deliver_again_does_nothing(net: Network) -> None:
    sent = net.deliver(net.press(net.conversation()))

    net.deliver(sent)

    assert [write.received for write in net.written()] == [1]


def test_deliver_leaves_other_replies_alone(net: Network) -> None:
    pressed = net.press(net.conversation())
    other = net.press(net.conversation(who="piotr"))

    net.deliver(pressed)

    other.refresh_from_db()
    assert other.delivery == Delivery.QUEUED
    assert len(net.written()) == 1


def test_deliver_private_reply_is_private_on_the_network(net: Network) -> None:
    item = net.writes("My card number is wrong")
    net.read("conversations")

    sent = net.deliver(net.press(net.of(item), visibility=Visibility.PUBLIC))

    assert sent.visibility == Visibility.PRIVATE
    assert [write.private for write in net.written()] == [True]


def test_deliver_refused_fails_with_words_and_the_wait_stays(net: Network) -> None:
    item = net.asks()
    net.read("mentions")
    pressed = net.press(net.of(item))
    net.world.delete(item)

    failed = net.deliver(pressed)

    conversation = net.of(item)
    assert (failed.delivery, failed.error_code) == (Delivery.FAILED, "gone")
    assert failed.error_words == "The message was deleted on the network."
    assert failed.send_at is None
    assert conversation.waiting_since is not None
    assert events(Happening.SEND_FAILED) == 1
    assert net.created() == [0]


def test_deliver_rate_limited_waits_for_the_time_the_network_names(
    net: Network,
) -> None:
    pressed = net.press(net.conversation())
    net.fail("rate", seconds=300)

    waiting = net.deliver(pressed)
    assert (waiting.delivery, waiting.error_code) == (Delivery.QUEUED, "rate_limited")
    assert waiting.send_at is not None
    assert (
        timedelta(seconds=290) < waiting.send_at - net.now() <= timedelta(seconds=300)
    )

    net.later(seconds=200)
    assert net.deliver(waiting).delivery == Delivery.QUEUED
    net.later(seconds=110)
    assert net.deliver(waiting).delivery == Delivery.SENT
    assert net.created() == [1]


def test_deliver_access_lost_pauses_the_channel_once(net: Network) -> None:
    first = net.press(net.conversation())
    second = net.press(net.conversation(who="piotr"))
    net.world.revoke()

    net.deliver(first)
    net.deliver(second)

    assert {first.delivery, second.delivery} == {Delivery.QUEUED}
    assert Channel.objects.get(pk=net.channel.pk).unauthorized_at is not None
    assert events(Happening.OUTAGE_OPENED) == 1
    assert deliver.due(now=net.now() + timedelta(hours=1), limit=9) == []


def test_deliver_forbidden_switches_off_that_alone(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("forbidden")

    failed = net.deliver(pressed)

    channel = Channel.objects.get(pk=net.channel.pk)
    assert (failed.delivery, failed.error_code) == (Delivery.FAILED, "forbidden")
    assert channel.trouble == {"reply": "forbidden"}
    assert channel.unauthorized_at is None
    assert net.read("mentions") == 0


@pytest.mark.parametrize("fault", ["error", "reset", "hang", "html", "malformed"])
def test_deliver_lost_answer_is_found_on_the_network(net: Network, fault: str) -> None:
    pressed = net.press(net.conversation())
    net.fail(fault, after=True, seconds=0.2)

    unknown = net.deliver(pressed)
    assert (unknown.delivery, unknown.external_id) == (Delivery.UNKNOWN, None)

    net.later(seconds=30)
    found = net.deliver(unknown)
    assert found.delivery == Delivery.SENT
    assert found.external_id == net.written()[0].external_id
    assert [(write.received, write.created) for write in net.written()] == [(1, 1)]


@pytest.mark.parametrize("fault", ["error", "reset"])
def test_deliver_lost_request_goes_out_again_under_the_same_key(
    net: Network, fault: str
) -> None:
    pressed = net.press(net.conversation())
    net.fail(fault)
    net.deliver(pressed)

    net.later(seconds=30)
    assert net.deliver(pressed).delivery == Delivery.UNKNOWN, "too early to be sure"
    net.later(seconds=300)
    assert net.deliver(pressed).delivery == Delivery.QUEUED
    assert net.deliver(pressed).delivery == Delivery.SENT
    assert [(write.key, write.created) for write in net.written()] == [
        (str(pressed.key), 1)
    ]


def test_deliver_network_down_before_the_request_left_stays_queued(
    net: Network, settings: Any
) -> None:
    pressed = net.press(net.conversation())
    net.sandbox.stop()

    waiting = net.deliver(pressed)

    assert (waiting.delivery, waiting.error_code) == (Delivery.QUEUED, "unavailable")
    assert net.created() == []


def test_deliver_gives_up_after_a_day(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.later(hours=25)
    net.fail("rate", seconds=5)

    failed = net.deliver(pressed)

    assert (failed.delivery, failed.error_code) == (Delivery.FAILED, "rate_limited")
    assert events(Happening.SEND_FAILED) == 1


def test_deliver_own_fault_is_unknown_not_lost(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed = net.press(net.conversation())

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reply, "outbound", broken)
    unknown = net.deliver(pressed)

    assert (unknown.delivery, unknown.error_code) == (Delivery.UNKNOWN, "unexpected")


def test_deliver_replies_of_one_conversation_keep_their_order(net: Network) -> None:
    conversation = net.conversation()
    first = net.press(conversation, "One.")
    second = net.press(conversation, "Two.")

    assert net.deliver(second).delivery == Delivery.QUEUED
    assert deliver.due(now=net.now(), limit=9) == [first.pk]
    net.deliver(first)
    net.deliver(second)

    assert [write.text for write in net.written()] == ["@anna One.", "@anna Two."]


def test_deliver_waits_for_an_earlier_reply_that_is_being_looked_for(
    net: Network,
) -> None:
    conversation = net.conversation()
    first = net.press(conversation, "One.")
    second = net.press(conversation, "Two.")
    net.fail("error")
    net.deliver(first)

    assert net.deliver(second).delivery == Delivery.QUEUED
    net.later(seconds=300)
    for pressed in (first, first, second):
        net.deliver(pressed)
    assert {first.delivery, second.delivery} == {Delivery.SENT}
    assert first.published_at < second.published_at


def test_deliver_does_not_wait_for_what_only_a_person_can_tell(net: Network) -> None:
    conversation = net.conversation()
    first = net.press(conversation, "One.")
    second = net.press(conversation, "Two.")
    Message.objects.filter(pk=first.pk).update(delivery=Delivery.UNKNOWN, send_at=None)

    assert net.deliver(second).delivery == Delivery.SENT


def test_deliver_paused_channel_sends_nothing_until_it_goes_on(net: Network) -> None:
    pressed = net.press(net.conversation())
    Channel.objects.update(sending_paused_at=net.now())
    assert net.deliver(pressed).delivery == Delivery.QUEUED
    assert deliver.due(now=net.now(), limit=9) == []

    Channel.objects.update(sending_paused_at=None)
    assert net.deliver(pressed).delivery == Delivery.SENT


def test_give_up_claims_of_a_dead_worker_are_unknown_never_queued(
    net: Network,
) -> None:
    conversation = net.conversation()
    pressed = net.press(conversation)
    assert deliver.claim(pressed.pk, now=net.now()) is not None
    conversation.refresh_from_db()
    version = conversation.version

    assert deliver.give_up_claims(now=net.now() + timedelta(seconds=80)) == 0
    assert deliver.give_up_claims(now=net.now() + timedelta(seconds=100)) == 1

    pressed.refresh_from_db()
    conversation.refresh_from_db()
    assert (pressed.delivery, pressed.claim) == (Delivery.UNKNOWN, None)
    assert conversation.version > version, "the page has to hear of it"


def test_give_up_claims_worker_died_before_the_request(net: Network) -> None:
    pressed = net.press(net.conversation())
    deliver.claim(pressed.pk, now=net.now())
    net.later(seconds=100)
    deliver.give_up_claims(now=net.now())

    net.later(seconds=100)
    assert net.deliver(pressed).delivery == Delivery.QUEUED
    assert net.deliver(pressed).delivery == Delivery.SENT
    assert net.created() == [1]


def test_give_up_claims_worker_died_after_the_request(net: Network) -> None:
    pressed = net.press(net.conversation())
    claimed = deliver.claim(pressed.pk, now=net.now())
    assert claimed is not None
    with connections.connected(net.channel, now=net.now()) as connector:
        connector.send(reply.outbound(claimed))
    net.later(seconds=100)
    deliver.give_up_claims(now=net.now())

    assert net.deliver(pressed).delivery == Delivery.SENT
    assert net.created() == [1]


def test_settle_receipt_of_a_worker_given_up_still_counts(net: Network) -> None:
    pressed = net.press(net.conversation())
    claimed = deliver.claim(pressed.pk, now=net.now())
    assert claimed is not None
    with connections.connected(net.channel, now=net.now()) as connector:
        receipt = connector.send(reply.outbound(claimed))
    net.later(seconds=100)
    deliver.give_up_claims(now=net.now())

    settle.settle(claimed, receipt, now=net.now())

    pressed.refresh_from_db()
    assert pressed.delivery == Delivery.SENT
    assert pressed.external_id == receipt.external_id


def test_put_back_by_a_worker_given_up_changes_nothing(net: Network) -> None:
    pressed = net.press(net.conversation())
    claimed = deliver.claim(pressed.pk, now=net.now())
    assert claimed is not None
    deliver.give_up_claims(now=net.now() + timedelta(seconds=100))

    assert not settle.move(claimed, now=net.now(), delivery=Delivery.QUEUED)

    pressed.refresh_from_db()
    assert pressed.delivery == Delivery.UNKNOWN


def test_due_unknown_replies_of_a_channel_without_access_rest(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("error")
    net.deliver(pressed)
    later = net.now() + timedelta(minutes=10)
    assert deliver.due(now=later, limit=9) == [pressed.pk]

    Channel.objects.update(unauthorized_at=net.now())
    assert deliver.due(now=later, limit=9) == []


def test_due_longest_waiting_first_and_bounded(net: Network) -> None:
    pressed = [net.press(net.conversation(who=f"c{number}")) for number in range(3)]
    Message.objects.filter(pk=pressed[2].pk).update(
        send_at=net.now() - timedelta(hours=1)
    )

    assert deliver.due(now=net.now(), limit=2) == [pressed[2].pk, pressed[0].pk]


def test_deliver_of_a_conversation_that_was_resolved_meanwhile(net: Network) -> None:
    conversation = net.conversation()
    pressed = net.press(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(
        status="resolved", resolved_at=net.now()
    )

    assert net.deliver(pressed).delivery == Delivery.SENT
    conversation.refresh_from_db()
    assert conversation.status == "resolved"
