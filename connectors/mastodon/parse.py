"""A status's JSON to an Inbound. Pure: the same status and place give equal objects,
whichever stream they came by.

**Who an author is.** `Author.id` is the account's ActivityPub `uri`, else its `url`.
The numeric id belongs to one instance only, so two channels on two instances would see
two people; `acct` has no host for local accounts and changes when an instance changes
its handle domain; the `uri` is what servers themselves know each other's accounts by
and never changes. (Source: Account entity of the Mastodon API; `uri` since 4.2.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.html import html_to_text
from connectors.types import (
    Author,
    Capability,
    Direction,
    Form,
    Inbound,
    Media,
    MediaKind,
    PostRef,
    Root,
    Watched,
)

DIRECT = "direct"
MOST_PEOPLE = 2**31  # followers and pixels beyond this are no numbers
MOST_PIXELS = 2**20
_KINDS = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.VIDEO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a status hangs. `mine`: the thread's root is ours, and then `post` is it.

    `root` heads its part of the thread: the top-level comment, or the foreign root.
    """

    thread: str
    mine: bool = False
    root: Root | None = None
    post: PostRef | None = None


def parse_status(status: Mapping[str, Any], *, me: str, place: Place) -> Inbound:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is no status.

    `me` is our account's id on this instance.
    """
    account = status["account"]
    ours = text_id(account["id"]) == me
    published_at = read_time(status["created_at"])
    form = _form(status, me=me, place=place)
    return Inbound(
        external_id=text_id(status["id"]),
        thread_id=place.thread,
        form=form,
        addressed=not ours and _is_addressed(status, form, me=me, place=place),
        direction=Direction.OUT if ours else Direction.IN,
        author=parse_author(account),
        text=status_text(status),
        media=parse_media(status),
        parent_id=_optional_id(status.get("in_reply_to_id")),
        root=place.root or _quoted_root(status),
        post=place.post,
        url=_address(status),
        published_at=published_at,
        edited_at=read_time(status["edited_at"]) if status.get("edited_at") else None,
        language=_text(status.get("language")),
        can=() if ours else _can(status),
        handle=_handle(status, form, ours=ours, published_at=published_at),
    )


def parse_deleted(watched: Watched) -> Inbound:
    """A status that is no more, from what its handle remembered."""
    handle = watched.handle
    if not isinstance(handle, Mapping):
        raise TypeError("a handle that is not ours")
    return Inbound(
        external_id=watched.external_id,
        thread_id=watched.thread_id,
        form=Form(str(handle["form"])),
        addressed=False,
        direction=Direction(str(handle["direction"])),
        author=None,
        text="",
        published_at=read_time(str(handle["published_at"])),
        deleted=True,
        handle=handle,
    )


def parse_author(account: Mapping[str, Any]) -> Author:
    """The account as an author. Its city is not among what the network gives."""
    return Author(
        id=author_id(account),
        name=_text(account.get("display_name")) or _text(account.get("username")),
        handle="@" + text_id(account["acct"]),
        avatar=_text(account.get("avatar")),
        url=_text(account.get("url")),
        followers=_count(account.get("followers_count")),
    )


def author_id(account: Mapping[str, Any]) -> str:
    """What the whole network knows this account by."""
    return str(account.get("uri") or account.get("url") or f"acct:{account['acct']}")


def parse_head(status: Mapping[str, Any]) -> Root:
    """The head of a thread or of a branch, for the preview."""
    return Root(
        id=text_id(status["id"]),
        text=status_text(status),
        author=parse_author(status["account"]),
        url=_address(status),
    )


def parse_media(status: Mapping[str, Any]) -> tuple[Media, ...]:
    """Attachments that have a file; one still being processed has none yet."""
    found = status.get("media_attachments") or ()
    return tuple(_medium(item) for item in found if _file_of(item))


def first_image(status: Mapping[str, Any]) -> str | None:
    """The preview of our post."""
    for item in status.get("media_attachments") or ():
        if item.get("preview_url") or item.get("url"):
            return str(item.get("preview_url") or item["url"])
    return None


def status_text(status: Mapping[str, Any]) -> str:
    """Plain text, the content warning in front. A deleted status holds its source."""
    if "content" not in status and "text" in status:
        body = str(status["text"])
    else:
        # The text names a quoted status once more, for servers that cannot show it.
        drop = "quote-inline" if status.get("quote") else None
        body = html_to_text(
            str(status["content"]), mentions=_mention_names(status), drop_class=drop
        )
    warning = status.get("spoiler_text")
    return f"[CW: {warning}]\n{body}" if warning else body


def read_time(text: str) -> datetime:
    """ISO 8601 with a zone; without one it is UTC. Raises ValueError, TypeError."""
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a time out of range") from None


def text_id(value: object) -> str:
    """An id as text: some servers send numbers. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ValueError("an id that is neither text nor number")
    return str(value)


