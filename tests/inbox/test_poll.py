"""Reading streams: once, bounded, and every fault ends in the stream's own row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors import Http
from inbox.models import (
    Channel,
    Conversation,
    Event,
    Happening,
    Message,
    Quarantine,
    RawPayload,
    Stream,
)
from inbox.services import ingest, lease, poll
from sla.models import Clock
from tests import make
from tests.inbox.network import Network, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(settings: Any) -> Iterator[Network]:
    with network(settings) as connected:
        yield connected


def stream(net: Network, name: str = "mentions") -> Stream:
    return Stream.objects.get(channel=net.channel, name=name)


def stored() -> list[str]:
    rows = Message.objects.order_by("pk").values_list("external_id", flat=True)
    return [external_id or "" for external_id in rows]


def test_read_stores_what_was_said_and_comes_back_at_its_pace(net: Network) -> None:
    item = net.asks()

    assert net.read("mentions") == 1

    row = stream(net)
    pause = (row.due_at - net.now()).total_seconds()
    assert stored() == [net.world.external_id(item)]
    assert 0.89 * row.pace < pause < 1.1 * row.pace
    assert (row.lease, row.leased_until, row.failures) == (None, None, 0)


def test_read_again_stores_nothing_twice(net: Network) -> None:
    net.asks()
    net.writes()
    first = net.read()

    assert (first, net.read(), len(stored())) == (2, 0, 2)


def test_read_not_due_is_left_alone(net: Network) -> None:
    net.read("mentions")
    net.asks()

    assert poll.read(stream(net).pk, clock=net.now) == 0
    assert stored() == []


def test_read_held_by_another_worker_is_left_alone(net: Network) -> None:
    net.asks()
    row = stream(net)
    other = lease.claim(row.pk, now=net.now())
    assert other is not None

    assert net.read("mentions") == 0
    assert stored() == []
    assert stream(net).lease == other.lease


@pytest.mark.parametrize("column", ["reading_stopped_at", "unauthorized_at"])
def test_read_channel_that_is_not_read_is_never_due(net: Network, column: str) -> None:
    other = make.stream()
    Channel.objects.filter(pk=net.channel.pk).update(**{column: net.now()})
    net.asks()

    assert net.read() == 0
    assert poll.due(now=net.now() + timedelta(days=1), limit=99) == [other.pk]


def test_due_longest_waiting_first_and_bounded() -> None:
    channel = make.channel()
    rows = [make.stream(channel, name=name) for name in ("a", "b", "c", "d")]
    due_at = {"a": -1, "b": -3, "c": -2, "d": 5}
    for row in rows:
        Stream.objects.filter(pk=row.pk).update(due_at=make.at(due_at[row.name]))

    assert poll.due(now=make.NOW, limit=2) == [rows[1].pk, rows[2].pk]
    assert len(poll.due(now=make.NOW, limit=9)) == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error", "unavailable"),
        ("down", "unavailable"),
        ("reset", "unavailable"),
        ("malformed", "bad_payload"),
        ("html", "bad_payload"),
    ],
)
def test_read_fault_moves_nothing_backs_off_and_heals(
    net: Network, fault: str, code: str
) -> None:
    net.asks()
    cursor = stream(net).cursor
    net.world.inject(fault, path="notifications", times=None)

    pauses = []
    for failures in (1, 2, 3):
        assert net.read("mentions") == 0
        row = stream(net)
        pauses.append((row.due_at - net.now()).total_seconds())
        assert (row.failures, row.error_code, row.cursor) == (failures, code, cursor)
        assert row.error_words.startswith("The network")
    assert pauses[0] < 6.1 < 7.9 < pauses[1] < 12.1 < 15.9 < pauses[2]
    assert stored() == []

    net.world.heal()
    assert net.read("mentions") == 1
    row = stream(net)
    assert (row.failures, row.error_code, row.error_words) == (0, "", "")


def test_read_fault_of_one_stream_leaves_the_others(net: Network) -> None:
    net.asks()
    private = net.writes()
    net.world.inject("malformed", path="notifications", times=None)

    net.read()

    assert net.world.external_id(private) in stored()
    failures = dict(Stream.objects.values_list("name", "failures"))
    assert failures.pop("mentions") == 1
    assert set(failures.values()) == {0}


def test_read_rate_limited_comes_back_when_the_network_says(net: Network) -> None:
    net.world.inject("rate", path="notifications", seconds=400)

    net.read("mentions")

    row = stream(net)
    assert row.error_code == "rate_limited"
    assert 390 < (row.due_at - net.now()).total_seconds() <= 400


def test_read_access_lost_pauses_all_of_the_channel_once(net: Network) -> None:
    conversation = net.conversation()
    net.world.revoke()

    net.read("mentions")
    net.read()

    opened = Event.objects.filter(what=Happening.OUTAGE_OPENED)
    told = Event.objects.filter(what=Happening.CHANNEL, data__what="access_lost")
    clock = Clock.objects.get(conversation=conversation, wait="team")
    assert Channel.objects.get(pk=net.channel.pk).unauthorized_at is not None
    assert (opened.count(), told.count()) == (1, 1)
    assert len(clock.pauses) == 1, "the team cannot answer now"
    assert poll.due(now=net.now() + timedelta(days=1), limit=9) == []


def test_read_forbidden_rests_alone_and_is_forgiven(net: Network) -> None:
    net.asks()
    private = net.writes()
    net.world.inject("forbidden", path="notifications")

    net.read("mentions", "conversations")

    channel = Channel.objects.get(pk=net.channel.pk)
    assert channel.trouble == {"read_mentions": "forbidden"}
    assert net.world.external_id(private) in stored()
    assert stream(net).due_at - net.now() > timedelta(minutes=59)

    net.read("mentions")
    channel.refresh_from_db()
    assert channel.trouble == {}


def test_read_success_forgives_nothing_else(net: Network) -> None:
    Channel.objects.update(trouble={"reply": "forbidden"})

    net.read()

    assert Channel.objects.get().trouble == {"reply": "forbidden"}


def test_read_fault_of_ours_stays_with_the_stream(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ingest, "store_page", broken)
    net.asks()

    assert net.read("mentions") == 0

    row = stream(net)
    assert (row.error_code, row.failures, row.lease) == ("unexpected", 1, None)
    assert row.due_at > net.now()


def test_read_item_that_breaks_us_goes_to_quarantine_alone(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, fine = net.asks(), net.asks("boom"), net.asks()
    detect = ingest.Intake._message

    def brittle(self: Any, item: Any, thread: Any) -> Message:
        if "boom" in item.text:
            raise KeyError(item.external_id)
        return detect(self, item, thread)

    monkeypatch.setattr(ingest.Intake, "_message", brittle)
    net.read("mentions")

    kept = Quarantine.objects.get()
    assert stored() == [net.world.external_id(item) for item in (good, fine)]
    assert kept.reason == "KeyError"
    assert net.world.external_id(bad) in kept.raw


def test_read_hostile_text_arrives_clean(net: Network) -> None:
    net.asks("nul \x00 lone \ud83d end")

    net.read("mentions")

    assert Message.objects.get().text.endswith("nul  lone � end")
    assert Quarantine.objects.count() == 0


def test_read_repeated_page_costs_nothing(net: Network) -> None:
    net.asks()
    net.read("mentions")
    net.world.inject("repeat", path="notifications")

    net.read("mentions")

    assert len(stored()) == 1
    assert RawPayload.objects.count() == 1


def test_read_is_bounded_and_goes_on_at_once(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "MOST_PAGES", 1)
    for number in range(90):
        net.asks(who=f"c{number}")

    first = net.read("mentions")

    row = stream(net)
    assert 0 < first < 90
    assert row.due_at <= net.now()
    while row.due_at <= net.now():
        net.read("mentions")
        row.refresh_from_db()
    assert len(stored()) == len(set(stored())) == 90


def test_read_lease_lost_midway_keeps_whole_pages_only(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(90):
        net.asks(who=f"c{number}")
    row = stream(net)
    store, thief = ingest.store_page, lease.uuid.uuid4()
    pages: list[int] = []

    def robbed(hold: Any, page: Any, *, now: Any) -> int:
        if pages:
            Stream.objects.filter(pk=row.pk).update(lease=thief)
        pages.append(len(page.items))
        return store(hold, page, now=now)

    monkeypatch.setattr(ingest, "store_page", robbed)
    assert net.read("mentions") == 0

    row.refresh_from_db()
    assert len(stored()) == pages[0] < 90
    assert (row.lease, row.failures) == (thief, 0)


def test_read_slow_page_keeps_its_lease(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of many dialogs takes a request for each: longer than a lease lasts."""
    for number in range(6):
        net.writes(who=f"c{number}")
    row = stream(net, "conversations")
    send, rivals = Http.send, []

    def slow(self: Http, call: Any) -> Any:
        net.world.advance(12)
        rivals.append(lease.claim(row.pk, now=net.now()))
        return send(self, call)

    monkeypatch.setattr(Http, "send", slow)
    new = net.read("conversations")

    assert len(rivals) > 3
    assert rivals == [None] * len(rivals)
    assert new == 6


