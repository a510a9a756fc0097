"""The first pane: queues with their counts, channels, what leads and admins have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox import queues
from inbox.display.card import with_query
from inbox.feed import MINE, NOBODY, Filter
from inbox.models import Agent, Channel, ChannelState, Membership, Role
from inbox.queues import Counts, Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    label: str
    url: str
    title: str = ""
    icon: str = ""
    kind: str = ""
    """A network's mark instead of an icon."""
    load: Load | None = None
    trouble: str = ""
    is_current: bool = False
    is_feed: bool = False
    """It changes the feed beside it, not the whole desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    rows: list[Row]
    is_always: bool = False
    """Shown in the narrow rail too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePane:
    house: str
    crest: str
    groups: list[Group]
    tabs: list[Row]
    on_desk: bool


def queue_pane(
    membership: Membership,
    *,
    now: datetime,
    wanted: Filter | None = None,
    page: str = "",
) -> QueuePane:
    """`wanted`: the feed that is shown; `page`: the name of the sheet shown instead."""
    agent = membership.agent
    counts = queues.counts(agent, now=now)
    own = _own(counts, wanted)
    house = membership.workspace.name
    groups = [
        Group(title="", rows=own, is_always=True),
        Group(title=_("Teams"), rows=_teams(agent, counts, wanted)),
        Group(title=_("Channels"), rows=_channels(agent, counts, wanted)),
        Group(title=_("Overview"), rows=_sheets(membership, page), is_always=True),
    ]
    return QueuePane(
        house=house,
        crest=house[:1].upper(),
        groups=[group for group in groups if group.rows],
        tabs=[own[2], own[0], own[1]],
        on_desk=wanted is not None,
    )


def _own(counts: Counts, wanted: Filter | None) -> list[Row]:
    return [
        _queue(_("Mine"), "user-round", Filter(assignee=MINE), counts.mine, wanted),
        _queue(
            _("Nobody’s yet"),
            "circle-dashed",
            Filter(assignee=NOBODY),
            counts.nobody,
            wanted,
        ),
        _queue(_("Everyone’s"), "inbox", Filter(), counts.everyone, wanted),
    ]


def _teams(agent: Agent, counts: Counts, wanted: Filter | None) -> list[Row]:
    found = queues.teams(agent)
    if len(found) < 2:
        return []
    return [
        _queue(
            team.name,
            "users-round",
            Filter(team=team.pk),
            counts.teams.get(team.pk, Load()),
            wanted,
        )
        for team in found
    ]


def _channels(agent: Agent, counts: Counts, wanted: Filter | None) -> list[Row]:
    return [
        _queue(
            short_name(channel),
            "",
            Filter(channel=channel.pk),
            counts.channels.get(channel.pk, Load()),
            wanted,
            channel=channel,
        )
        for channel in queues.channels(agent)
    ]


def _queue(
    label: str,
    icon: str,
    queue: Filter,
    load: Load,
    wanted: Filter | None,
    channel: Channel | None = None,
) -> Row:
    place = wanted and Filter(
        assignee=wanted.assignee, channel=wanted.channel, team=wanted.team
    )
    return Row(
        label=label,
        title=str(channel) if channel else label,
        icon=icon,
        kind=channel.kind if channel else "",
        url=with_query(reverse("desk"), queue),
        load=load,
        trouble=trouble(channel) if channel else "",
        is_current=place == queue,
        is_feed=True,
    )


def short_name(channel: Channel) -> str:
    """The account without its server: a queue row has little room."""
    name = channel.handle.lstrip("@").partition("@")[0]
    return f"@{name}" if name else channel.name


def trouble(channel: Channel) -> str:
    """What is wrong with a channel, in a word or two; empty when nothing is."""
    if channel.state != ChannelState.WORKING:
        return str(channel.state.label)
    if channel.sending_paused_at:
        return _("sending paused")
    return _("something is forbidden") if channel.trouble else ""


def _sheets(membership: Membership, page: str) -> list[Row]:
    """The sheets that this role may open."""
    rank = Role(membership.role).rank
    sheets = [
        ("report", _("Reports"), "chart-no-axes-column", Role.OPERATOR),
        ("channels", _("Channels"), "cable", Role.LEAD),
        ("people", _("People"), "users-round", Role.ADMIN),
    ]
    return [
        Row(label=label, url=reverse(name), icon=icon, is_current=name == page)
        for name, label, icon, role in sheets
        if rank >= role.rank
    ]
