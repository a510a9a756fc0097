"""One more message of a long conversation: its clocks are folded anew.

The floor is the same refresh for a conversation that had no message yet, so a ratio
near one says that cost does not grow with history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from bench import crowd
from bench.timing import Act, Line, Trial, compare
from inbox.models import Agent, Conversation
from inbox.services import clocks
from tests import make
from tests.inbox import told

LONG = 20_000
"""Messages."""
LATER = LONG + 5


def measure(runs: int) -> Iterator[Line]:
    marta = make.agent()
    nothing = _one_more(told.conversation())
    for name, agent in (("answered", marta), ("a flood nobody answered", None)):
        long = _long(agent)
        yield compare(
            f"one more after {LONG:,}, {name}",
            _one_more(long),
            floor=nothing,
            means="times the first message of all",
            runs=runs,
        )
    yield compare(
        f"the answer to a flood of {LONG:,}",
        _one_more(long, by=marta),
        floor=_one_more(_with_a_word(), by=marta),
        means="times the answer to one message",
        runs=runs,
    )


def _long(answered_by: Agent | None) -> Conversation:
    conversation = told.conversation()
    told.talk(conversation, LONG, answered_by=answered_by)
    clocks.rebuild([conversation.pk], now=told.minute(LONG))
    crowd.settle()
    return conversation


def _with_a_word() -> Conversation:
    conversation = told.conversation()
    told.says(conversation, 0)
    clocks.rebuild([conversation.pk], now=told.minute(1))
    return conversation


def _one_more(of: Conversation, *, by: Agent | None = None) -> Trial:
    """A word of the customer's, or ours, then the refresh; all of it taken back."""

    @contextmanager
    def trial() -> Iterator[Act]:
        with transaction.atomic():
            if by is None:
                told.says(of, LATER)
            else:
                told.answers(of, LATER, by)
            moment = {of.pk: told.minute(LATER)}
            yield lambda: clocks.refresh(moment, now=told.minute(LATER + 1))
            transaction.set_rollback(True)

    return trial
