"""A task is a hint, a row is the work: with Redis gone nothing is lost and nobody
waits."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery, current_app
from django.core.cache import cache
from django.test import TestCase
from django.utils import timezone

from inbox import tasks
from inbox.models import (
    Channel,
    ConnectionTest,
    Conversation,
    Delivery,
    Message,
    Stream,
    Visibility,
)
from inbox.services import channels, connections, deliver, hints, reply
from tests import make
from tests.inbox.network import Network, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The hints that were given: name and argument."""
    noted: list[tuple[str, Any]] = []

    def note(name: str, *, args: tuple[Any, ...], **_how: object) -> None:
        noted.append((name.removeprefix("inbox.tasks."), *args))

    monkeypatch.setattr(current_app, "send_task", note)
    return noted


def press(conversation: Conversation, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "by": make.agent(),
        "text": "It is on its way.",
        "visibility": Visibility.PUBLIC,
        "seen": reply.newest(conversation),
        "key": uuid.uuid4(),
        "now": timezone.now(),
    }
    return reply.submit(conversation.pk, **values | fields)


def rest(stream: Stream) -> None:
    Stream.objects.filter(pk=stream.pk).update(
        due_at=timezone.now() + timedelta(hours=1)
    )


# --- Tick ---------------------------------------------------------------------------


def test_tick_with_nothing_due_says_nothing(given: list[Any]) -> None:
    rest(make.stream())

    tasks.tick()

    assert given == []


def test_tick_gives_a_hint_for_exactly_what_is_due(given: list[Any]) -> None:
    due, resting, held, stopped = (make.stream() for _each in range(4))
    rest(resting)
    soon = timezone.now() + timedelta(minutes=1)
    Stream.objects.filter(pk=held.pk).update(leased_until=soon, lease=uuid.uuid4())
    Channel.objects.filter(pk=stopped.channel_id).update(reading_stopped_at=make.NOW)

    tasks.tick()

    assert given == [("read_stream", due.pk)]


def test_tick_replies(given: list[Any]) -> None:
    now = timezone.now()
    queued, later, unknown, asked, sent = (
        press(make.conversation()) for _each in range(5)
    )
    Stream.objects.all().delete()
    states: list[tuple[Message, dict[str, Any]]] = [
        (later, {"send_at": now + timedelta(hours=1)}),
        (unknown, {"delivery": Delivery.UNKNOWN}),
        (asked, {"delivery": Delivery.UNKNOWN, "send_at": None}),
        (sent, {"delivery": Delivery.SENT}),
    ]
    for row, columns in states:
        Message.objects.filter(pk=row.pk).update(**columns)
    given.clear()

    tasks.tick()

    hinted = [one for one in given if one[0] != "sweep_promises"]
    assert hinted == [("deliver", queued.pk), ("deliver", unknown.pk)]


def test_tick_gives_up_what_a_dead_worker_was_sending(given: list[Any]) -> None:
    row = press(make.conversation())
    deliver.claim(row.pk, now=timezone.now())
    past = timezone.now() - timedelta(seconds=1)
    Message.objects.filter(pk=row.pk).update(claimed_until=past)

    tasks.tick()

    row.refresh_from_db()
    assert row.delivery == Delivery.UNKNOWN
    assert ("deliver", row.pk) in given


def test_tick_promises_that_broke(given: list[Any]) -> None:
    old = timezone.now() - timedelta(days=9)
    channel = make.channel(read_from=old - timedelta(days=1))
    make.store(make.stream(channel), make.item(published_at=old), now=old)
    rest(Stream.objects.get())

    tasks.tick()
    assert given == [("sweep_promises",)]

    tasks.sweep_promises()
    given.clear()
    tasks.tick()
    assert given == []
    assert Conversation.objects.get().breached_at is not None


def test_tick_connection_tests_whose_hint_or_worker_was_lost(given: list[Any]) -> None:
    channel, agent, now = make.channel(), make.agent(), timezone.now()
    fresh, running, dead, done, old = (
        channels.retest(channel, by=agent) for _each in range(5)
    )
    states: list[tuple[ConnectionTest, dict[str, Any]]] = [
        (running, {"started_at": now}),
        (dead, {"started_at": now - timedelta(minutes=3)}),
        (done, {"started_at": now - timedelta(minutes=3), "finished_at": now}),
        (old, {"created_at": now - timedelta(hours=1)}),
    ]
    for row, columns in states:
        ConnectionTest.objects.filter(pk=row.pk).update(**columns)

    tasks.tick()

    assert {one[1] for one in given} == {str(fresh.pk), str(dead.pk)}


