"""Keeping clocks true to history. The only caller of `sla.store`.

What history is read: messages (times, delivery, deletion), and of events
`assigned {agent_id, before}`, `transferred {team_id, before}`, `categorised {category,
before}`, `prioritised {priority, before}`, `tagged` and `untagged {tag_id}`, `outcome
{outcome}`, `requested` (with its message), `policy_moved {policy_version}`, and of the
channel `outage_opened` and `outage_closed`.

Whoever changes any of these calls `refresh` in the same transaction, with the earliest
moment whose history is another now: for a message the earlier of its old and its new
`published_at`, for one made a request its `published_at`, for an event its `at`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from inbox.models import Conversation, Event, Happening, Workspace
from inbox.services import histories
from inbox.services.write import write
from sla import store, versions
from sla.store import Breach, ConversationClocks, Difference

AT_ONCE = 200
"""Conversations folded in one transaction by what goes over many."""

_FEED = ("next_due_at", "breached_at", "waiting_since")
_READ = (
    *_FEED,
    "workspace_id",
    "channel__kind",
    "form",
    "post_id",
    "team_id",
    "assignee_id",
    "category",
    "priority",
    "version",
    "changed_at",
)


def refresh(moments: Mapping[int, datetime | None], *, now: datetime) -> None:
    """Folds the conversations anew and writes their clocks, the three columns that
    the feed reads, and an event for each breach that was found or retracted.

    `moments` holds the earliest changed moment of each conversation; None means that
    anything may have changed. Call it inside the transaction of the change; it locks
    the conversations in the order of their ids.
    """
    if not moments:
        return
    known = {pk: moment for pk, moment in moments.items() if moment is not None}
    rows = _locked(moments)
    events = [
        event
        for row, clocks in _folded(rows, known, now)
        for event in _events(row, clocks, now)
    ]
    Event.objects.bulk_create(events)


def sweep(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Marks promises that came due unkept; how many conversations it looked at."""
    due = store.overdue(now=now, limit=limit)
    if due:
        with transaction.atomic():
            refresh(dict.fromkeys(due, now), now=now)
    return len(due)


def is_anything_due(*, now: datetime) -> bool:
    """Whether a sweep would find a promise that came due unkept."""
    return bool(store.overdue(now=now, limit=1))


def refresh_channel(channel_id: int, *, since: datetime, now: datetime) -> int:
    """After an outage began or ended at `since`: the waits on that channel. Makes its
    own transactions; how many conversations there were."""
    waiting = store.open_on_channel(channel_id=channel_id)
    for some in _parts(waiting):
        with transaction.atomic():
            refresh(dict.fromkeys(some, since), now=now)
    return len(waiting)


def rebuild(ids: Collection[int], *, now: datetime) -> None:
    """Writes clocks and feed columns from the whole history. Tells nobody: what was
    found or retracted meanwhile stands in the events already."""
    with transaction.atomic():
        _folded(_locked(ids), {}, now)


def check(ids: Collection[int], *, now: datetime) -> Iterator[Difference]:
    """Where stored clocks are not what a rebuild would write. Changes nothing."""
    rows = list(_rows(ids))
    for workspace_id, some in _by_workspace(rows).items():
        book = versions.books([workspace_id])[workspace_id]
        yield from store.differences(
            histories=histories.load(some, {}), book=book, now=now
        )


def create_defaults(workspace: Workspace) -> None:
    """The promises and calendars that a new workspace starts with."""
    versions.create_defaults(
        workspace_id=workspace.pk, zone=workspace.time_zone, now=workspace.created_at
    )


def _folded(
    rows: Sequence[Conversation], moments: Mapping[int, datetime], now: datetime
) -> list[tuple[Conversation, ConversationClocks]]:
    """Clocks and feed columns written; what the store said of each conversation."""
    resumes = store.resume_points(moments)
    by_id = {row.pk: row for row in rows}
    found = [
        (by_id[clocks.conversation_id], clocks)
        for workspace_id, some in _by_workspace(rows).items()
        for clocks in store.refresh(
            histories=histories.load(some, resumes),
            book=versions.books([workspace_id])[workspace_id],
            now=now,
        )
    ]
    _show(found, now)
    return found


def _show(
    found: Sequence[tuple[Conversation, ConversationClocks]], now: datetime
) -> None:
    changed = []
    for row, clocks in found:
        if all(getattr(row, name) == getattr(clocks, name) for name in _FEED):
            continue
        for name in _FEED:
            setattr(row, name, getattr(clocks, name))
        row.version, row.changed_at = row.version + 1, now
        changed.append(row)
    write(changed, [*_FEED, "version", "changed_at"])


def _events(
    row: Conversation, clocks: ConversationClocks, now: datetime
) -> Iterator[Event]:
    for what, breaches in (
        (Happening.BREACH_RETRACTED, clocks.retracted),
        (Happening.BREACHED, clocks.breached),
    ):
        for breach in breaches:
            yield Event(
                workspace_id=row.workspace_id,
                conversation=row,
                channel_id=row.channel_id,
                message_id=breach.opened_by,
                what=what,
                at=now,
                data=_data(breach),
            )


def _data(breach: Breach) -> dict[str, object]:
    return {
        "metric": breach.metric.value,
        "wait": breach.wait.value,
        "cycle": breach.cycle,
        "due_at": breach.due_at.isoformat(),
        "why": breach.why,
    }


def _locked(ids: Collection[int]) -> list[Conversation]:
    return list(_rows(ids).select_for_update(of=("self",), no_key=True))


def _rows(ids: Collection[int]) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(pk__in=ids).select_related("channel")
    return rows.only(*_READ).order_by("pk")


def _by_workspace(rows: Sequence[Conversation]) -> dict[int, list[Conversation]]:
    found = defaultdict(list)
    for row in rows:
        found[row.workspace_id].append(row)
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
