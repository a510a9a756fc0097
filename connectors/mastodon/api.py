"""The calls we make, by name. Limits are the API's own largest page sizes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from connectors.errors import BadPayload, Gone, Refused, reading
from connectors.http import Http, Params
from connectors.site import Site
from connectors.types import Capability

from .parse import is_status, read_time, text_id

READS_LEAVE = 10  # of 300 calls in five minutes, kept for replies
PAGE = "40"  # of up to 80: each entry may cost one more call for its thread
MOST_PAGES = 5  # of our own posts
BATCH = 20  # ids in one /statuses call

Status = Mapping[str, Any]


class Api:
    """One account on one instance."""

    def __init__(self, http: Http, *, base: str, token: str) -> None:
        self.base = base
        self._site = Site(
            http,
            base,
            headers={"Authorization": f"Bearer {token}"},
            secrets=(token,),
            account=f"#{sha256(token.encode()).hexdigest()[:12]}",
            reads_leave=READS_LEAVE,
            quote=lambda answer: str(answer.get("error", "")),
        )

    def me(self) -> Status:
        return self._object("api/v1/accounts/verify_credentials")

    def instance(self) -> Status:
        """Limits and version; an older server has only the first form."""
        try:
            return self._object("api/v2/instance")
        except Gone:
            return self._object("api/v1/instance")

    def mentions(self, where: Mapping[str, str]) -> Sequence[Any]:
        # The filter of "unwanted" private mentions would hide customers from us.
        only = [("types[]", "mention"), ("types[]", "quote")]
        return self._list(
            "api/v1/notifications",
            [*only, ("include_filtered", "true"), ("limit", PAGE), *where.items()],
            Capability.READ_MENTIONS,
        )

    def conversations(self, where: Mapping[str, str]) -> Sequence[Any]:
        params = [("limit", "20"), *where.items()]
        return self._list("api/v1/conversations", params, Capability.READ_MESSAGES)

    def own(self, me: str, where: Mapping[str, str]) -> Sequence[Any]:
        params = [("limit", PAGE), ("exclude_reblogs", "true"), *where.items()]
        path = f"api/v1/accounts/{quote(me, safe='')}/statuses"
        return self._list(path, params, Capability.READ_OWN)

    def posts(self, me: str, *, since: datetime) -> list[Status]:
        """Our posts, replies left out: the newest page, and on down to `since`."""
        found: list[Status] = []
        where = {"exclude_replies": "true"}
        for _ in range(MOST_PAGES):
            page = [entry for entry in self.own(me, where) if is_status(entry)]
            found += page
            if not page or _is_before(page[-1], since):
                break
            where["max_id"] = text_id(page[-1]["id"])
        return found

    def context(self, identifier: str) -> tuple[Sequence[Status], Sequence[Any]]:
        """Ancestors, root first, and descendants; none when the status is gone."""
        path = f"api/v1/statuses/{quote(identifier, safe='')}/context"
        try:
            found = self._object(path, Capability.READ_COMMENTS)
        except Gone:
            return (), ()
        above, below = found.get("ancestors"), found.get("descendants")
        if not isinstance(above, list) or not isinstance(below, list):
            raise BadPayload("a context without its two lists")
        return [entry for entry in above if is_status(entry)], below

    def statuses(self, identifiers: Sequence[str]) -> dict[str, Status]:
        """Those of at most BATCH statuses that exist.

        What the list leaves out is asked alone: only a 404 proves a deletion.
        """
        found = self._many(identifiers)
        for identifier in identifiers:
            if identifier not in found:
                found.update(self._alone(identifier))
        return found

    def post_status(self, form: Params, *, key: str, capability: Capability) -> Status:
        headers = {"Idempotency-Key": key}
        answer = self._site.post(
            "api/v1/statuses", form=form, headers=headers, capability=capability
        )
        return _object(answer.json())

    def upload(self, name: str, content: bytes, mime: str, alt: str) -> Status:
        answer = self._site.post(
            "api/v2/media",
            form=[("description", alt)] if alt else [],
            files={"file": (name, content, mime)},
            capability=Capability.MEDIA,
            bucket="media",
        )
        return _object(answer.json())

    def media_is_ready(self, identifier: str) -> bool:
        """206 while the instance still works on it."""
        path = f"api/v1/media/{quote(identifier, safe='')}"
        return self._site.get(path, capability=Capability.MEDIA).status == 200

    def favourite(self, identifier: str) -> None:
        path = f"api/v1/statuses/{quote(identifier, safe='')}/favourite"
        self._site.post(path, capability=Capability.LIKE)

    def block(self, account: str) -> None:
        path = f"api/v1/accounts/{quote(account, safe='')}/block"
        self._site.post(path, capability=Capability.BLOCK)

    def _many(self, identifiers: Sequence[str]) -> dict[str, Status]:
        params = [("id[]", identifier) for identifier in identifiers]
        try:
            found = self._list("api/v1/statuses", params, Capability.READ_MENTIONS)
        except (Gone, Refused):
            return {}  # older than 4.3: no such call
        return {text_id(status["id"]): status for status in found if is_status(status)}

    def _alone(self, identifier: str) -> dict[str, Status]:
        path = f"api/v1/statuses/{quote(identifier, safe='')}"
        try:
            return {identifier: self._object(path, Capability.READ_MENTIONS)}
        except Gone:
            return {}

    def _object(self, path: str, capability: Capability | None = None) -> Status:
        return _object(self._site.get(path, capability=capability).json())

    def _list(self, path: str, params: Params, capability: Capability) -> Sequence[Any]:
        found = self._site.get(path, params=params, capability=capability).json()
        if not isinstance(found, list):
            raise BadPayload("a list was expected")
        return found


def _is_before(status: Status, since: datetime) -> bool:
    with reading("our posts"):
        return read_time(status["created_at"]) < since


def _object(answer: Any) -> Status:
    if not isinstance(answer, Mapping):
        raise BadPayload("an object was expected")
    return answer
