"""The World's people and words as Mastodon's JSON."""

import re
from datetime import datetime
from html import escape
from typing import Any

from connectors.world import File, Item, Person, World

_LINK = re.compile(r"https?://[^\s<]+")
_WORD = re.compile(r"(?<![\w@/])@([\w.-]+(?:@[\w.-]*\w)?)|(?<!\w)#(\w+)")
_SHOWN = 30  # characters of a link that are not cut off


class Renderer:
    def __init__(self, world: World, *, base: str) -> None:
        self._world = world
        self._base = base

    def account(self, person: Person) -> dict[str, Any]:
        name, _, host = person.handle.partition("@")
        home = f"https://{host}" if host else self._base
        avatar = f"{self._base}/avatars/{person.id}.png"
        return {
            "id": str(person.id),
            "username": name,
            "acct": person.handle,
            "display_name": person.name,
            "locked": False,
            "bot": False,
            "group": False,
            "created_at": "2024-01-01T00:00:00.000Z",
            "note": "",
            "url": f"{home}/@{name}",
            "uri": f"{home}/users/{name}",
            "avatar": avatar,
            "avatar_static": avatar,
            "followers_count": person.followers,
            "following_count": 0,
            "statuses_count": 1,
            "emojis": [],
            "fields": [],
        }

    def status(self, item: Item) -> dict[str, Any]:
        account = self.account(item.author)
        parent = self.parent(item)
        return {
            "id": str(item.id),
            "created_at": _stamp(item.at),
            "in_reply_to_id": str(parent.id) if parent else None,
            "in_reply_to_account_id": str(parent.author.id) if parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "direct" if item.private else "public",
            "language": item.author.language,
            "uri": f"{account['uri']}/statuses/{item.id}",
            "url": f"{self._base}/@{item.author.handle}/{item.id}",
            "replies_count": self._replies(item),
            "reblogs_count": 0,
            "favourites_count": int(item.id in self._world.liked),
            "edited_at": _stamp(item.edited_at) if item.edited_at else None,
            "content": self._content(item),
            "filtered": [],
            "reblog": None,
            "quote": None,
            "account": account,
            "media_attachments": [self.medium(file) for file in item.media],
            "mentions": [self._mention(name) for name in self._named(item)],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def parent(self, item: Item) -> Item | None:
        """What it answers, unless that was deleted: then nobody knows any more."""
        parent = self._world.items.get(item.parent or 0)
        return parent if parent is not None and parent.deleted_at is None else None

    def notification(self, number: int, item: Item) -> dict[str, Any]:
        gone = item.deleted_at is not None
        return {
            "id": str(number),
            "type": "mention",
            "created_at": _stamp(item.at),
            "group_key": f"ungrouped-{number}",
            "account": self.account(item.author),
            "status": None if gone else self.status(item),
        }

    def conversation(self, root: Item, last: Item | None) -> dict[str, Any]:
        us = self._world.us().handle
        others = dict.fromkeys((root.author.handle, *root.names))
        return {
            "id": str(root.id & 0xFFFFFFFF),
            "unread": False,
            "accounts": [
                self.account(self._world.people[name]) for name in others if name != us
            ],
            "last_status": self.status(last) if last is not None else None,
        }

    def medium(self, file: File) -> dict[str, Any]:
        address = f"{self._base}/media/{file.id}/{file.name}"
        size = {"width": file.width, "height": file.height}
        return {
            "id": str(file.id),
            "type": file.mime.partition("/")[0],
            "url": address,
            "preview_url": address,
            "remote_url": None,
            "meta": {"original": size} if file.width else {},
            "description": file.alt,
        }

    def instance(self, characters: int, url: int) -> dict[str, Any]:
        return {
            "domain": self._base.partition("://")[2],
            "title": "Sandbox",
            "version": "4.6.0",
            "api_versions": {"mastodon": 7},
            "configuration": {
                "urls": {},
                "statuses": {
                    "max_characters": characters,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": url,
                },
            },
        }

    def _replies(self, item: Item) -> int:
        below = self._world.replies.get(item.id, [])
        return sum(self._world.items[reply].deleted_at is None for reply in below)

    def _named(self, item: Item) -> list[str]:
        found = [name for name, _ in _WORD.findall(item.text)]
        known = [name for name in found if name in self._world.people]
        return list(dict.fromkeys((*item.names, *known)))

    def _mention(self, handle: str) -> dict[str, Any]:
        account = self.account(self._world.people[handle])
        return {name: account[name] for name in ("id", "username", "url", "acct")}

    def _content(self, item: Item) -> str:
        """The text as the web client would have sent it: whom it names comes first."""
        absent = [n for n in item.names if f"@{n}" not in item.text]
        text = " ".join((*(f"@{name}" for name in absent), item.text))
        paragraphs = [
            self._linked(part).replace("\n", "<br>") for part in text.split("\n\n")
        ]
        return "".join(f"<p>{part}</p>" for part in paragraphs)

    def _linked(self, text: str) -> str:
        pieces, place = [], 0
        for found in _LINK.finditer(text):
            pieces += [self._names(text[place : found.start()]), _anchor(found[0])]
            place = found.end()
        return "".join((*pieces, self._names(text[place:])))

    def _names(self, text: str) -> str:
        pieces, place = [], 0
        for found in _WORD.finditer(text):
            pieces += [escape(text[place : found.start()]), self._word(found)]
            place = found.end()
        return "".join((*pieces, escape(text[place:])))

    def _word(self, found: re.Match[str]) -> str:
        person = self._world.people.get(found[1] or "")
        if found[2]:
            address = escape(f"{self._base}/tags/{found[2]}")
            return (
                f'<a href="{address}" class="mention hashtag" rel="tag">#'
                f"<span>{found[2]}</span></a>"
            )
        if person is None:
            return escape(found[0])
        account = self.account(person)
        return (
            f'<span class="h-card" translate="no"><a href="{escape(account["url"])}" '
            f'class="u-url mention">@<span>{escape(account["username"])}</span></a>'
            "</span>"
        )


def _anchor(url: str) -> str:
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:_SHOWN], rest[_SHOWN:]
    cut = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener">'
        f'<span class="invisible">{scheme}://</span>'
        f'<span class="{cut}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
