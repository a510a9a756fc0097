"""Many customers at once: rows as the services leave them, written in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from inbox.models import (
    Agent,
    AuthorSnapshot,
    Category,
    Channel,
    Contact,
    Conversation,
    ConversationTag,
    Delivery,
    Direction,
    Form,
    Identity,
    Message,
    Role,
    Status,
    Tag,
    Team,
    Thread,
    Visibility,
)
from inbox.services.write import write
from tests import make

WORDS = (
    "Where is my order? It should have come on Friday.",
    "Zamówiłam kawę tydzień temu i nadal nic nie przyszło, co się dzieje?",
    "Спасибо, всё пришло вовремя, кофе отличный!",
    "The grinder makes a noise like a tractor. Is that covered by the warranty?",
)
FORMS = (Form.COMMENT, Form.MENTION, Form.COMMENT, Form.MESSAGE)
BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who answers, and where customers write."""

    lead: Agent
    agents: list[Agent]
    teams: list[Team]
    channels: list[Channel]
    tags: list[Tag]


def house(*, agents: int = 20, teams: int = 4, channels: int = 3) -> House:
    people = [make.agent(f"Agent {number}") for number in range(agents)]
    lead = make.agent("Marta", role=Role.LEAD)
    squads = [
        make.team(f"Team {number}", lead, *people[number::teams])
        for number in range(teams)
    ]
    workspace = make.workspace()
    return House(
        lead=lead,
        agents=people,
        teams=squads,
        channels=[make.channel() for _ in range(channels)],
        tags=[
            Tag.objects.create(workspace=workspace, name=name)
            for name in ("delivery", "warranty", "grinder", "shop")
        ],
    )


def conversations(
    of: House, count: int, *, waiting: int, now: datetime, first: int = 0
) -> None:
    """So many, each of a customer of its own, numbered from `first` on: `waiting` of
    them are open, the others were answered and resolved."""
    for begin in range(first, first + count, BATCH):
        numbers = range(begin, min(begin + BATCH, first + count))
        _batch(of, numbers, first + waiting, now)
    settle()


def settle() -> None:
    """What autovacuum would have done a while after so many rows came."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _batch(of: House, numbers: range, waiting: int, now: datetime) -> None:
    looks = _authors(of, numbers, now)
    threads = Thread.objects.bulk_create(
        Thread(
            channel=_turn(of.channels, number),
            external_id=f"crowd-{number}",
            visibility=Visibility.PUBLIC,
            root_text="Our new grinder is here. Ask us anything about it.",
        )
        for number in numbers
    )
    rows = [
        _conversation(of, number, look, thread, waiting, now)
        for number, look, thread in zip(numbers, looks, threads, strict=True)
    ]
    Conversation.objects.bulk_create(rows)
    _tag(of, numbers, rows)
    _talk(rows)


def _authors(of: House, numbers: range, now: datetime) -> list[AuthorSnapshot]:
    workspace = make.workspace()
    names = [f"Customer {number}" for number in numbers]
    contacts = Contact.objects.bulk_create(
        Contact(workspace=workspace, name=name) for name in names
    )
    identities = Identity.objects.bulk_create(
        Identity(
            workspace=workspace,
            network=of.channels[0].kind,
            external_id=f"crowd-{number}",
            contact=contact,
        )
        for number, contact in zip(numbers, contacts, strict=True)
    )
    looks = AuthorSnapshot.objects.bulk_create(
        AuthorSnapshot(
            identity=identity,
            digest="",
            name=name,
            handle=f"@{name.replace(' ', '').lower()}",
            followers=number * 37 % 5_000,
            city="Wrocław" if number % 3 else None,
            seen_at=now,
        )
        for number, name, identity in zip(numbers, names, identities, strict=True)
    )
    for identity, look in zip(identities, looks, strict=True):
        identity.snapshot = look
    write(identities, ["snapshot"])
    return looks


def _conversation(
    of: House,
    number: int,
    look: AuthorSnapshot,
    thread: Thread,
    waiting: int,
    now: datetime,
) -> Conversation:
    is_open = number < waiting
    # Open ones wrote within the last two hours, the others within half a year.
    ago = timedelta(seconds=number * 7919 % (7_200 if is_open else 15_000_000))
    return Conversation(
        workspace=thread.channel.workspace,
        channel=thread.channel,
        contact_id=look.identity.contact_id,
        thread=thread,
        team=_turn(of.teams, number),
        assignee=_turn(of.agents, number) if number % 2 or not is_open else None,
        form=_turn(FORMS, number),
        status=Status.OPEN if is_open else Status.RESOLVED,
        category=_turn(Category.values, number),
        language="en",
        opened_at=now - ago,
        resolved_at=None if is_open else now - ago,
        last_message_at=now - ago,
        preview=_turn(WORDS, number),
        author=look,
        news_at=now - ago,
        next_due_at=now - ago + timedelta(hours=1) if is_open else None,
        waiting_since=now - ago if is_open else None,
        version=1,
        changed_at=now - ago,
    )


def _tag(of: House, numbers: range, rows: Sequence[Conversation]) -> None:
    ConversationTag.objects.bulk_create(
        ConversationTag(conversation=row, tag=_turn(of.tags, number))
        for number, row in zip(numbers, rows, strict=True)
    )


def _talk(rows: Sequence[Conversation]) -> None:
    """A word of each customer's; where nobody waits, an answer of ours."""
    asked = Message.objects.bulk_create(
        _message(row, row.preview, Direction.IN, author_id=row.author_id)
        for row in rows
    )
    Message.objects.bulk_create(
        _message(row, "It is on its way.", Direction.OUT, agent_id=row.assignee_id)
        for row in rows
        if row.is_resolved
    )
    for row, message in zip(rows, asked, strict=True):
        row.last_inbound = message
    write(rows, ["last_inbound"])


def _message(
    of: Conversation, text: str, direction: Direction, **columns: object
) -> Message:
    is_ours = direction == Direction.OUT
    return Message(
        workspace=of.workspace,
        channel=of.channel,
        thread=of.thread,
        conversation=of,
        direction=direction,
        visibility=Visibility.PUBLIC,
        form=of.form,
        text=text,
        is_addressed=not is_ours,
        published_at=of.opened_at,
        delivery=Delivery.SENT if is_ours else Delivery.NONE,
        **columns,
    )


def _turn(some: Sequence[object], number: int) -> object:
    return some[number % len(some)]
