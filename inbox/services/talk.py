"""The messages that clocks depend on, and no more.

While nothing of ours stands after a customer's first word, the words that follow it
change no clock. So a wait is read by its first message, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from django.db import connection
from django.db.models import F, Q, QuerySet

from inbox.models import Direction, Message, Origin, Visibility
from sla.history import Resume

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_ENDS_A_WAIT = (
    Q(direction=Direction.OUT) | Q(deleted_at__isnull=False) | ~Q(origin=Origin.LIVE)
)


def read(
    ids: Sequence[int], resumes: Mapping[int, Resume], stirred: Collection[int]
) -> Iterator[Message]:
    """Messages of these conversations that open or close a wait, from the resume point
    on, in no order. Those of `stirred` conversations are read in full."""
    since = {pk: resume.closed_at for pk, resume in resumes.items()}
    closers = {one.closing_id for one in resumes.values() if not one.by_event}
    ends = list(_rows(_reach(ids, since) & _ENDS_A_WAIT))
    moved = {row.conversation_id for row in ends if row.pk not in closers}
    busy = {*stirred, *moved}
    full = _reach([pk for pk in ids if pk in busy], since) & ~_ENDS_A_WAIT
    first = _first_words([pk for pk in ids if pk not in busy], since)
    begins = list(_rows(full | Q(pk__in=first)))
    yield from ends
    yield from begins
    yield from _shifted([*ends, *begins], since)


def _reach(ids: Sequence[int], since: Mapping[int, datetime]) -> Q:
    reach = Q(conversation_id__in=[pk for pk in ids if pk not in since])
    for pk in ids:
        if pk in since:
            reach |= Q(conversation_id=pk, published_at__gte=since[pk])
    return reach


def _shifted(
    rows: Sequence[Message], since: Mapping[int, datetime]
) -> Iterator[Message]:
    """Replies that by their own time stand before the moment, but answer what stands
    after it: a reply never stands before what it answers."""
    known = {row.pk for row in rows}
    answered = [
        row.pk
        for row in rows
        if row.direction == Direction.IN and row.conversation_id in since
    ]
    reach = Q(answers_id__in=answered, published_at__lt=F("answers__published_at"))
    return (row for row in _rows(reach) if row.pk not in known)


def _first_words(ids: Sequence[int], since: Mapping[int, datetime]) -> list[int]:
    """The first message to us after the moment, and any at the very moment."""
    if not ids:
        return []
    moments = [since.get(pk, BEGINNING) for pk in ids]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [list(ids), moments])
        return [pk for (pk,) in cursor.fetchall()]


_FIRST = """
SELECT found.id
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (id, moment)
CROSS JOIN LATERAL (
    SELECT id FROM inbox_message
    WHERE conversation_id = asked.id AND direction = 'in'
      AND published_at = asked.moment
    UNION ALL (
        SELECT id FROM inbox_message
        WHERE conversation_id = asked.id AND direction = 'in' AND is_addressed
          AND published_at > asked.moment
        ORDER BY published_at, position, id
        LIMIT 1
    )
) AS found
"""


def _rows(reach: Q) -> QuerySet[Message]:
    return (
        Message.objects.filter(reach)
        .exclude(visibility=Visibility.INTERNAL)
        .select_related("answers", "author")
        .only(*_READ)
        .order_by()
    )


_READ = (
    "conversation_id",
    "direction",
    "published_at",
    "position",
    "fetched_at",
    "is_addressed",
    "origin",
    "deleted_at",
    "delivery",
    "delivered_at",
    "answered_at",
    "agent_id",
    "answers",
    "author",
    "answers__published_at",
    "author__city",
)