def test_pulse_of_a_lost_lease_stops_the_reading() -> None:
    row = make.stream()
    hold = lease.claim(row.pk, now=make.NOW)
    assert hold is not None
    pulse = lease.Pulse(hold=hold, clock=lambda: make.at(11), renewed_at=make.NOW)
    Stream.objects.update(lease=lease.uuid.uuid4())

    with pytest.raises(lease.LeaseLost):
        pulse()


def test_read_now_makes_this_channels_streams_due_alone() -> None:
    mine, other = make.stream(), make.stream()
    later = make.at(900)
    Stream.objects.update(due_at=later, failures=4)

    poll.read_now(mine.channel, now=make.NOW)

    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.due_at, mine.failures) == (make.NOW, 0)
    assert (other.due_at, other.failures) == (later, 4)


def test_read_answered_private_message_of_last_week_is_history(net: Network) -> None:
    """Connected today: what a colleague answered yesterday is nobody's task."""
    yesterday = net.now() - timedelta(days=1)
    old = net.world.message(author="anna", text="Hello?", at=yesterday)
    net.world.answer(to=old, text="Done.", private=True)
    waiting = net.world.message(author="piotr", text="And me?", at=yesterday)

    net.read("conversations")

    found = {
        row.contact.name: (row.origin, row.waiting_since is not None)
        for row in Conversation.objects.select_related("contact")
    }
    assert found == {"anna": ("backfill", False), "piotr": ("live", True)}
    assert net.world.external_id(waiting) in stored()
