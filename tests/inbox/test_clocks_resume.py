"""Whatever order rows arrive in, what is kept is what a rebuild would write."""

from __future__ import annotations

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
    Outcome,
)
from inbox.services import clocks
from tests import make
from tests.inbox import told
from tests.inbox.told import minute

pytestmark = pytest.mark.django_db

LATER = 5_000


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
    told.talk(conversation, 400, answered_by=marta)
    clocks.refresh({conversation.pk: None}, now=minute(401))
    told.says(conversation, 500)

    with CaptureQueriesContext(connection) as queries:
        clocks.refresh({conversation.pk: minute(500)}, now=minute(501))

    assert _rows_read(queries) < 10
    assert conversation.clocks.filter(ended_at__isnull=True).count() == 2


def test_after_a_flood_without_an_answer_one_more_reads_little() -> None:
    conversation = told.conversation()
    told.talk(conversation, 400, answered_by=None)
    clocks.refresh({conversation.pk: None}, now=minute(401))
    told.says(conversation, 500)

    with CaptureQueriesContext(connection) as queries:
        clocks.refresh({conversation.pk: minute(500)}, now=minute(501))

    assert _rows_read(queries) < 10
    assert conversation.clocks.get(wait="customer").opened_at == minute(0)


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
