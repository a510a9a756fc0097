"""Whatever order rows arrive in, what is kept is what a rebuild would write."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Direction,
    Happening,
    Message,
    Outcome,
    Visibility,
)
from inbox.services import clocks
from tests import make
from tests.inbox import told
from tests.inbox.told import minute

pytestmark = pytest.mark.django_db

LATER = 5_000
THREAD = 20_000


@pytest.mark.parametrize("seed", range(16))
def test_kept_up_arrival_by_arrival_is_what_a_rebuild_gives(seed: int) -> None:
    luck, conversation = Random(seed), told.conversation()
    agents = [make.agent("Marta"), make.agent("Jan"), None]
    for step in range(14):
        act = luck.choice(_ACTS)
        changed = act(conversation, luck, agents)
        with transaction.atomic():
            clocks.refresh({conversation.pk: minute(changed)}, now=minute(LATER + step))
        found = list(clocks.check([conversation.pk], now=minute(LATER + step)))
        assert found == [], f"after step {step}, {act.__name__}"


def test_after_many_answered_messages_one_more_reads_little() -> None:
    conversation, marta = told.conversation(), make.agent()
    _talk(conversation, 400, answered_by=marta)
    clocks.refresh({conversation.pk: None}, now=minute(401))
    told.says(conversation, 500)

    with CaptureQueriesContext(connection) as queries:
        clocks.refresh({conversation.pk: minute(500)}, now=minute(501))

    assert _rows_read(queries) < 10
    assert conversation.clocks.filter(ended_at__isnull=True).count() == 2


def test_after_a_flood_without_an_answer_one_more_reads_little() -> None:
    conversation = told.conversation()
    _talk(conversation, 400, answered_by=None)
    clocks.refresh({conversation.pk: None}, now=minute(401))
    told.says(conversation, 500)

    with CaptureQueriesContext(connection) as queries:
        clocks.refresh({conversation.pk: minute(500)}, now=minute(501))

    assert _rows_read(queries) < 10
    assert conversation.clocks.get(wait="customer").opened_at == minute(0)


@pytest.mark.long
def test_a_thread_of_20_000_costs_no_more_than_twice_an_empty_one() -> None:
    empty, full = told.conversation(), told.conversation()
    _talk(full, THREAD, answered_by=make.agent())
    flood = told.conversation()
    _talk(flood, THREAD, answered_by=None)
    costs = []
    for conversation in (empty, full, flood):
        clocks.refresh({conversation.pk: None}, now=minute(THREAD + 1))
        told.says(conversation, THREAD + 5)
        costs.append(_seconds(conversation))
    nothing, answered, unanswered = costs
    assert answered <= 2 * nothing, costs
    assert unanswered <= 4 * nothing, costs


def _seconds(conversation: Conversation) -> float:
    tries = []
    for _ in range(9):
        began = time.perf_counter()
        clocks.refresh({conversation.pk: minute(THREAD + 5)}, now=minute(THREAD + 6))
        tries.append(time.perf_counter() - began)
    return min(tries)


def _rows_read(queries: CaptureQueriesContext) -> int:
    """Rows that the message queries of a refresh bring from the database."""
    statements = [
        query["sql"] for query in queries if query["sql"].startswith("SELECT")
    ]
    read = 0
    for statement in statements:
        if "FOR UPDATE" not in statement and '"inbox_message"' in statement:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                read += cursor.rowcount
    return read


def _talk(of: Conversation, count: int, *, answered_by: Agent | None) -> None:
    """A message a minute; with an agent every second one is the agent's reply."""
    Message.objects.bulk_create(
        _said(of, at, by=answered_by if at % 2 else None) for at in range(count)
    )


def _said(of: Conversation, at: int, *, by: Agent | None) -> Message:
    moment = minute(at)
    return Message(
        workspace=of.workspace,
        channel=of.channel,
        thread=of.thread,
        conversation=of,
        direction=Direction.OUT if by else Direction.IN,
        visibility=Visibility.PUBLIC,
        form=of.form,
        published_at=moment,
        is_addressed=by is None,
        fetched_at=None if by else moment,
        agent=by,
        answered_at=moment if by else None,
        delivered_at=moment if by else None,
        delivery=Delivery.SENT if by else Delivery.NONE,
    )


# Each act adds or changes a row and gives the minute that its caller has to name.
Agents = list[Agent | None]


def _arrives(of: Conversation, luck: Random, _agents: Agents) -> float:
    at = luck.randint(0, 30)
    told.says(of, at, is_addressed=luck.random() < 0.7, position=luck.randint(0, 1))
    return at


def _comes_as_history(of: Conversation, luck: Random, _agents: Agents) -> float:
    at = luck.randint(0, 30)
    told.says(of, at, origin="backfill", fetched_at=None)
    return at


def _is_answered(of: Conversation, luck: Random, agents: Agents) -> float:
    at = luck.randint(0, 30)
    theirs = list(of.messages.filter(direction=Direction.IN))
    told.answers(
        of,
        at - 1,
        luck.choice(agents),
        answers=luck.choice([None, *theirs]),
        visibility=luck.choice(["public", "private", "internal"]),
    )
    return at


def _turns_out_undelivered(of: Conversation, luck: Random, _agents: Agents) -> float:
    ours = list(of.messages.filter(direction=Direction.OUT))
    if not ours:
        return LATER
    reply = luck.choice(ours)
    reply.delivery = luck.choice([Delivery.FAILED, Delivery.SENT])
    reply.save()
    return (reply.published_at - make.NOW).total_seconds() / 60


def _is_deleted(of: Conversation, luck: Random, _agents: Agents) -> float:
    theirs = list(of.messages.filter(direction=Direction.IN))
    if not theirs:
        return LATER
    message = luck.choice(theirs)
    message.deleted_at = minute(luck.randint(0, 40))
    message.save()
    return (message.published_at - make.NOW).total_seconds() / 60


def _is_assigned(of: Conversation, luck: Random, agents: Agents) -> float:
    at, agent = luck.randint(0, 30), luck.choice(agents)
    told.happens(
        of, at, Happening.ASSIGNED, agent_id=agent.pk if agent else None, before=None
    )
    return at


def _gets_an_outcome(of: Conversation, luck: Random, _agents: Agents) -> float:
    at = luck.randint(0, 30)
    told.happens(of, at, Happening.OUTCOME, outcome=Outcome.SPAM.value)
    return at


def _is_requested(of: Conversation, luck: Random, _agents: Agents) -> float:
    theirs = list(of.messages.filter(direction=Direction.IN))
    if not theirs:
        return LATER
    message = luck.choice(theirs)
    said = (message.published_at - make.NOW).total_seconds() / 60
    told.happens(of, said + luck.randint(0, 9), Happening.REQUESTED, message=message)
    return said


_ACTS: list[Callable[[Conversation, Random, Agents], float]] = [
    _arrives,
    _arrives,
    _arrives,
    _is_answered,
    _is_answered,
    _comes_as_history,
    _turns_out_undelivered,
    _is_deleted,
    _is_assigned,
    _gets_an_outcome,
    _is_requested,
]