def test_tick_is_bounded(given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    channel = make.channel()
    for number in range(5):
        make.stream(channel, name=f"s{number}")

    tasks.tick()

    assert len(given) == 2


# --- Hints --------------------------------------------------------------------------


def test_hint_comes_after_the_commit_and_not_without_one(given: list[Any]) -> None:
    conversation = make.conversation()

    with TestCase.captureOnCommitCallbacks(execute=False) as later:
        row = press(conversation)
        assert given == []
    for callback in later:
        callback()
    assert given == [("deliver", row.pk)]

    with (
        TestCase.captureOnCommitCallbacks(execute=True),
        pytest.raises(reply.MovedOn),
    ):
        press(conversation, seen=0)
    assert given == [("deliver", row.pk)]


@pytest.fixture(params=["gone", "mute"])
def redis_away(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Nobody listens, or somebody who never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "mute":
            server.listen(16)
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with Celery(broker=url, set_as_current=False) as app:
            app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
            monkeypatch.setattr(hints, "current_app", app)
            yield


@pytest.mark.usefixtures("redis_away")
def test_redis_away_send_is_pressed_all_the_same() -> None:
    conversation = make.conversation()
    began = time.monotonic()

    with TestCase.captureOnCommitCallbacks(execute=True):
        row = press(conversation)

    assert time.monotonic() - began < 8
    assert row.delivery == Delivery.QUEUED
    assert deliver.due(now=timezone.now(), limit=9) == [row.pk], (
        "the next tick finds it"
    )


@pytest.mark.usefixtures("redis_away")
def test_redis_away_a_hint_is_only_not_given() -> None:
    hints.give("deliver", 1)


def test_redis_away_the_network_is_read_and_answered(settings: Any) -> None:
    """Rate tokens are only remembered there."""
    with network(settings) as net:
        closed = _closed_port()
        settings.CACHES = {
            "default": {
                **settings.CACHES["default"],
                "LOCATION": f"redis://127.0.0.1:{closed}/0",
            }
        }
        conversation = net.conversation()
        sent = net.deliver(net.press(conversation))

    assert sent.delivery == Delivery.SENT


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_rate_tokens_are_shared_by_workers_and_may_be_forgotten() -> None:
    tokens = connections.SharedRateTokens()
    reset_at = timezone.now() + timedelta(minutes=5)
    rate = connections.Rate(remaining=3, reset_at=reset_at)

    tokens.put("host", rate)
    assert connections.SharedRateTokens().get("host") == rate
    assert tokens.get("other") is None

    cache.clear()
    assert tokens.get("host") is None


# --- The tasks themselves -----------------------------------------------------------


def test_tasks_do_what_their_rows_say_and_nothing_twice(settings: Any) -> None:
    with network(settings) as net:
        conversation, row = asked_and_answered(net)
        for _again in range(2):
            tasks.deliver(row.pk)
            tasks.read_stream(Stream.objects.get(name="own").pk)

        row.refresh_from_db()
        assert row.delivery == Delivery.SENT
        assert net.created() == [1]
        assert conversation.messages.count() == 2


def asked_and_answered(net: Network) -> tuple[Conversation, Message]:
    conversation = net.conversation()
    return conversation, net.press(conversation)


@pytest.mark.parametrize("task", ["deliver", "read_stream"])
def test_tasks_of_rows_that_are_gone_do_nothing(task: str) -> None:
    getattr(tasks, task)(987_654)


def test_test_connection_runs_once_however_often_it_is_hinted(settings: Any) -> None:
    with network(settings) as net:
        test = channels.retest(net.channel, by=net.agent)
        tasks.test_connection(str(test.pk))
        test.refresh_from_db()
        first = test.finished_at

        tasks.test_connection(str(test.pk))

    test.refresh_from_db()
    assert test.account["handle"] == "@kawa"
    assert (test.finished_at, test.error_code) == (first, "")


def test_forget_keeps_what_is_young() -> None:
    channel, agent, now = make.channel(), make.agent(), timezone.now()
    for days in (13, 15):
        channel.rawpayload_set.create(
            external_id=str(days), payload={}, fetched_at=now - timedelta(days=days)
        )
    for days in (29, 31):
        seen = now - timedelta(days=days)
        channel.quarantine_set.create(
            stream="mentions",
            digest=str(days),
            raw="",
            reason="",
            first_seen_at=now - timedelta(days=99),
            last_seen_at=seen,
        )
    young, old = (channels.retest(channel, by=agent) for _each in range(2))
    ConnectionTest.objects.filter(pk=old.pk).update(
        created_at=now - timedelta(hours=25)
    )

    tasks.forget()

    assert [row.external_id for row in channel.rawpayload_set.all()] == ["13"]
    assert [row.digest for row in channel.quarantine_set.all()] == ["29"]
    assert list(ConnectionTest.objects.all()) == [young]
