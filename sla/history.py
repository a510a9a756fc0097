"""What the fold reads: a conversation's messages and events, as plain values.

Entries may come in any order and more than once; `ordered` puts them right. The order
is that of the thread: (published_at, position, id), events after messages of the same
moment, and a reply never before the message that it answers, whatever the clocks of
two machines say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sla.policy import Traits

Key = tuple[datetime, int, int, int]
"""Moment, rank among what happened at that moment, position, id."""

_MESSAGE, _SHIFTED, _EVENT, _DELETION = range(4)


class Origin(StrEnum):
    LIVE = "live"
    BACKFILL = "backfill"
    IMPORT = "import"


class Outcome(StrEnum):
    """How a wait ended without a reply."""

    NO_REPLY_NEEDED = "no_reply_needed"
    MODERATED = "moderated"
    SPAM = "spam"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    DELETED = "deleted"
    """The customer deleted all of it."""
    HISTORY = "history"
    """Older than the connection, never answered: closed quietly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A customer's message."""

    id: int
    published_at: datetime
    position: int = 0
    fetched_at: datetime | None = None
    addressed: bool = True
    origin: Origin = Origin.LIVE
    deleted_at: datetime | None = None
    city: str = ""

    @property
    def key(self) -> Key:
        return self.published_at, _MESSAGE, self.position, self.id

    @property
    def is_live(self) -> bool:
        return self.origin is Origin.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message of ours. One that was not delivered, a note, and an automatic one
    are here too; they close nothing."""

    id: int
    published_at: datetime
    delivered_at: datetime | None
    answered_at: datetime | None = None
    """Send pressed, or the scheduled time; None for one typed elsewhere."""
    agent_id: int | None = None
    """None: typed elsewhere."""
    position: int = 0
    is_note: bool = False
    is_automatic: bool = False
    origin: Origin = Origin.LIVE
    answers_published_at: datetime | None = None
    """When the message that it answers was published."""

    @property
    def key(self) -> Key:
        answered = self.answers_published_at
        if answered and answered >= self.published_at:
            return answered, _SHIFTED, self.position, self.id
        return self.published_at, _MESSAGE, self.position, self.id

    @property
    def closes(self) -> bool:
        undelivered = self.delivered_at is None
        return not (undelivered or self.is_note or self.is_automatic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The customer deleted a message. Made by `ordered`, never passed in."""

    id: int
    at: datetime

    @property
    def key(self) -> Key:
        return self.at, _DELETION, 0, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    id: int
    at: datetime

    @property
    def key(self) -> Key:
        return self.at, _EVENT, 0, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(_Event):
    agent_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(_Event):
    team_id: int | None
    agent_id: int | None = None
    """Whose it is from then on; None is the new team's queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Categorised(_Event):
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prioritised(_Event):
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged(_Event):
    tag_id: int
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeGiven(_Event):
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMade(_Event):
    """An agent made chatter a request: it counts as addressed from the start."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMoved(_Event):
    """The open cycle was moved to another version."""

    version_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(_Event):
    """Resolved, reopened, pending: touches no response clock."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which the channel was down."""

    opened_at: datetime
    closed_at: datetime | None = None


Event = (
    Assigned
    | Transferred
    | Categorised
    | Prioritised
    | Tagged
    | OutcomeGiven
    | RequestMade
    | PolicyMoved
    | StatusChanged
)
Entry = Arrival | Reply | Event
Step = Entry | Deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What changes about a conversation and decides targets and dimensions."""

    team_id: int | None = None
    agent_id: int | None = None
    """Whose it is, not who answers."""
    category: str = ""
    priority: int = 3
    tag_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What never changes about a conversation."""

    conversation_id: int
    workspace_id: int
    channel_id: int
    kind: str
    form: str
    post_id: int | None = None

    def traits(self, attributes: Attributes) -> Traits:
        return Traits(
            channel_id=self.channel_id,
            form=self.form,
            category=attributes.category,
            priority=attributes.priority,
            team_id=attributes.team_id,
            tag_ids=attributes.tag_ids,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Where an earlier fold may be taken up: right after a cycle that has closed."""

    number: int
    closed_at: datetime
    closing_id: int
    """The reply, or the event that gave the outcome."""
    by_event: bool
    attributes: Attributes
    """As of closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that the clocks of one conversation depend on.

    With `resume` the entries need only reach back to its moment, and `start` is not
    read.
    """

    place: Place
    start: Attributes = Attributes()
    """As the conversation was when it came in."""
    entries: tuple[Entry, ...] = ()
    outages: tuple[Outage, ...] = ()
    resume: Resume | None = None


def ordered(history: History) -> list[Step]:
    """Each entry once, in the order of the thread; after the resume point only."""
    once: dict[tuple[bool, int], Step] = {
        (isinstance(entry, _Event), entry.id): entry for entry in history.entries
    }
    steps = [*once.values(), *_deletions(once.values())]
    steps.sort(key=lambda step: step.key)
    return steps if history.resume is None else _after(history.resume, steps)


def _deletions(steps: Iterable[Step]) -> list[Deletion]:
    return [
        Deletion(id=step.id, at=max(step.deleted_at, step.published_at))
        for step in steps
        if isinstance(step, Arrival) and step.deleted_at
    ]


def _after(resume: Resume, steps: list[Step]) -> list[Step]:
    kind = OutcomeGiven if resume.by_event else Reply
    for index, step in enumerate(steps):
        if isinstance(step, kind) and step.id == resume.closing_id:
            return steps[index + 1 :]
    return [step for step in steps if step.key[0] > resume.closed_at]
