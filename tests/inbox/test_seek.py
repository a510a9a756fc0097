"""A reply of unknown fate: looked for, and left to a person in the end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from inbox.models import (
    Delivery,
    Message,
)
from inbox.services import deliver
from tests.inbox.network import Network, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(settings: Any) -> Iterator[Network]:
    with network(settings) as connected:
        yield connected


def test_look_for_network_down_asks_ever_more_seldom(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("error", after=True)
    net.deliver(pressed)
    net.world.inject("down", method="GET", times=None)

    net.later(hours=5)
    unknown = net.deliver(pressed)

    assert unknown.delivery == Delivery.UNKNOWN
    assert unknown.send_at is not None
    assert unknown.send_at - net.now() > timedelta(minutes=29)


def test_look_for_after_a_day_only_a_person_can_tell(net: Network) -> None:
    pressed = net.press(net.conversation())
    net.fail("error", after=True)
    net.deliver(pressed)
    net.world.inject("down", method="GET", times=None)

    net.later(hours=25)
    unknown = net.deliver(pressed)

    assert (unknown.delivery, unknown.send_at) == (Delivery.UNKNOWN, None)
    assert deliver.due(now=net.now() + timedelta(days=9), limit=9) == []


def test_look_for_never_takes_a_twin_for_its_own(net: Network) -> None:
    conversation = net.conversation()
    lost = net.press(conversation, "Thanks!")
    net.fail("error")
    net.deliver(lost)
    Message.objects.filter(pk=lost.pk).update(send_at=None)
    twin = net.deliver(net.press(conversation, "Thanks!", key=uuid.uuid4()))
    Message.objects.filter(pk=lost.pk).update(send_at=net.now())

    net.deliver(lost)

    twin.refresh_from_db()
    assert (lost.delivery, lost.send_at) == (Delivery.UNKNOWN, None)
    assert (twin.delivery, twin.external_id) == (
        Delivery.SENT,
        net.written()[0].external_id,
    )
