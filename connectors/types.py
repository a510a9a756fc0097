"""What crosses the edge: values only, the same for every platform.

Text is cleaned on the way in (NUL and lone surrogates cannot be stored in Postgres),
times are aware and in UTC, external ids are non-empty text, links are http(s) or None.
What a network does not give is None. `handle` and cursors are opaque JSON that only the
connector understands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.cleaning import Cleaned, Json


class Form(StrEnum):
    MESSAGE = "message"
    COMMENT = "comment"
    MENTION = "mention"
    REVIEW = "review"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"


class Capability(StrEnum):
    """What a channel may do. `Forbidden` switches off one of these, never the rest."""

    READ_MENTIONS = "read_mentions"
    READ_COMMENTS = "read_comments"
    READ_MESSAGES = "read_messages"
    READ_OWN = "read_own"
    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    MESSAGE = "message"
    HIDE = "hide"
    DELETE = "delete"
    LIKE = "like"
    BLOCK = "block"
    MEDIA = "media"


class IdempotentSend(StrEnum):
    """How the platform treats the same send twice.

    NONE: it posts twice. KEY: it knows our key for `idempotent_seconds` seconds.
    RECORD: the record's name is ours, so a second write replaces the first.
    """

    NONE = "none"
    KEY = "key"
    RECORD = "record"


class AuthorScope(StrEnum):
    """NETWORK: an author's id means the same person to every channel of the network.

    ACCOUNT: the id is given out per account of ours (page-scoped ids).
    """

    NETWORK = "network"
    ACCOUNT = "account"


class LengthUnit(StrEnum):
    GRAPHEMES = "graphemes"
    CODE_POINTS = "code_points"
    UTF16 = "utf16"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author(Cleaned):
    """A person as the network shows them. `handle` is written as people there write
    it (@anna), `followers` is their reach.

    `id` is unique in the connector's `author_scope`.
    """

    id: str
    name: str | None = None
    handle: str | None = None
    avatar: str | None = None
    url: str | None = None
    followers: int | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media(Cleaned):
    """A file of an item. `ref` goes to `OpensMedia.open_media`; sizes in pixels."""

    kind: MediaKind
    ref: str
    mime: str | None = None
    width: int | None = None
    height: int | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Cleaned):
    """The item at the head of the thread part this one belongs to."""

    id: str
    text: str = ""
    author: Author | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRef(Cleaned):
    """Our own content that a comment hangs on. `image` is an address."""

    id: str
    text: str = ""
    url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound(Cleaned):
    """One item of a network: a customer's or our own (`direction` out).

    `addressed`: to us (true) or chatter between others. `published_at` is the
    platform's server time. `position` orders items of one second in a thread.
    `can` is what may be done to this very item. `reply_until`: the reply window's end.
    `deleted` with an empty text: keep the text that is stored.
    """

    external_id: str
    thread_id: str
    form: Form
    addressed: bool
    direction: Direction
    author: Author | None
    text: str
    media: tuple[Media, ...] = ()
    parent_id: str | None = None
    root: Root | None = None
    post: PostRef | None = None
    url: str | None = None
    published_at: datetime
    edited_at: datetime | None = None
    deleted: bool = False
    position: int | None = None
    language: str | None = None
    can: tuple[Capability, ...] = ()
    reply_until: datetime | None = None
    handle: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Cleaned):
    """An item that is rightly left out in silence (its author deleted it, a boost)."""

    reason: str
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Cleaned):
    """An item the parser does not understand: quarantined raw, replayed after a fix."""

    raw: Json
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a parser found in one answer. `raw` maps external id to the raw object."""

    items: tuple[Inbound, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Cleaned):
    """One bounded read. Commit items, quarantine, cursor and notes in one transaction.

    `more`: the generator goes on, or a later fetch from `cursor` would. `notes` are
    rows to write; None deletes one. `raw` maps external id to the raw object.
    """

    items: tuple[Inbound, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    cursor: Json
    more: bool = False
    notes: Mapping[str, Json] = field(default_factory=dict)
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send along."""

    name: str
    mime: str
    content: bytes = field(repr=False)
    alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound(Cleaned):
    """A reply on its way out.

    `idempotency_key` is a uuid as text, made before the first try and kept over all
    of them. `to` is the `handle` of the item answered, `in_reply_to` its external id.
    """

    idempotency_key: str
    text: str
    visibility: Visibility
    to: Json = None
    in_reply_to: str | None = None
    recipient_id: str | None = None
    recipient_handle: str | None = None
    media: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Cleaned):
    """The platform's word for a reply: `published_at` is its own time, or None."""

    external_id: str
    published_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Cleaned):
    """Who we are there. `identities`: every author id that is *us*.

    `id` is the key by which the same account connected twice is refused. `lacks`:
    capabilities the token does not give. `notes`: rows to store (limits, versions).
    """

    id: str
    name: str | None = None
    handle: str | None = None
    avatar: str | None = None
    url: str | None = None
    identities: tuple[str, ...] = ()
    lacks: tuple[Capability, ...] = ()
    notes: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRule:
    """How the network counts. `limit` None: no limit. `url`: what every link counts.

    `short_mentions`: `@user@host` counts as `@user`. The composer counts by this; the
    last word is `Connector.measure`.
    """

    unit: LengthUnit
    limit: int | None
    url: int | None = None
    short_mentions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the network allows at all; `Account.lacks` takes away what a token has not.

    `reply_within`: seconds after the customer's last word in which we may answer.
    `idempotent_seconds`: how long a key is remembered (IdempotentSend.KEY).
    `reports_deletions`: deletions reach us, by event or by `recheck`.
    """

    can: frozenset[Capability]
    length: LengthRule
    reply_within: int | None = None
    idempotent_send: IdempotentSend = IdempotentSend.NONE
    idempotent_seconds: int | None = None
    reports_edits: bool = False
    reports_deletions: bool = False
    max_media: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of the connect form. `label` and `help` are msgids of the connector.

    A secret is stored encrypted, never shown again, and reaches the connector through
    `Credentials`; a plain one through `settings`.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One pollable source. All times in seconds.

    `pace`: between two reads when nothing is wrong. `overlap`: what each read repeats
    on purpose. `retention`: how long the platform keeps unread items, None for ever.
    `needs`: the capability without which the stream is off.
    """

    name: str
    pace: int
    overlap: int = 0
    retention: int | None = None
    needs: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An item the inbox wants re-read. `mark` is its place in the round."""

    external_id: str
    thread_id: str
    mark: str
    handle: Json = None
