"""Connecting an account, testing it, pausing it, giving it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

import connectors
from connectors import Account, as_json
from inbox.models import (
    Agent,
    Channel,
    ChannelNote,
    ConnectionTest,
    Stream,
    Team,
    Workspace,
)
from inbox.services import connections, health, hints, poll

UNANSWERED_DAYS = 7
TEST_TAKES = timedelta(minutes=2)
"""A test that is not over by then has lost its worker."""
TEST_MATTERS = timedelta(minutes=15)
"""Nobody looks at the page any more."""


class ChannelFault(Exception):
    """What cannot be done, in the user's words."""


def start_test(
    *,
    workspace: Workspace,
    by: Agent,
    kind: str,
    settings: Mapping[str, str],
    channel: Channel | None = None,
) -> ConnectionTest:
    """Asks a worker to try these settings; the page polls the row it returns."""
    test = ConnectionTest.objects.create(
        workspace=workspace,
        channel=channel,
        kind=kind,
        settings=dict(settings),
        asked_by=by,
    )
    hints.after_commit("test_connection", str(test.pk))
    return test


def retest(channel: Channel, *, by: Agent) -> ConnectionTest:
    """Tries the settings that the channel has."""
    return start_test(
        workspace=channel.workspace,
        by=by,
        kind=channel.kind,
        settings={**channel.settings, **channel.secrets},
        channel=channel,
    )


def run_test(test: ConnectionTest, *, now: datetime) -> None:
    """Asks the platform who we are. Reads only; in a worker, never in a web request."""
    ConnectionTest.objects.filter(pk=test.pk).update(started_at=now)
    try:
        account = _ask(test)
    except Exception as error:  # noqa: BLE001 - the page waits for an answer
        health.log_error(error, f"connection test {test.pk}")
        test.error_code = health.code(error)
        test.error_words = health.words(error, language=test.asked_by.language)
    else:
        test.account = as_json(account)
        test.error_code = test.error_words = ""
        _forgive(test, account)
    test.finished_at = now
    test.save(update_fields=["account", "error_code", "error_words", "finished_at"])


def tests_due(*, now: datetime, limit: int) -> list[str]:
    """Tests that no worker took, their hint being lost, or whose worker died."""
    forgotten = Q(started_at__isnull=True) | Q(started_at__lt=now - TEST_TAKES)
    rows = ConnectionTest.objects.filter(
        forgotten, finished_at__isnull=True, created_at__gte=now - TEST_MATTERS
    )
    return [str(pk) for pk in rows.values_list("pk", flat=True)[:limit]]


def take_test(test_id: str, *, now: datetime) -> ConnectionTest | None:
    """The test for one worker alone; None when another has it, or it is gone."""
    free = Q(started_at__isnull=True) | Q(started_at__lt=now - TEST_TAKES)
    mine = ConnectionTest.objects.filter(free, pk=test_id, finished_at__isnull=True)
    if not mine.update(started_at=now):
        return None
    return ConnectionTest.objects.select_related("asked_by").get(pk=test_id)


def _forgive(test: ConnectionTest, account: Account) -> None:
    """What the network once forbade may be tried again when the channel's own settings
    have just passed: but for what the token does not give."""
    channel = test.channel
    if channel and test.settings == {**channel.settings, **channel.secrets}:
        trouble = dict.fromkeys(account.lacks, "forbidden")
        Channel.objects.filter(pk=channel.pk).update(trouble=trouble)


def _ask(test: ConnectionTest) -> Account:
    connector = connections.connect_untried(test)
    try:
        return connector.identify()
    finally:
        connector.http.close()


@transaction.atomic
def connect(
    test: ConnectionTest,
    *,
    by: Agent,
    team: Team,
    read_from: datetime,
    now: datetime,
) -> Channel:
    """Makes the tested account a channel that is read from `read_from` on.

    Raises ChannelFault when the test did not go well or the account is connected.
    """
    if test.account is None:
        raise ChannelFault(_("Test the connection first."))
    if team.workspace_id != test.workspace_id:
        raise ChannelFault(_("This team is not in your workspace."))
    account, fields = test.account, _split(test)
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                workspace=test.workspace,
                kind=test.kind,
                external_id=account["id"],
                name=account["name"] or account["handle"] or account["id"],
                handle=account["handle"] or "",
                avatar_url=account["avatar"],
                url=account["url"],
                identities=account["identities"],
                settings=fields[False],
                secrets=fields[True],
                default_team=team,
                read_from=read_from,
                unanswered_from=read_from - timedelta(days=UNANSWERED_DAYS),
                trouble=dict.fromkeys(account["lacks"], "forbidden"),
                connected_by=by,
            )
    except IntegrityError as fault:
        raise ChannelFault(_("This account is connected already.")) from fault
    _remember(channel, account)
    _open_streams(channel, now=now)
    health.note(channel, "connected", by=by, now=now)
    return channel


