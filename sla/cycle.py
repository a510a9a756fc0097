"""History folded into cycles: who waited from when to when, and what ended it.

Pure. `now` is not asked: a cycle is a matter of history alone. Replaying the same
history in any order of arrival gives the same cycles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sla.history import (
    Arrival,
    Assigned,
    Attributes,
    Categorised,
    Deletion,
    History,
    Outcome,
    OutcomeGiven,
    PolicyMoved,
    Prioritised,
    Reply,
    RequestMade,
    Resume,
    Step,
    Tagged,
    Transferred,
    ordered,
)


class Credit(StrEnum):
    AGENT = "agent"
    OUTSIDE = "outside"
    """Typed in the network's own app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The act that ended a wait: a reply, or an outcome."""

    at: datetime
    """Where it stands in the thread."""
    reply: Reply | None = None
    outcome: Outcome | None = None
    id: int | None = None
    """The event that gave the outcome, or the message deleted last."""

    @property
    def credit(self) -> Credit | None:
        if self.reply is None:
            return None
        return Credit.OUTSIDE if self.reply.agent_id is None else Credit.AGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """From `since` on, what the policy was asked with."""

    since: datetime
    attributes: Attributes
    version_id: int | None = None
    """Set where the cycle was moved to another version of the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Whose it was; None is the queue."""

    agent_id: int | None
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One wait of a customer."""

    number: int
    opening: Arrival
    aims: tuple[Aim, ...]
    hands: tuple[Hand, ...]
    attributes: Attributes
    """As of closing; of an open one, as they are."""
    joined: tuple[int, ...] = ()
    """The ids of the messages in it, the opening one first."""
    closing: Closing | None = None

    @property
    def closed_by(self) -> int | None:
        """The reply, or the message whose deletion closed it."""
        closing = self.closing
        if closing and closing.reply:
            return closing.reply.id
        if closing and closing.outcome is Outcome.DELETED:
            return closing.id
        return None

    @property
    def closing_event(self) -> int | None:
        """The event that gave the outcome."""
        closing = self.closing
        return closing.id if closing and self.closed_by is None else None

    @property
    def resume(self) -> Resume | None:
        """Where a later fold may begin; None if this end may yet move."""
        closing = self.closing
        if closing is None or (closing.outcome in (Outcome.DELETED, Outcome.HISTORY)):
            return None
        closer = closing.reply.id if closing.reply else closing.id
        return Resume(
            number=self.number,
            closed_at=closing.at,
            closing_id=closer or 0,
            by_event=closing.reply is None,
            attributes=self.attributes,
        )


def fold(history: History) -> tuple[Cycle, ...]:
    """The cycles of a conversation, those after its resume point only."""
    walk = _Walk(history)
    for step in ordered(history):
        walk.take(step)
    return walk.ended()


class _Walk:
    """One pass over a history."""

    __slots__ = (
        "_alive",
        "_attributes",
        "_cycles",
        "_joined",
        "_last",
        "_number",
        "_open",
        "_requested",
    )

    def __init__(self, history: History) -> None:
        resume = history.resume
        self._attributes = resume.attributes if resume else history.start
        self._number = resume.number if resume else 0
        self._requested = {
            entry.message_id
            for entry in history.entries
            if isinstance(entry, RequestMade)
        }
        self._cycles: list[Cycle] = []
        self._open: Cycle | None = None
        self._joined: list[int] = []
        self._alive: set[int] = set()
        """Messages of the open cycle that stand undeleted."""
        self._last: datetime | None = None

    def take(self, step: Step) -> None:
        act = _ACTS.get(type(step))
        if act:
            act(self, step)

    def ended(self) -> tuple[Cycle, ...]:
        if self._open and not self._open.opening.is_live:
            self._close_as_history()
        if self._open:
            self._cycles.append(
                replace(
                    self._open,
                    joined=tuple(self._joined),
                    attributes=self._attributes,
                )
            )
        return tuple(self._cycles)

    def arrive(self, message: Arrival) -> None:
        if self._open and message.is_live and not self._open.opening.is_live:
            self._close_as_history()
        wanted = message.addressed or message.id in self._requested
        if self._open is None and not wanted:
            return
        if self._open is None:
            self._begin(message)
        self._joined.append(message.id)
        self._alive.add(message.id)
        self._last = message.published_at

    def reply(self, reply: Reply) -> None:
        if reply.closes:
            self._close(Closing(at=reply.key[0], reply=reply))

    def outcome(self, event: OutcomeGiven) -> None:
        self._close(Closing(at=event.at, outcome=event.outcome, id=event.id))

    def delete(self, deletion: Deletion) -> None:
        self._alive.discard(deletion.id)
        if not self._alive:
            self._close(
                Closing(at=deletion.at, outcome=Outcome.DELETED, id=deletion.id)
            )

    def assign(self, event: Assigned | Transferred) -> None:
        self._attributes = replace(self._attributes, agent_id=event.agent_id)
        if self._open and self._open.hands[-1].agent_id != event.agent_id:
            *before, last = self._open.hands
            self._open = replace(
                self._open,
                hands=(
                    *before,
                    replace(last, until=event.at),
                    Hand(agent_id=event.agent_id, since=event.at),
                ),
            )

    def transfer(self, event: Transferred) -> None:
        self._attributes = replace(self._attributes, team_id=event.team_id)
        self.assign(event)

    def tag(self, event: Tagged) -> None:
        change = frozenset({event.tag_id})
        tags = self._attributes.tag_ids
        tags = tags - change if event.removed else tags | change
        self._attributes = replace(self._attributes, tag_ids=tags)

    def categorise(self, event: Categorised) -> None:
        self._attributes = replace(self._attributes, category=event.category)
        self._aim(event.at, category=event.category)

    def prioritise(self, event: Prioritised) -> None:
        self._attributes = replace(self._attributes, priority=event.priority)
        self._aim(event.at, priority=event.priority)

    def move(self, event: PolicyMoved) -> None:
        if self._open:
            last = self._open.aims[-1]
            aim = replace(last, since=event.at, version_id=event.version_id)
            self._open = replace(self._open, aims=(*self._open.aims, aim))

    def _aim(self, since: datetime, **change: Any) -> None:
        """Team and tags stay as at the opening: a transfer moves no target."""
        if self._open:
            last = self._open.aims[-1]
            aim = replace(
                last, since=since, attributes=replace(last.attributes, **change)
            )
            self._open = replace(self._open, aims=(*self._open.aims, aim))

    def _begin(self, message: Arrival) -> None:
        self._number += 1
        self._open = Cycle(
            number=self._number,
            opening=message,
            aims=(Aim(since=message.published_at, attributes=self._attributes),),
            hands=(
                Hand(agent_id=self._attributes.agent_id, since=message.published_at),
            ),
            attributes=self._attributes,
        )

    def _close(self, closing: Closing) -> None:
        if self._open is None:
            return
        *before, last = self._open.hands
        self._cycles.append(
            replace(
                self._open,
                joined=tuple(self._joined),
                hands=(*before, replace(last, until=closing.at)),
                attributes=self._attributes,
                closing=closing,
            )
        )
        self._open = None
        self._joined.clear()
        self._alive.clear()

    def _close_as_history(self) -> None:
        if self._last:
            self._close(Closing(at=self._last, outcome=Outcome.HISTORY))


_ACTS: dict[type, Callable[[_Walk, Any], None]] = {
    Arrival: _Walk.arrive,
    Reply: _Walk.reply,
    Deletion: _Walk.delete,
    OutcomeGiven: _Walk.outcome,
    Assigned: _Walk.assign,
    Transferred: _Walk.transfer,
    Tagged: _Walk.tag,
    Categorised: _Walk.categorise,
    Prioritised: _Walk.prioritise,
    PolicyMoved: _Walk.move,
}
