"""Mastodon: one account on one instance, by an access token.

Facts: the Mastodon API documentation and its OpenAPI description (4.7). Limits differ
per instance and are asked from it: 500 characters, 23 per link, 4 files by default.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.addresses import AddressRefused, origin
from connectors.cleaning import Json
from connectors.connector import Body, Connector
from connectors.errors import (
    BadPayload,
    Forbidden,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
    reading,
)
from connectors.media import open_file
from connectors.text import normalised
from connectors.types import (
    Account,
    AuthorScope,
    Capabilities,
    Capability,
    IdempotentSend,
    LengthRule,
    LengthUnit,
    Outbound,
    Page,
    Receipt,
    Setting,
    Stream,
    Upload,
    Visibility,
)
from connectors.words import marked

from .answers import ENDPOINTS
from .api import Api
from .outgoing import answered_status, visibility_for, with_name
from .parse import (
    author_id,
    is_status,
    parse_author,
    read_time,
    status_text,
    text_id,
)
from .places import Atlas
from .streams import Streams
from .tail import Tail

_TOKEN = re.compile(r"[\x21-\x7e]+")
SKEW = timedelta(seconds=60)
MEDIA_TRIES = 30  # a second apart, while a file is being processed
FIND_PAGES = 5


class Mastodon(Connector):
    kind = __name__.split(".")[1]  # the folder's name
    label = "Mastodon"
    author_scope = AuthorScope.NETWORK
    endpoints = ENDPOINTS
    own_lag = 90  # a request the instance still works on is over by then
    settings = (
        Setting(
            name="instance",
            label=marked("Address of the instance"),
            help=marked("Where the account lives."),
            example="https://mastodon.social",
        ),
        Setting(
            name="access_token",
            label=marked("Access token"),
            help=marked("From Preferences, Development, your application."),
            secret=True,
        ),
    )
    streams = (
        Stream(name="mentions", pace=20, overlap=20, needs=Capability.READ_MENTIONS),
        Stream(
            name="conversations", pace=20, overlap=20, needs=Capability.READ_MESSAGES
        ),
        Stream(name="own", pace=30, overlap=30, needs=Capability.READ_OWN),
        Stream(name="comments", pace=60, needs=Capability.READ_COMMENTS),
        Stream(name="recheck", pace=120, needs=Capability.READ_MENTIONS),
    )
    capabilities = Capabilities(
        can=frozenset(Capability) - {Capability.HIDE, Capability.DELETE},
        length=LengthRule(
            unit=LengthUnit.GRAPHEMES, limit=500, url=23, short_mentions=True
        ),
        idempotent_send=IdempotentSend.KEY,
        idempotent_seconds=3600,
        reports_edits=True,
        reports_deletions=True,
        max_media=4,
    )

    def identify(self) -> Account:
        api = self._api()
        try:
            account = api.me()
        except Forbidden as error:
            # A suspended account may not even ask who it is.
            raise Unauthorized(error.detail, quote=error.quote) from None
        with reading("our account"):
            return self._account(account, api.instance())

    def _account(
        self, account: Mapping[str, Any], instance: Mapping[str, Any]
    ) -> Account:
        author = parse_author(account)
        return Account(
            id=author.id,
            name=author.name,
            handle=author.handle,
            avatar=author.avatar,
            url=author.url,
            identities=(author.id,),
            notes={"me": _me_note(account), "limits": _limits(instance)},
        )

    def start(self, stream: str, since: datetime) -> Json:
        stamp = since.astimezone(UTC).isoformat()
        if stream == "recheck":
            return {"after": None}
        if stream == "comments":
            return {"since": stamp, "posts": {}}
        return Tail(since=stamp).as_json()

    def fetch(self, stream: str, cursor: Json) -> Iterator[Page]:
        api = self._api()
        me, learned = self._me(api)
        atlas = Atlas(
            me=me, notes=self.notes, ancestors=lambda status: api.context(status)[0]
        )
        atlas.written.update(learned)
        streams = Streams(
            api=api, me=me, notes=self.notes, atlas=atlas, now=self.http.now
        )
        read: dict[str, Callable[[Json], Iterator[Page]]] = {
            "mentions": streams.mentions,
            "conversations": streams.conversations,
            "own": streams.own,
            "comments": streams.comments,
            "recheck": streams.recheck,
        }
        pages = read[stream](cursor)
        try:
            with reading(f"stream {stream}"):
                yield from pages
        except Forbidden as error:
            # Whichever call was refused, it is this stream that must pause.
            needs = next(item.needs for item in self.streams if item.name == stream)
            raise Forbidden(error.detail, capability=needs, quote=error.quote) from None

    def send(self, message: Outbound) -> Receipt:
        self.check(message)
        api = self._api()
        files = [("media_ids[]", self._upload(api, item)) for item in message.media]
        form = [
            ("status", self.outgoing_text(message)),
            ("visibility", visibility_for(message)),
            *files,
        ]
        answered = answered_status(message)
        if answered is not None:
            form.append(("in_reply_to_id", answered))
        return self._post(api, form, message)

    def find_own(self, message: Outbound, since: datetime) -> Receipt | None:
        """By what it answers and what it says: the idempotency key is not shown."""
        api = self._api()
        me, _ = self._me(api)
        where: dict[str, str] = {}
        for _ in range(FIND_PAGES):
            found = [entry for entry in api.own(me, where) if is_status(entry)]
            with reading("our replies"):
                for status in found:
                    if self._is_this(status, message):
                        return _receipt(status)
                if not found or read_time(found[-1]["created_at"]) < since - SKEW:
                    return None
            where = {"max_id": text_id(found[-1]["id"])}
        raise Unavailable("too many replies since then to look through")

    def moderate(self, action: Capability, *, external_id: str, handle: Json) -> None:
        """Like and block. Others' replies can be neither hidden nor deleted here."""
        if action is Capability.LIKE:
            self._api().favourite(external_id)
        elif action is Capability.BLOCK and isinstance(handle, Mapping):
            self._api().block(str(handle["account"]))
        else:
            raise Refused(code="not_supported")

    def open_media(self, ref: str, *, max_bytes: int) -> AbstractContextManager[Body]:
        return open_file(self.http, ref, max_bytes=max_bytes)

    def length_rule(self, visibility: str = Visibility.PUBLIC) -> LengthRule:
        del visibility
        note = self.notes.get("limits")
        known: Mapping[str, Any] = note if isinstance(note, Mapping) else {}
        return LengthRule(
            unit=LengthUnit.GRAPHEMES,
            limit=known.get("characters") or self.capabilities.length.limit,
            url=known.get("url") or self.capabilities.length.url,
            short_mentions=True,
        )

    def outgoing_text(self, message: Outbound) -> str:
        return with_name(message)

    def _api(self) -> Api:
        token = self.credentials.get().get("access_token", "").strip()
        if not _TOKEN.fullmatch(token):
            raise Refused(code="bad_setting", parameters={"name": "access_token"})
        base = _address(self.values.get("instance", ""))
        return Api(self.http, base=base, token=token)

    def _me(self, api: Api) -> tuple[str, dict[str, Json]]:
        """Our id on the instance, and what to note if it had to be asked."""
        note = self.notes.get("me")
        if isinstance(note, Mapping) and isinstance(note.get("id"), str):
            return str(note["id"]), {}
        with reading("our account"):
            account = api.me()
            return text_id(account["id"]), {"me": _me_note(account)}

    def _upload(self, api: Api, item: Upload) -> str:
        """The file's id, once it is ready. Nothing was said yet, so a lost answer is
        no lost reply."""
        try:
            found = api.upload(item.name, item.content, item.mime, item.alt or "")
        except Unknown as error:
            raise Unavailable(error.detail) from None
        identifier = text_id(found["id"])
        for _ in range(MEDIA_TRIES):
            if found.get("url") or api.media_is_ready(identifier):
                return identifier
            self.http.sleep(1)
        raise Unavailable("a file is still being processed")

    def _post(
        self, api: Api, form: list[tuple[str, str]], message: Outbound
    ) -> Receipt:
        private = message.visibility is Visibility.PRIVATE
        capability = Capability.MESSAGE if private else Capability.REPLY
        try:
            status = api.post_status(
                form, key=message.idempotency_key, capability=capability
            )
            return _receipt(status)
        except (BadPayload, KeyError, TypeError, ValueError):
            # It said yes in words we cannot read: it may well stand there.
            raise Unknown("the answer to a reply was unreadable") from None

    def _is_this(self, status: Mapping[str, Any], message: Outbound) -> bool:
        parent = status.get("in_reply_to_id")
        if (None if parent is None else text_id(parent)) != answered_status(message):
            return False
        said = normalised(status_text(status))
        return said == normalised(self.outgoing_text(message))


CONNECTOR = Mastodon


def _address(value: str) -> str:
    """The instance's address as typed: with or without https."""
    typed = value.strip().rstrip("/")
    address = typed if "://" in typed else f"https://{typed}"
    try:
        origin(address)
    except AddressRefused:
        raise Refused(code="bad_setting", parameters={"name": "instance"}) from None
    return address


def _me_note(account: Mapping[str, Any]) -> Json:
    return {
        "id": text_id(account["id"]),
        "acct": str(account["acct"]),
        "author": author_id(account),
    }


def _limits(instance: Mapping[str, Any]) -> Json:
    """The instance's own numbers; Pleroma has another name for the first."""
    rules = (instance.get("configuration") or {}).get("statuses") or {}
    return {
        "characters": _number(
            rules.get("max_characters") or instance.get("max_toot_chars")
        ),
        "url": _number(rules.get("characters_reserved_per_url")),
        "media": _number(rules.get("max_media_attachments")),
        "version": str(instance.get("version", "")),
    }


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _receipt(status: Mapping[str, Any]) -> Receipt:
    return Receipt(
        external_id=text_id(status["id"]),
        published_at=read_time(status["created_at"]),
        url=status.get("url") or status.get("uri"),
    )