@transaction.atomic
def reconnect(
    channel: Channel, test: ConnectionTest, *, by: Agent, now: datetime
) -> None:
    """New credentials for the same account; what was missed meanwhile is read.

    Raises ChannelFault when it is another account.
    """
    if test.account is None:
        raise ChannelFault(_("Test the connection first."))
    here = (channel.workspace_id, channel.kind, channel.external_id)
    if (test.workspace_id, test.kind, test.account["id"]) != here:
        raise ChannelFault(_("This is another account. Connect it as a new channel."))
    fields = _split(test)
    Channel.objects.filter(pk=channel.pk).update(
        settings=fields[False],
        secrets=fields[True],
        trouble=dict.fromkeys(test.account["lacks"], "forbidden"),
    )
    _remember(channel, test.account)
    channel.refresh_from_db()
    _open_streams(channel, now=now)
    health.regain_access(channel, by=by, now=now)
    poll.read_now(channel, now=now)
    health.note(channel, "reconnected", by=by, now=now)


@transaction.atomic
def pause_sending(channel: Channel, *, by: Agent, now: datetime) -> None:
    """No reply goes out; reading goes on."""
    if Channel.objects.filter(pk=channel.pk, sending_paused_at__isnull=True).update(
        sending_paused_at=now
    ):
        health.note(channel, "paused", by=by, now=now)


@transaction.atomic
def resume_sending(channel: Channel, *, by: Agent, now: datetime) -> None:
    """Replies go out again, those that waited too."""
    if Channel.objects.filter(pk=channel.pk, sending_paused_at__isnull=False).update(
        sending_paused_at=None
    ):
        health.note(channel, "resumed", by=by, now=now)


@transaction.atomic
def stop_reading(channel: Channel, *, by: Agent, now: datetime) -> None:
    """Nothing is fetched any more. What the platform forgets meanwhile is lost."""
    if Channel.objects.filter(pk=channel.pk, reading_stopped_at__isnull=True).update(
        reading_stopped_at=now
    ):
        health.note(channel, "stopped", by=by, now=now)


@transaction.atomic
def start_reading(channel: Channel, *, by: Agent, now: datetime) -> None:
    """Reads on from where it stopped."""
    if Channel.objects.filter(pk=channel.pk, reading_stopped_at__isnull=False).update(
        reading_stopped_at=None
    ):
        poll.read_now(channel, now=now)
        health.note(channel, "started", by=by, now=now)


@transaction.atomic
def set_teams(
    channel: Channel, *, by: Agent, teams: Iterable[Team], now: datetime
) -> None:
    """Who sees the channel; no team means everybody."""
    chosen = [team for team in teams if team.workspace_id == channel.workspace_id]
    channel.teams.set(chosen)
    names = [team.name for team in chosen]
    health.note(channel, "teams", by=by, now=now, teams=names)


def forgets_after(channel: Channel) -> int | None:
    """Seconds after which the platform forgets unread items; None for never."""
    kept = [
        stream.retention
        for stream in connectors.get(channel.kind).streams
        if stream.retention is not None
    ]
    return min(kept, default=None)


def _split(test: ConnectionTest) -> dict[bool, dict[str, str]]:
    """The tested values, by whether they are secret."""
    secret = {
        setting.name for setting in connectors.get(test.kind).settings if setting.secret
    }
    fields: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for name, value in test.settings.items():
        fields[name in secret][name] = value
    return fields


def _remember(channel: Channel, account: Mapping[str, object]) -> None:
    notes = account.get("notes")
    if not isinstance(notes, Mapping):
        return
    for key, value in notes.items():
        ChannelNote.objects.update_or_create(
            channel=channel, key=key, defaults={"value": value}
        )


def _open_streams(channel: Channel, *, now: datetime) -> None:
    """Those that the token allows and that are not there yet."""
    connector = connections.connect(channel, now=now)
    lacks = set(channel.trouble)
    since = channel.unanswered_from or channel.read_from
    open_ones = set(channel.streams.values_list("name", flat=True))
    Stream.objects.bulk_create(
        Stream(
            channel=channel,
            name=stream.name,
            cursor=connector.start(stream.name, since),
            pace=stream.pace,
            due_at=now,
        )
        for stream in connector.streams
        if stream.needs.value not in lacks and stream.name not in open_ones
    )