def is_direct(status: Mapping[str, Any]) -> bool:
    return status.get("visibility") == DIRECT


def is_status(entry: Any) -> bool:
    """Whether it has at least what placing needs."""
    try:
        return bool(text_id(entry["id"]) and text_id(entry["account"]["id"]))
    except (KeyError, TypeError, ValueError):
        return False


def _form(status: Mapping[str, Any], *, me: str, place: Place) -> Form:
    if is_direct(status):
        return Form.MESSAGE
    if place.mine or _answers(status, me):
        return Form.COMMENT
    return Form.MENTION


def _is_addressed(
    status: Mapping[str, Any], form: Form, *, me: str, place: Place
) -> bool:
    """Every message and mention; a comment under our post or to a message of ours.

    A reply to another customer carries our @name along from the status it answers, so
    there only a name put first, or in the sentence itself, is meant for us.
    """
    if form is not Form.COMMENT or _answers(status, me):
        return True
    if _optional_id(status.get("in_reply_to_id")) in {None, place.thread}:
        return True
    return _quotes(status, me) or _names_us(status, me)


def _names_us(status: Mapping[str, Any], me: str) -> bool:
    names = {
        f"@{item['acct']}".lower()
        for item in status.get("mentions") or ()
        if text_id(item["id"]) == me
    }
    words = [word.rstrip(",.:;!?").lower() for word in status_text(status).split()]
    carried = 0
    while carried < len(words) and words[carried].startswith("@"):
        carried += 1
    meant = [*words[:1], *words[carried:]]
    return any(word in names for word in meant)


def _answers(status: Mapping[str, Any], me: str) -> bool:
    return _optional_id(status.get("in_reply_to_account_id")) == me


def _quotes(status: Mapping[str, Any], me: str) -> bool:
    quoted = _quoted(status)
    return quoted is not None and text_id(quoted["account"]["id"]) == me


def _quoted(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    quote = status.get("quote")
    quoted = quote.get("quoted_status") if isinstance(quote, Mapping) else None
    return quoted if isinstance(quoted, Mapping) else None


def _quoted_root(status: Mapping[str, Any]) -> Root | None:
    quoted = _quoted(status)
    return parse_head(quoted) if quoted is not None else None


def _can(status: Mapping[str, Any]) -> tuple[Capability, ...]:
    if is_direct(status):
        return (Capability.MESSAGE, Capability.LIKE, Capability.BLOCK)
    answers = (Capability.REPLY, Capability.PRIVATE_REPLY)
    return (*answers, Capability.LIKE, Capability.BLOCK)


def _handle(
    status: Mapping[str, Any], form: Form, *, ours: bool, published_at: datetime
) -> dict[str, str | None]:
    """What a reply needs, and what tells of the status when it is gone."""
    account = status["account"]
    return {
        "status": text_id(status["id"]),
        "account": text_id(account["id"]),
        "acct": None if ours else account["acct"],
        "visibility": status.get("visibility"),
        "form": form.value,
        "direction": (Direction.OUT if ours else Direction.IN).value,
        "published_at": published_at.isoformat(),
    }


def _mention_names(status: Mapping[str, Any]) -> dict[str, str]:
    found = status.get("mentions") or ()
    return {item["url"]: f"@{item['acct']}" for item in found if item.get("url")}


def _medium(item: Mapping[str, Any]) -> Media:
    meta = item.get("meta") or {}
    size = meta.get("original") or meta.get("small") or {}
    return Media(
        kind=_KINDS.get(str(item.get("type")), MediaKind.FILE),
        ref=_file_of(item),
        width=_pixels(size.get("width")),
        height=_pixels(size.get("height")),
        alt=_text(item.get("description")),
    )


def _file_of(item: Mapping[str, Any]) -> str:
    return str(item.get("url") or item.get("remote_url") or "")


def _pixels(value: object) -> int | None:
    if isinstance(value, int | float) and 0 < value < MOST_PIXELS:
        return round(value)
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value < MOST_PEOPLE else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _address(status: Mapping[str, Any]) -> str | None:
    return _text(status.get("url")) or _text(status.get("uri"))


def _optional_id(value: object) -> str | None:
    return None if value is None else text_id(value)
