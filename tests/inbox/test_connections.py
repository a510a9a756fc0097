"""What a connector is given: secrets, notes, a budget, and when to try again."""

from __future__ import annotations

from datetime import timedelta

import pytest

import connectors
from inbox.models import (
    ChannelNote,
    Conversation,
)
from inbox.services import connections, health
from tests import make

pytestmark = pytest.mark.django_db


def test_rotate_asks_once_for_all_workers() -> None:
    channel = make.channel(secrets={"token": "old"})
    asked: list[dict[str, str]] = []

    def refresh(secrets: dict[str, str]) -> dict[str, str]:
        asked.append(secrets)
        return {"token": "new"}

    for _worker in range(2):
        credentials = connections.ChannelCredentials(channel.pk)
        assert credentials.rotate(refresh, stale={"token": "old"}) == {"token": "new"}

    assert asked == [{"token": "old"}]
    assert connections.ChannelCredentials(channel.pk).get() == {"token": "new"}
    assert "new" not in repr(connections.ChannelCredentials(channel.pk))


def test_notes_are_the_channels_own() -> None:
    channel, other = make.channel(), make.channel()
    ChannelNote.objects.create(channel=channel, key="a", value={"x": 1})
    ChannelNote.objects.create(channel=other, key="b", value=2)
    notes = connections.ChannelNotes(channel.pk, now=make.NOW)

    assert notes.get("a") == {"x": 1}
    assert notes.get("b") is None
    assert notes.get_many(["a", "b"]) == {"a": {"x": 1}}


def test_watched_open_or_young_ones_of_this_channel_in_rounds() -> None:
    channel = make.channel(read_from=make.NOW - timedelta(days=30))
    stream, elsewhere_ = make.stream(channel), make.stream()
    days = {"old-open": 9, "old-done": 9, "young-done": 1, "young-gone": 1}
    for name, age in days.items():
        at = make.NOW - timedelta(days=age)
        make.store(stream, make.item(name, published_at=at))
    make.store(elsewhere_, make.item("foreign"))
    make.store(stream, make.item("young-gone", deleted=True, text=""))
    done = Conversation.objects.filter(messages__external_id__endswith="done")
    Conversation.objects.filter(pk__in=done).update(status="resolved")

    notes = connections.ChannelNotes(channel.pk, now=make.NOW)
    first = notes.watched(after=None, limit=1)
    rest = notes.watched(after=first[0].mark, limit=9)

    assert [one.external_id for one in (*first, *rest)] == ["old-open", "young-done"]


def test_budget_is_reserved_before_and_settled_after() -> None:
    channel = make.channel(settings={"budget.reads": "10"})
    other = make.channel(settings={"budget.reads": "10"})
    budget = connections.ChannelBudget(channel.pk)

    reservation = budget.reserve("reads", units=6)
    with pytest.raises(connectors.BudgetSpent) as spent:
        budget.reserve("reads", units=5)
    budget.settle(reservation, units=2)
    budget.settle(budget.reserve("reads", units=8), units=8)

    assert spent.value.until.hour == spent.value.until.minute == 0
    with pytest.raises(connectors.BudgetSpent):
        budget.reserve("reads", units=1)
    connections.ChannelBudget(other.pk).reserve("reads", units=10)
    budget.reserve("writes", units=10**6)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (connectors.RateLimited(retry_at=make.at(77)), (77, 77)),
        (connectors.RateLimited(retry_at=make.at(-5)), (1, 1)),
        (connectors.BudgetSpent(until=make.at(999)), (999, 999)),
        (connectors.Forbidden(), (3600, 3600)),
        (connectors.HumanNeeded(), (3600, 3600)),
        (connectors.Unavailable(), (8 * 5 * 0.8, 8 * 5 * 1.2)),
        (ZeroDivisionError(), (8 * 5 * 0.8, 8 * 5 * 1.2)),
    ],
)
def test_next_try(error: Exception, seconds: tuple[float, float]) -> None:
    later = health.next_try(error, failures=3, now=make.NOW)

    least, most = seconds
    assert least <= (later - make.NOW).total_seconds() <= most


def test_next_try_is_never_later_than_a_quarter_of_an_hour() -> None:
    later = health.next_try(ZeroDivisionError(), failures=10_000, now=make.NOW)

    assert later - make.NOW <= timedelta(minutes=18)
