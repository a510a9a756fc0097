"""Connecting an account, testing, pausing and giving it up; secrets stay secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

import connectors
from inbox.models import (
    Channel,
    ChannelState,
    ConnectionTest,
    Conversation,
    Delivery,
    Event,
    Happening,
    Stream,
)
from inbox.services import channels, health, poll, workspaces
from inbox.services.channels import ChannelFault
from sla.models import Clock
from tests import make
from tests.inbox import elsewhere
from tests.inbox.network import KIND, Network, form, network

pytestmark = pytest.mark.django_db


@pytest.fixture
def net(settings: Any) -> Iterator[Network]:
    with network(settings) as connected:
        yield connected


def log() -> list[str]:
    rows = Event.objects.filter(what=Happening.CHANNEL).order_by("pk")
    return [row.data["what"] for row in rows]


def tried(net: Network, **fields: Any) -> ConnectionTest:
    values: dict[str, Any] = {
        "workspace": make.workspace(),
        "by": net.agent,
        "kind": KIND,
        "settings": form(net.sandbox),
    }
    test = channels.start_test(**values | fields)
    channels.run_test(test, now=net.now())
    test.refresh_from_db()
    return test


def connect(net: Network, test: ConnectionTest, **fields: Any) -> Channel:
    values: dict[str, Any] = {
        "by": net.agent,
        "team": workspaces.default_team(make.workspace()),
        "read_from": net.now(),
        "now": net.now(),
    }
    return channels.connect(test, **values | fields)


# --- Testing ------------------------------------------------------------------------


def test_run_test_says_who_we_are(net: Network) -> None:
    test = tried(net)

    assert test.account["handle"] == "@kawa"
    assert (test.error_code, test.error_words) == ("", "")
    assert test.finished_at is not None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Access was revoked. Connect this account again."),
        ("ru", "Доступ отозван"),
        ("pl", "Dostęp"),
    ],
)
def test_run_test_refused_says_why_in_the_admins_language(
    net: Network, language: str, words: str
) -> None:
    net.agent.language = language

    test = tried(net, settings=form(net.sandbox, token="wrong-token"))

    assert (test.account, test.error_code) == (None, "unauthorized")
    assert test.error_words.startswith(words)


def test_run_test_fault_of_ours_still_answers(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(connectors.get(KIND), "identify", broken)

    test = tried(net)

    assert test.finished_at is not None
    assert test.error_code == "unexpected"
    assert "unexpected" in test.error_words


def test_run_test_of_the_channels_own_settings_forgives(net: Network) -> None:
    Channel.objects.update(trouble={"reply": "forbidden"})

    tried(net, channel=net.channel, settings=form(net.sandbox) | {"more": "new"})
    assert Channel.objects.get().trouble == {"reply": "forbidden"}

    channels.run_test(channels.retest(net.channel, by=net.agent), now=net.now())
    assert Channel.objects.get().trouble == {}


def test_run_test_again_after_a_fault_leaves_none(net: Network) -> None:
    test = channels.retest(net.channel, by=net.agent)
    net.world.inject("down", times=None)
    channels.run_test(test, now=net.now())
    assert test.error_code == "unavailable"
    net.world.heal()

    channels.run_test(test, now=net.now())

    test.refresh_from_db()
    assert (test.error_code, test.error_words) == ("", "")


def test_secrets_stand_encrypted_and_reach_no_log(
    net: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = net.world.token
    assert secret
    tried(net)
    net.world.revoke()
    net.read()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM inbox_channel")
        [(kept,)] = cursor.fetchall()
        cursor.execute("SELECT settings FROM inbox_connectiontest")
        typed = [row for (row,) in cursor.fetchall()]

    assert secret in net.channel.secrets.values()
    assert secret not in kept
    assert not [row for row in typed if secret in row]
    assert secret not in net.channel.settings.values()
    assert secret not in caplog.text
    assert not [row for row in Event.objects.all() if secret in str(row.data)]


# --- Connecting ---------------------------------------------------------------------


def test_connect_opens_every_stream_at_once(net: Network) -> None:
    described = {stream.name for stream in connectors.get(KIND).streams}

    assert set(net.channel.streams.values_list("name", flat=True)) == described
    assert len(poll.due(now=net.now(), limit=99)) == len(described)
    assert log() == ["connected"]
    assert net.channel.connected_by == net.agent


def test_connect_an_account_twice_is_refused(net: Network) -> None:
    with pytest.raises(ChannelFault, match="already"):
        connect(net, tried(net))

    assert Channel.objects.count() == 1
    assert Stream.objects.values("channel").distinct().count() == 1


def test_connect_the_same_account_for_another_company_is_its_own(net: Network) -> None:
    company = elsewhere.company()
    test = tried(net, workspace=company.workspace, by=company.admin)

    with pytest.raises(ChannelFault, match="workspace"):
        connect(net, test)
    theirs = connect(net, test, team=company.team, by=company.admin)

    assert theirs.workspace == company.workspace
    assert not Channel.objects.visible_to_agent(net.agent.pk).filter(pk=theirs.pk)


def test_connect_without_a_good_test_is_refused(net: Network) -> None:
    test = tried(net, settings=form(net.sandbox, token="wrong-token"))

    with pytest.raises(ChannelFault, match="Test"):
        connect(net, test)


# --- Connecting again ---------------------------------------------------------------


def test_reconnect_reads_what_was_missed_and_ends_the_outage(net: Network) -> None:
    conversation = net.conversation()
    net.world.revoke()
    net.read("mentions")
    net.later(hours=1)
    waiting = net.press_anyway(conversation)
    net.world.heal()
    missed = net.asks(who="piotr")

    channels.reconnect(net.channel, tried(net), by=net.agent, now=net.now())

    net.channel.refresh_from_db()
    assert net.channel.state == ChannelState.WORKING
    assert len(poll.due(now=net.now(), limit=99)) == Stream.objects.count()
    net.read("mentions")
    waits_from = net.of(missed).waiting_since
    assert waits_from is not None
    assert abs(waits_from - missed.at) < timedelta(milliseconds=1)
    assert net.deliver(waiting).delivery == Delivery.SENT
    [[_since, until]] = Clock.objects.get(conversation=conversation, wait="team").pauses
    assert until is not None
    assert log() == ["connected", "access_lost", "reconnected"]


def test_reconnect_another_account_is_refused(net: Network) -> None:
    test = tried(net)
    others = make.channel()
    company = elsewhere.company()
    foreign = tried(net, workspace=company.workspace)

    for channel, of in ((others, test), (net.channel, foreign)):
        before = channel.secrets
        with pytest.raises(ChannelFault, match="another account"):
            channels.reconnect(channel, of, by=net.agent, now=net.now())
        channel.refresh_from_db()
        assert channel.secrets == before


def test_reconnect_opens_what_the_old_token_did_not_give(net: Network) -> None:
    Stream.objects.filter(name="conversations").delete()
    Channel.objects.update(trouble={"read_messages": "forbidden"})
    own = Stream.objects.get(name="own")
    Stream.objects.filter(pk=own.pk).update(cursor={"kept": 1})

    channels.reconnect(net.channel, tried(net), by=net.agent, now=net.now())

    assert Channel.objects.get(pk=net.channel.pk).trouble == {}
    assert Stream.objects.filter(name="conversations").count() == 1
    assert Stream.objects.get(pk=own.pk).cursor == {"kept": 1}


# --- Pausing and stopping -----------------------------------------------------------


def test_pause_stops_sending_alone_and_is_told_once(net: Network) -> None:
    other = make.channel()
    pause = partial(channels.pause_sending, net.channel, by=net.agent, now=net.now())
    net.asks()

    pause()
    pause()

    assert net.read("mentions") == 1
    assert Channel.objects.get(pk=other.pk).is_sending
    assert not Channel.objects.get(pk=net.channel.pk).is_sending
    channels.resume_sending(net.channel, by=net.agent, now=net.now())
    assert Channel.objects.get(pk=net.channel.pk).is_sending
    assert log() == ["connected", "paused", "resumed"]


@pytest.mark.parametrize(
    ("verb", "column"),
    [
        (channels.pause_sending, "sending_paused_at"),
        (channels.stop_reading, "reading_stopped_at"),
    ],
)
def test_pause_and_its_line_in_the_log_are_one(
    monkeypatch: pytest.MonkeyPatch, verb: Any, column: str
) -> None:
    def dies(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    channel, admin = make.channel(), make.agent()
    monkeypatch.setattr(health, "note", dies)

    with pytest.raises(KeyboardInterrupt):
        verb(channel, by=admin, now=make.NOW)

    assert getattr(Channel.objects.get(), column) is None


def test_stop_reading_and_go_on_from_there(net: Network) -> None:
    other = make.stream()
    stop = partial(channels.stop_reading, net.channel, by=net.agent, now=net.now())
    stop()
    stop()
    missed = net.asks()
    assert net.read() == 0
    assert poll.due(now=net.now(), limit=99) == [other.pk]

    channels.start_reading(net.channel, by=net.agent, now=net.now())

    assert net.read("mentions") == 1
    assert net.of(missed).contact.name == "anna"
    assert log() == ["connected", "stopped", "started"]


def test_set_teams_decides_who_sees_it(net: Network) -> None:
    conversation = net.conversation()
    insider, outsider = make.agent("In"), make.agent("Out")
    team, theirs = make.team("Inner", insider), elsewhere.company().team

    channels.set_teams(net.channel, by=net.agent, teams=[team, theirs], now=net.now())

    assert list(net.channel.teams.all()) == [team]
    assert Conversation.objects.visible_to(insider).get() == conversation
    assert not Conversation.objects.visible_to(outsider).exists()
