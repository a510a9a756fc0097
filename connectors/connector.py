"""What a platform must do (Connector), what it may do (the protocols below it), and
what it is given (Credentials, Notes, Budget). Nothing here knows a platform."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

from connectors.cleaning import Json
from connectors.errors import Refused
from connectors.http import Http
from connectors.text import measure
from connectors.types import (
    Account,
    AuthorScope,
    Capabilities,
    Capability,
    LengthRule,
    Outbound,
    Page,
    Parsed,
    Receipt,
    Setting,
    Stream,
    Watched,
)

Parser: TypeAlias = Callable[[str], Parsed]
"""A recorded answer's text in, what it holds out. Raises ValueError if unreadable."""


class Credentials(Protocol):
    """The channel's secrets, by the names of its secret settings."""

    def get(self) -> Mapping[str, str]:
        """The present values."""
        ...

    def rotate(
        self,
        refresh: Callable[[Mapping[str, str]], Mapping[str, str]],
        *,
        stale: Mapping[str, str],
    ) -> Mapping[str, str]:
        """Replace `stale` by what `refresh(current)` answers, under one lock.

        After taking the lock the values are read again: if they are no longer `stale`,
        another worker was first, and its values are returned without a call. So several
        workers never log in twice.
        """
        ...


class Notes(Protocol):
    """The connector's own key-value rows, as committed. Writes go through Page.notes
    (or Account.notes), so that they live and die with the cursor."""

    def get(self, key: str) -> Json:
        """The value, or None."""
        ...

    def get_many(self, keys: Collection[str]) -> Mapping[str, Json]:
        """Those that exist, in one query."""
        ...

    def watched(self, *, after: str | None, limit: int) -> Sequence[Watched]:
        """Items to re-read for edits and deletions: those of open conversations and of
        the last 48 hours that are not known as deleted, in a fixed order, after the
        given mark (None: from the first)."""
        ...


class Budget(Protocol):
    """Money and daily units: reserve before the call, settle after."""

    def reserve(self, purse: str, *, units: int) -> str:
        """A reservation's id. Raises BudgetSpent."""
        ...

    def settle(self, reservation: str, *, units: int) -> None:
        """What the call really cost; 0 gives all of it back."""
        ...


class Connector(ABC):
    """One connected account of one platform. Cheap to make, not shared by threads.

    Every method may raise the errors of `connectors.errors` and no others.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    streams: ClassVar[tuple[Stream, ...]]
    capabilities: ClassVar[Capabilities]
    author_scope: ClassVar[AuthorScope]
    endpoints: ClassVar[Mapping[str, Parser]]

    def __init__(
        self,
        *,
        settings: Mapping[str, str],
        credentials: Credentials,
        notes: Notes,
        budget: Budget,
        http: Http,
    ) -> None:
        self.values = settings
        self.credentials = credentials
        self.notes = notes
        self.budget = budget
        self.http = http

    @abstractmethod
    def identify(self) -> Account:
        """Who we are. Also the connection test: it reads and never writes."""

    @abstractmethod
    def start(self, stream: str, since: datetime) -> Json:
        """The first cursor of a stream that is to begin at `since`. No network."""

    @abstractmethod
    def fetch(self, stream: str, cursor: Json) -> Iterator[Page]:
        """Pages from the committed cursor on, at least once each item.

        Every page's cursor resumes right after that page. It ends with more=False, or
        after a bounded number of pages with more=True: then read on at once.
        """

    @abstractmethod
    def send(self, message: Outbound) -> Receipt:
        """Post one reply. Raises Unknown when its fate is not known."""

    def length_rule(self, visibility: str = "public") -> LengthRule:
        """The rule in force for this channel, from its notes. No network."""
        del visibility
        return self.capabilities.length

    def outgoing_text(self, message: Outbound) -> str:
        """The text as the network will get it (with its @name, for example)."""
        return message.text

    def measure(self, message: Outbound) -> int:
        """How long the network will find this reply, in its own unit."""
        rule = self.length_rule(message.visibility)
        return measure(self.outgoing_text(message), rule=rule)

    def check(self, message: Outbound) -> None:
        """Raises Refused for what the network would refuse, before any request."""
        if not message.text.strip() and not message.media:
            raise Refused(code="empty")
        limit = self.length_rule(message.visibility).limit
        length = self.measure(message)
        if limit is not None and length > limit:
            raise Refused(
                code="too_long", parameters={"length": length, "limit": limit}
            )
        self._check_media(len(message.media))

    def _check_media(self, count: int) -> None:
        limit = self.capabilities.max_media
        if count > limit:
            raise Refused(
                code="too_many_media", parameters={"count": count, "limit": limit}
            )


@runtime_checkable
class Moderates(Protocol):
    """Acts on other people's items: hide, delete, like, block."""

    def moderate(self, action: Capability, *, external_id: str, handle: Json) -> None:
        """Do it. Doing it twice is the same as once."""
        ...


@runtime_checkable
class FindsOwn(Protocol):
    """Can say whether a reply of ours arrived.

    `own_lag`: seconds after which the platform's lists certainly show it, so that not
    finding it then is proof that it is not there.
    """

    own_lag: ClassVar[int]

    def find_own(self, message: Outbound, since: datetime) -> Receipt | None:
        """The reply as posted after `since`, or None if it is not listed now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A file being read. `mime` is what the server says, not to be trusted."""

    mime: str
    chunks: Iterator[bytes]


@runtime_checkable
class OpensMedia(Protocol):
    def open_media(self, ref: str, *, max_bytes: int) -> AbstractContextManager[Body]:
        """The file behind `Media.ref`. Raises Refused above `max_bytes`, Gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook call as it came, before anyone believed it. Header names lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@runtime_checkable
class Receives(Protocol):
    """Is told by the network (webhook)."""

    def verify(self, delivery: Delivery) -> bool:
        """Whether the platform signed it."""
        ...

    def answer(self, delivery: Delivery) -> str:
        """The body the platform expects back (a handshake's challenge, or empty)."""
        ...

    def receive(self, delivery: Delivery) -> Iterator[Page]:
        """What it tells, as pages whose cursor is None."""
        ...


@runtime_checkable
class Connects(Protocol):
    """Connects by log-in on the platform's own page (OAuth)."""

    def authorize_url(self, *, state: str, redirect_uri: str) -> str: ...

    def exchange(self, *, code: str, redirect_uri: str) -> Mapping[str, str]:
        """The secrets to store, by the names of the secret settings."""
        ...
