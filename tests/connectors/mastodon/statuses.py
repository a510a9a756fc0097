"""Statuses as the API writes them, made by hand: only what a test names differs."""

from collections.abc import Sequence
from typing import Any

from connectors.mastodon.parse import parse_status
from connectors.mastodon.places import Atlas
from connectors.memory import MemoryNotes
from connectors.types import Inbound

ME = "10"
AT = "2026-11-21T10:00:00.000Z"


def account(identifier: str = "20", acct: str = "anna", **more: Any) -> dict[str, Any]:
    name, _, host = acct.partition("@")
    home = f"https://{host or 'here.example'}"
    return {
        "id": identifier,
        "username": name,
        "acct": acct,
        "display_name": name.title(),
        "url": f"{home}/@{name}",
        "uri": f"{home}/users/{name}",
        "avatar": f"{home}/{name}.png",
        "followers_count": 7,
        **more,
    }


def us(**more: Any) -> dict[str, Any]:
    return account(ME, "brand", **more)


def mention(of: dict[str, Any]) -> dict[str, Any]:
    return {key: of[key] for key in ("id", "username", "url", "acct")}


def status(identifier: str = "100", **more: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "created_at": AT,
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "language": "en",
        "uri": f"https://here.example/statuses/{identifier}",
        "url": f"https://here.example/@anna/{identifier}",
        "content": "<p>Hello</p>",
        "spoiler_text": "",
        "media_attachments": [],
        "mentions": [],
        "replies_count": 0,
        "reblog": None,
        "account": account(),
        **more,
    }


def reply(to: dict[str, Any], identifier: str = "101", **more: Any) -> dict[str, Any]:
    given = {
        "in_reply_to_id": to["id"],
        "in_reply_to_account_id": to["account"]["id"],
    }
    return status(identifier, **{**given, **more})


def notification(of: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {"id": "1", "type": "mention", "created_at": AT, "status": of, **more}


BOB = account("30", "bob@far.example")


def parsed(
    given: dict[str, Any], *known: dict[str, Any], chain: Sequence[Any] = ()
) -> Inbound:
    """`known` are statuses read before, `chain` what the instance says is above."""
    atlas = Atlas(me=ME, notes=MemoryNotes(), ancestors=lambda _: chain)
    atlas.learn(known)
    return parse_status(given, me=ME, place=atlas.place(given))


POST = status("1", account=us(), content="<p>Our post</p>")
COMMENT = reply(POST, "2", content="<p>A comment</p>")
OTHERS = status("5", account=BOB, content="<p>Their post</p>")
DM = status("7", visibility="direct", mentions=[mention(us())])
NAMED = [mention(us())]
BRAND = '<a href="https://here.example/@brand" class="u-url mention">@brand</a>'
BOB_LINK = '<a href="https://far.example/@bob" class="u-url mention">@bob</a>'
