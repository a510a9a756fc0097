"""A reply's path on our side: Send is pressed, the row stands, a worker has claimed it.

The floor is a bare insert of one message row, committed. The network's own time is in
neither; the hint to the worker, through Valkey, is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.timing import Act, Line, compare
from inbox.models import (
    Agent,
    Conversation,
    Delivery,
    Direction,
    Message,
    Stream,
    Visibility,
)
from inbox.services import deliver, reply
from tests import make

MEANS = "times a bare insert of the row"
NOW = make.at(600)
WORDS = "Thank you. We looked it up: the parcel will be with you on Tuesday."


def measure(runs: int) -> Iterator[Line]:
    crowd = _Crowd(agent=make.agent(), stream=make.stream())
    for name, trial in (
        ("pressed: checked, stored, timed, hinted", crowd.pressing),
        ("claimed by a worker", crowd.claiming),
        ("from the press to the claimed row", crowd.both),
    ):
        yield compare(name, trial, floor=crowd.bare, means=MEANS, runs=runs)


@dataclass(slots=True, kw_only=True)
class _Crowd:
    """Each reply goes to another customer: those of one conversation wait in line."""

    agent: Agent
    stream: Stream
    count: int = 0

    @contextmanager
    def pressing(self) -> Iterator[Act]:
        conversation = self._conversation()
        yield lambda: self._press(conversation)

    @contextmanager
    def claiming(self) -> Iterator[Act]:
        pressed = self._press(self._conversation())
        yield lambda: _claim(pressed)

    @contextmanager
    def both(self) -> Iterator[Act]:
        conversation = self._conversation()
        yield lambda: _claim(self._press(conversation))

    @contextmanager
    def bare(self) -> Iterator[Act]:
        conversation = self._conversation()
        row = Message(
            workspace=conversation.workspace,
            channel=conversation.channel,
            thread=conversation.thread,
            conversation=conversation,
            direction=Direction.OUT,
            visibility=Visibility.PUBLIC,
            form=conversation.form,
            agent=self.agent,
            text=WORDS,
            published_at=NOW,
            delivery=Delivery.SENT,
        )
        yield row.save

    def _conversation(self) -> Conversation:
        self.count += 1
        item = make.item(author=make.author(f"customer-{self.count}"), language="en")
        make.store(self.stream, item)
        return Conversation.objects.get(messages__external_id=item.external_id)

    def _press(self, conversation: Conversation) -> Message:
        return reply.submit(
            conversation.pk,
            by=self.agent,
            text=WORDS,
            visibility=Visibility.PUBLIC,
            seen=conversation.last_inbound_id,
            key=uuid.uuid4(),
            now=NOW,
        )


def _claim(pressed: Message) -> None:
    assert deliver.claim(pressed.pk, now=NOW) is not None
