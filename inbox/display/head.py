"""What is promised in a conversation, as its head says it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from inbox.display import clock, wording
from inbox.display.clock import Face
from inbox.models import Conversation
from sla.models import Clock, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A clock with its name."""

    label: str
    face: Face
    is_spare: bool = False
    """Goes first when the pane is narrow."""


def facts(conversation: Conversation, *, now: datetime) -> list[Fact]:
    """The open promises, then the kept ones, then how long one may still reply."""
    clocks = _newest(conversation.clocks.filter(target_seconds__isnull=False))
    found = [_fact(row, now=now) for row in clocks]
    until = conversation.reply_until
    if until and not conversation.is_resolved:
        face = clock.running(due=until, since=None, now=now)
        if until <= now:
            face = clock.paused(_("the network's time is over"))
        found.append(Fact(label=_("Reply possible"), face=face))
    return found


def _newest(rows: Iterable[Clock]) -> list[Clock]:
    """The newest cycle of each metric, what runs first. Of a cycle's two waits the one
    whose promise ends first: it is the one that the feed counts down to."""
    newest: dict[str, Clock] = {}
    for row in sorted(rows, key=_ends_first, reverse=True):
        newest[row.metric] = row
    order = [Metric.NEXT_RESPONSE, Metric.FIRST_RESPONSE, Metric.RESOLUTION]
    return sorted(
        newest.values(),
        key=lambda row: (row.ended_at is not None, order.index(Metric(row.metric))),
    )


def _ends_first(row: Clock) -> tuple[int, float]:
    return -row.cycle, row.due_at.timestamp() if row.due_at else math.inf


def _fact(row: Clock, *, now: datetime) -> Fact:
    labels = {
        Metric.FIRST_RESPONSE: _("First reply"),
        Metric.NEXT_RESPONSE: _("Next reply"),
        Metric.RESOLUTION: _("Solved"),
    }
    return Fact(
        label=labels[Metric(row.metric)],
        face=_face(row, now=now),
        is_spare=row.ended_at is not None,
    )


def _face(row: Clock, *, now: datetime) -> Face:
    if row.ended_at is None:
        if row.due_at is None:
            return clock.paused(_("the channel is down"))
        return clock.running(due=row.due_at, since=row.started_at, now=now)
    if row.outcome:
        return clock.paused(_("no reply needed"))
    due = row.due_at
    title = _("due %(moment)s") % {"moment": wording.exact(due)} if due else ""
    if due and row.breached_at:
        return clock.missed(seconds=(row.ended_at - due).total_seconds(), title=title)
    taken = row.wall_seconds
    if taken is None:
        taken = int((row.ended_at - row.started_at).total_seconds())
    return clock.met(seconds=taken, title=title)
