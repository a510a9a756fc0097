"""Message and Event rows as the plain history that clocks are folded from.

A constant number of queries for any number of conversations; only what stands after
each one's resume point is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from django.db.models import Q

from inbox.models import (
    Conversation,
    ConversationTag,
    Delivery,
    Direction,
    Event,
    Happening,
    Message,
)
from inbox.services import talk
from sla import history
from sla.history import (
    Arrival,
    Attributes,
    Entry,
    History,
    Outage,
    Place,
    Reply,
    Resume,
)

Entries = dict[int, list[Entry]]


def load(
    conversations: Sequence[Conversation], resumes: Mapping[int, Resume]
) -> list[History]:
    """The histories of these conversations, each from its resume point on."""
    since = {
        row.pk: resumes[row.pk].closed_at for row in conversations if row.pk in resumes
    }
    ids = [row.pk for row in conversations]
    events = _events(ids, since)
    entries: Entries = defaultdict(list)
    for event in chain.from_iterable(events.values()):
        entries[event.conversation_id or 0].extend(_entry(event))
    for message in talk.read(ids, resumes, _stirred(events, resumes)):
        kind = _arrival if message.direction == Direction.IN else _reply
        entries[message.conversation_id or 0].append(kind(message))
    tags = _tags([pk for pk in ids if pk not in resumes])
    outages = _outages({row.channel_id for row in conversations})
    return [
        History(
            place=_place(row),
            start=_start(row, tags[row.pk], events[row.pk]),
            entries=tuple(entries[row.pk]),
            outages=tuple(outages[row.channel_id]),
            resume=resumes.get(row.pk),
        )
        for row in conversations
    ]


def _stirred(
    events: Mapping[int, Sequence[Event]], resumes: Mapping[int, Resume]
) -> set[int]:
    """Conversations in which an event opens or closes a wait."""
    closers = {one.closing_id for one in resumes.values() if one.by_event}
    return {
        event.conversation_id or 0
        for event in chain.from_iterable(events.values())
        if event.what in (Happening.OUTCOME, Happening.REQUESTED)
        and event.pk not in closers
    }


def _place(row: Conversation) -> Place:
    return Place(
        conversation_id=row.pk,
        workspace_id=row.workspace_id,
        channel_id=row.channel_id,
        kind=row.channel.kind,
        form=row.form,
        post_id=row.post_id,
    )


def _arrival(row: Message) -> Arrival:
    return Arrival(
        id=row.pk,
        published_at=row.published_at,
        position=row.position,
        fetched_at=row.fetched_at,
        addressed=row.is_addressed,
        origin=history.Origin(row.origin),
        deleted_at=row.deleted_at,
        city=(row.author.city if row.author else None) or "",
    )


def _reply(row: Message) -> Reply:
    return Reply(
        id=row.pk,
        published_at=row.published_at,
        position=row.position,
        answered_at=row.answered_at,
        delivered_at=row.delivered_at if row.delivery == Delivery.SENT else None,
        agent_id=row.agent_id,
        origin=history.Origin(row.origin),
        answers_published_at=row.answers.published_at if row.answers else None,
    )


def _events(
    ids: Sequence[int], since: Mapping[int, datetime]
) -> dict[int, list[Event]]:
    reach = Q(conversation_id__in=[pk for pk in ids if pk not in since])
    for pk, moment in since.items():
        reach |= Q(conversation_id=pk, at__gte=moment)
    found = defaultdict(list)
    for event in Event.objects.filter(reach, what__in=_READERS).order_by("at", "pk"):
        found[event.conversation_id or 0].append(event)
    return found


def _entry(event: Event) -> Iterator[Entry]:
    """What the fold reads of an event; nothing of one that names nothing."""
    entry = _READERS[Happening(event.what)](event)
    if entry is not None:
        yield entry


def _assigned(event: Event) -> Entry:
    return history.Assigned(id=event.pk, at=event.at, agent_id=event.data["agent_id"])


def _transferred(event: Event) -> Entry:
    return history.Transferred(id=event.pk, at=event.at, team_id=event.data["team_id"])


def _categorised(event: Event) -> Entry:
    category = event.data["category"] or ""
    return history.Categorised(id=event.pk, at=event.at, category=category)


def _prioritised(event: Event) -> Entry:
    priority = event.data["priority"]
    return history.Prioritised(id=event.pk, at=event.at, priority=priority)


def _tagged(event: Event) -> Entry:
    return history.Tagged(
        id=event.pk,
        at=event.at,
        tag_id=event.data["tag_id"],
        removed=event.what == Happening.UNTAGGED,
    )


def _outcome(event: Event) -> Entry:
    outcome = history.Outcome(event.data["outcome"])
    return history.OutcomeGiven(id=event.pk, at=event.at, outcome=outcome)


def _requested(event: Event) -> Entry | None:
    if event.message_id is None:
        return None
    return history.RequestMade(id=event.pk, at=event.at, message_id=event.message_id)


def _moved(event: Event) -> Entry:
    version_id = event.data["policy_version"]
    return history.PolicyMoved(id=event.pk, at=event.at, version_id=version_id)


_READERS: dict[Happening, Callable[[Event], Entry | None]] = {
    Happening.ASSIGNED: _assigned,
    Happening.TRANSFERRED: _transferred,
    Happening.CATEGORISED: _categorised,
    Happening.PRIORITISED: _prioritised,
    Happening.TAGGED: _tagged,
    Happening.UNTAGGED: _tagged,
    Happening.OUTCOME: _outcome,
    Happening.REQUESTED: _requested,
    Happening.POLICY_MOVED: _moved,
}


def _tags(ids: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    links = ConversationTag.objects.filter(conversation_id__in=ids)
    for conversation_id, tag_id in links.values_list("conversation_id", "tag_id"):
        found[conversation_id].add(tag_id)
    return found


def _start(
    row: Conversation, tags: Collection[int], events: Sequence[Event]
) -> Attributes:
    """How the conversation came in: as it is, with every change taken back."""
    start = Attributes(
        team_id=row.team_id,
        agent_id=row.assignee_id,
        category=row.category,
        priority=row.priority,
        tag_ids=frozenset(tags),
    )
    for event in reversed(events):
        start = _taken_back(event, start)
    return start


def _taken_back(event: Event, after: Attributes) -> Attributes:
    data, tag = event.data, frozenset({event.data.get("tag_id")})
    match event.what:
        case Happening.TAGGED:
            return replace(after, tag_ids=after.tag_ids - tag)
        case Happening.UNTAGGED:
            return replace(after, tag_ids=after.tag_ids | tag)
        case Happening.ASSIGNED:
            return replace(after, agent_id=data.get("before"))
        case Happening.TRANSFERRED:
            return replace(after, team_id=data.get("before"), agent_id=None)
        case Happening.CATEGORISED:
            return replace(after, category=data.get("before") or "")
        case Happening.PRIORITISED:
            return replace(after, priority=data.get("before") or after.priority)
    return after


def _outages(channel_ids: Collection[int]) -> dict[int, list[Outage]]:
    found: dict[int, list[Outage]] = defaultdict(list)
    changes = Event.objects.filter(
        channel_id__in=channel_ids,
        what__in=(Happening.OUTAGE_OPENED, Happening.OUTAGE_CLOSED),
    )
    for event in changes.order_by("at", "pk"):
        ours = found[event.channel_id or 0]
        is_down = bool(ours) and ours[-1].closed_at is None
        if event.what == Happening.OUTAGE_OPENED and not is_down:
            ours.append(Outage(opened_at=event.at))
        elif event.what == Happening.OUTAGE_CLOSED and is_down:
            ours.append(replace(ours.pop(), closed_at=event.at))
    return found
