"""When our posts are to be looked at again for comments nothing tells us of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.cleaning import Json

from .parse import read_time, text_id
from .places import Status, parent_of

SOONEST = timedelta(minutes=15)
LATEST = timedelta(days=1)
SHORT_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The last look at one post: its count of replies then, and when it was.

    `short`: how often in a row fewer replies were there than counted. A stale answer
    is worth a few more tries; a reply hidden from us would cost them for ever.
    """

    count: int
    at: datetime | None = None
    short: int = 0

    @classmethod
    def from_json(cls, state: Json) -> "Look":
        match state:
            case [int(count), str(at), int(short)]:
                return cls(count=count, at=read_time(at), short=short)
            case _:
                return cls(count=0)

    def as_json(self) -> Json:
        return [self.count, self.at.isoformat() if self.at else "", self.short]

    def is_due(self, post: Status, *, now: datetime) -> bool:
        """When the count changed, when replies were missing, and now and then: the
        count knows nothing of replies to replies. The pause is a tenth of the post's
        age, from 15 minutes to a day."""
        if count_of(post) != self.count or 0 < self.short <= SHORT_TRIES:
            return True
        if not self.count or self.at is None:
            return False
        age = now - read_time(post["created_at"])
        return now - self.at >= min(max(age / 10, SOONEST), LATEST)

    def then(self, post: Status, below: Sequence[Status], *, now: datetime) -> "Look":
        """The look after this one, which found the statuses `below` the post."""
        here = sum(parent_of(status) == text_id(post["id"]) for status in below)
        count = count_of(post)
        short = self.short + 1 if here < count else 0
        return Look(count=count, at=now, short=short)


def count_of(post: Mapping[str, Any]) -> int:
    count = post.get("replies_count")
    return count if isinstance(count, int) else 0
