"""The desk as an operator's browser gets it: queues, counts and 50 cards.

The floor is the one bare SQL statement that finds the 50 rows. What the page takes on
top is the counts, the other queries and above all its templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from bench import crowd
from bench.timing import Act, Line, compare, plain
from inbox import feed
from inbox.feed import Filter
from inbox.models import Agent, Conversation, Status
from tests.inbox.browser import browser, scripted

FEW, MANY = 1_000, 20_000


def measure(runs: int) -> Iterator[Line]:
    now = timezone.now()
    house = crowd.house()
    desk = _Desk(agent=house.lead, runs=runs)
    crowd.conversations(house, FEW, waiting=FEW, now=now)
    yield from desk.lines(f"{FEW:,} open")
    crowd.conversations(house, MANY - FEW, waiting=0, now=now, first=FEW)
    yield from desk.lines(f"{FEW:,} open of {MANY:,}")
    Conversation.objects.update(status=Status.OPEN, resolved_at=None)
    crowd.settle()
    yield from desk.lines(f"{MANY:,} open")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    agent: Agent
    runs: int

    def lines(self, crowd: str) -> Iterator[Line]:
        rows = plain(_bare(_rows(self.agent, timezone.now())))
        pages = (
            ("the page", get(browser(self.agent), "/")),
            ("the feed alone", get(scripted(self.agent, target="feed"), "/")),
        )
        for name, act in pages:
            yield compare(
                f"{name}, {crowd}",
                plain(act),
                floor=rows,
                means="times the one query for its 50 rows",
                runs=self.runs,
            )
        yield compare(
            f"the pulse, {crowd}",
            plain(_pulse(self.agent)),
            floor=plain(_bare(_changed(self.agent, timezone.now()))),
            means="times the one query for what changed",
            runs=self.runs,
        )


def get(client: Client, address: str) -> Act:
    """The address, whose answer has to be a page."""

    def act() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer

    return act


def _pulse(agent: Agent) -> Act:
    since = timezone.now().isoformat().replace("+", "%2B")
    return get(scripted(agent), f"/pulse/?since={since}")


def _rows(agent: Agent, now: datetime) -> QuerySet[Conversation]:
    found = Filter().conversations(agent, now=now)
    ordered = feed.shown(found, agent).order_by(*feed.ORDER[feed.Sort.DUE])
    return ordered[: feed.PAGE_SIZE + 1]


def _changed(agent: Agent, now: datetime) -> QuerySet[Conversation]:
    visible = Conversation.objects.visible_to(agent)
    changed = visible.filter(changed_at__gte=now).order_by("changed_at", "id")
    return changed.values("id", "version")


def _bare(rows: QuerySet[Conversation]) -> Act:
    """The statement alone: no models are made of what it finds."""
    statement, values = rows.query.sql_with_params()

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.fetchall()

    return act
