"""A fake Mastodon server over a World: its JSON, paging, limits and errors.

Like the real one: `min_id` gives the page right after an id, a mention whose status was
deleted stays as a notification without one, replies to a deleted status lose their
parent, `/conversations` is paged by status ids, an idempotency key holds for an hour,
a rate limit's reset is ISO 8601 with microseconds, errors are `{"error": text}`.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from connectors.exchange import Request, Response, json_response
from connectors.pictures import picture
from connectors.text import graphemes
from connectors.world import File, Item, World

from .sandbox_json import Renderer

CHARACTERS = 500
URL_CHARACTERS = 23
WINDOW = timedelta(minutes=5)
KEY_HOLDS = timedelta(hours=1)
_HANDLE = re.compile(r"(?<![\w@/])@([\w.-]+(?:@[\w.-]*\w)?)")


class Dialect:
    """One instance. `rate_limit`: requests in five minutes."""

    def __init__(self, world: World, *, base: str, rate_limit: int = 6000) -> None:
        self.world = world
        self.rate_limit = rate_limit
        self._render = Renderer(world, base=base)
        self._base = base
        self._forget()

    def handle(self, request: Request) -> Response:
        self._sync()
        open_file = self._open_file(request.path)
        if open_file is not None:
            return open_file
        if self.world.token is None or request.bearer() != self.world.token:
            return self.failed(401)
        if not self._take_token():
            return self.rate_limited(self._window + WINDOW)
        response = self._route(request)
        if request.method == "GET" and response.status == 200:
            self._pages[request.path] = response
        return response

    def repeated(self, request: Request) -> Response:
        return self._pages.get(request.path) or self.handle(request)

    def rate_limited(self, reset_at: datetime) -> Response:
        headers = self._rate_headers(0, reset_at)
        return json_response(
            {"error": "Too many requests"}, status=429, headers=headers
        )

    def failed(self, status: int) -> Response:
        words = {
            401: "The access token is invalid",
            403: "This action is not allowed",
            404: "Record not found",
            503: "Service temporarily unavailable",
        }
        said = words.get(status, "An unexpected error occurred")
        return json_response({"error": said}, status=status)

    def _forget(self) -> None:
        self._items = self.world.items
        self._known = 0
        self._notified: list[int] = []  # item ids; a notification's id is its place
        self._own: list[int] = []
        self._dialogs: dict[int, list[int]] = {}
        self._files: dict[str, File] = {}
        self._asked: dict[str, int] = {}
        self._keys: dict[str, tuple[datetime, int]] = {}
        self._pages: dict[str, Response] = {}
        self._window = self.world.now()
        self._taken = 0

    def _sync(self) -> None:
        """Takes in what was said since the last request."""
        if self._items is not self.world.items:
            self._forget()
        us = self.world.us().handle
        for item in islice(self._items.values(), self._known, None):
            if item.author.handle == us:
                self._own.append(item.id)
            elif us in item.names:
                self._notified.append(item.id)
            if item.private:
                self._dialogs.setdefault(item.root, []).append(item.id)
            for file in item.media:
                self._files[str(file.id)] = file
        self._known = len(self._items)

    def _route(self, request: Request) -> Response:
        routes: Sequence[tuple[str, str, Callable[..., Response]]] = (
            ("GET", r"api/v1/accounts/verify_credentials", self._me),
            ("GET", r"api/v2/instance", self._instance),
            ("GET", r"api/v1/notifications", self._notifications),
            ("GET", r"api/v1/conversations", self._conversations),
            ("GET", r"api/v1/accounts/(\d+)/statuses", self._account_statuses),
            ("GET", r"api/v1/statuses", self._statuses),
            ("GET", r"api/v1/statuses/(\d+)", self._status),
            ("GET", r"api/v1/statuses/(\d+)/context", self._context),
            ("POST", r"api/v1/statuses", self._post_status),
            ("POST", r"api/v1/statuses/(\d+)/favourite", self._favourite),
            ("POST", r"api/v1/accounts/(\d+)/block", self._block),
            ("POST", r"api/v2/media", self._upload),
            ("GET", r"api/v1/media/(\d+)", self._medium),
        )
        for method, pattern, action in routes:
            found = re.fullmatch(pattern, request.path)
            if found and request.method == method:
                return self._with_rate(action(request, *found.groups()))
        return self._with_rate(self.failed(404))

    def _me(self, request: Request) -> Response:
        del request
        return json_response(self._render.account(self.world.us()))

    def _instance(self, request: Request) -> Response:
        del request
        return json_response(self._render.instance(CHARACTERS, URL_CHARACTERS))

    def _notifications(self, request: Request) -> Response:
        numbered = list(enumerate(self._notified, start=1))
        wanted = set(request.get_all("types"))
        if wanted and "mention" not in wanted:
            numbered = []
        page, link = self._page(request, numbered, most=80)
        found = [
            self._render.notification(number, self._items[identifier])
            for number, identifier in page
        ]
        return json_response(found, headers=link)

    def _conversations(self, request: Request) -> Response:
        """Ordered and paged by the id of the last living status; those that have none
        left stand at the end of the newest page."""
        ended, numbered = [], []
        for root, identifiers in self._dialogs.items():
            living = [i for i in identifiers if self._items[i].deleted_at is None]
            if living:
                numbered.append((living[-1], root))
            else:
                ended.append((0, root))
        page, link = self._page(request, sorted(numbered), most=40)
        unpaged = not (request.get("min_id") or request.get("max_id"))
        found = [
            self._render.conversation(self._items[root], self._items.get(last))
            for last, root in [*page, *(ended if unpaged else ())]
        ]
        return json_response(found, headers=link)

    def _account_statuses(self, request: Request, account: str) -> Response:
        if int(account) != self.world.us().id:
            return self.failed(404)
        alone = request.get("exclude_replies") == "true"
        living = [self._items[identifier] for identifier in self._own]
        numbered = [
            (item.id, item)
            for item in living
            if item.deleted_at is None and not (alone and item.parent)
        ]
        page, link = self._page(request, numbered, most=40)
        return json_response(
            [self._render.status(item) for _, item in page], headers=link
        )

    def _statuses(self, request: Request) -> Response:
        found = [self._living(identifier) for identifier in request.get_all("id")[:20]]
        return json_response([self._render.status(item) for item in found if item])

    def _status(self, request: Request, identifier: str) -> Response:
        del request
        item = self._living(identifier)
        if item is None:
            return self.failed(404)
        return json_response(self._render.status(item))

    def _context(self, request: Request, identifier: str) -> Response:
        del request
        item = self._living(identifier)
        if item is None:
            return self.failed(404)
        ancestors = []
        above = self._render.parent(item)
        while above is not None:
            ancestors.append(above)
            above = self._render.parent(above)
        return json_response(
            {
                "ancestors": [self._render.status(i) for i in reversed(ancestors)],
                "descendants": [self._render.status(i) for i in self._below(item)],
            }
        )

    def _below(self, item: Item) -> list[Item]:
        """Living replies, a branch at a time; a deleted one takes its branch along."""
        found: list[Item] = []
        open_ids = list(reversed(self.world.replies.get(item.id, [])))
        while open_ids:
            reply = self._items[open_ids.pop()]
            if reply.deleted_at is None:
                found.append(reply)
                open_ids += reversed(self.world.replies.get(reply.id, []))
        return found

    def _post_status(self, request: Request) -> Response:
        text = request.get("status")
        parent = request.get("in_reply_to_id")
        private = request.get("visibility") == "direct"
        key = request.headers.get("idempotency-key", "")
        write = self.world.ledger.receive(
            key=key, text=text, in_reply_to=parent or None, private=private
        )
        before = self._keys.get(key) if key else None
        if before is not None and self.world.now() - before[0] < KEY_HOLDS:
            return json_response(self._render.status(self._items[before[1]]))
        refused = self._refusal(text, parent, request)
        if refused is not None:
            return refused
        item = self.world.answer(
            to=self._living(parent) if parent else None,
            text=text,
            private=private,
            names=self._named(text),
            media=[self._files[i] for i in request.get_all("media_ids")],
        )
        self.world.ledger.created(write, self.world.external_id(item))
        if key:
            self._keys[key] = (self.world.now(), item.id)
        return json_response(self._render.status(item))

    def _refusal(self, text: str, parent: str, request: Request) -> Response | None:
        if parent and self._living(parent) is None:
            said = "The post you are trying to reply to does not appear to exist."
            return json_response({"error": said}, status=404)
        media = request.get_all("media_ids")
        if not text.strip() and not media:
            said = "Validation failed: Text can't be blank"
        elif _length(text) > CHARACTERS:
            said = f"Validation failed: Text character limit of {CHARACTERS} exceeded"
        elif len(media) > 4 or any(i not in self._files for i in media):
            said = "Validation failed: Media attachments are not usable"
        else:
            return None
        return json_response({"error": said}, status=422)

    def _named(self, text: str) -> list[str]:
        found = [name.rstrip(".-") for name in _HANDLE.findall(text)]
        return [name for name in found if name in self.world.people]

    def _favourite(self, request: Request, identifier: str) -> Response:
        item = self._living(identifier)
        if item is not None:
            self.world.liked.add(item.id)
        return self._status(request, identifier)

    def _block(self, request: Request, account: str) -> Response:
        del request
        for person in self.world.people.values():
            if person.id == int(account):
                self.world.blocked.add(person.handle)
                return json_response({"id": account, "blocking": True})
        return self.failed(404)

    def _upload(self, request: Request) -> Response:
        """Accepted, but not ready: the client has to ask again."""
        name, mime, content = request.files["file"]
        file = File(
            id=self.world.next_id(self.world.now()),
            name=name,
            mime=mime,
            content=content,
            alt=request.get("description") or None,
        )
        self._files[str(file.id)] = file
        self._asked[str(file.id)] = 0
        found = {**self._render.medium(file), "url": None}
        return json_response(found, status=202)

    def _medium(self, request: Request, identifier: str) -> Response:
        del request
        file = self._files.get(identifier)
        if file is None:
            return self.failed(404)
        self._asked[identifier] = self._asked.get(identifier, 0) + 1
        status = 200 if self._asked[identifier] > 1 else 206
        return json_response(self._render.medium(file), status=status)

    def _open_file(self, path: str) -> Response | None:
        """Files and avatars need no token."""
        found = re.fullmatch(r"(media|avatars)/(\d+)(?:/[^/]+|\.png)", path)
        if found is None:
            return None
        if found[1] == "avatars":
            content, mime = picture(int(found[2])), "image/png"
        elif found[2] in self._files:
            file = self._files[found[2]]
            content, mime = file.content, file.mime
        else:
            return Response(status=404)
        return Response(body=content, headers=(("Content-Type", mime),))

    def _page(
        self, request: Request, numbered: Sequence[tuple[int, Any]], *, most: int
    ) -> tuple[list[tuple[int, Any]], Sequence[tuple[str, str]]]:
        """A page of (id, entry) in ascending order, newest first, and its Link."""
        limit = min(int(request.get("limit") or 20), most)
        low = int(request.get("min_id") or request.get("since_id") or 0)
        high = int(request.get("max_id") or 0)
        found = [
            pair for pair in numbered if pair[0] > low and (not high or pair[0] < high)
        ]
        part = found[:limit] if request.get("min_id") else found[-limit:]
        if not part:
            return [], ()
        address = f"{self._base}/{request.path}?limit={limit}"
        link = (
            f'<{address}&max_id={part[0][0]}>; rel="next", '
            f'<{address}&min_id={part[-1][0]}>; rel="prev"'
        )
        return part[::-1], (("Link", link),)

    def _living(self, identifier: str) -> Item | None:
        item = self._items.get(int(identifier)) if identifier.isdecimal() else None
        return item if item is not None and item.deleted_at is None else None

    def _take_token(self) -> bool:
        now = self.world.now()
        if now - self._window >= WINDOW:
            self._window, self._taken = now, 0
        self._taken += 1
        return self._taken <= self.rate_limit

    def _with_rate(self, response: Response) -> Response:
        left = self.rate_limit - self._taken
        headers = self._rate_headers(left, self._window + WINDOW)
        return Response(
            status=response.status,
            body=response.body,
            headers=(*response.headers, *headers),
        )

    def _rate_headers(
        self, left: int, reset_at: datetime
    ) -> tuple[tuple[str, str], ...]:
        stamp = reset_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return (
            ("X-RateLimit-Limit", str(self.rate_limit)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Reset", stamp),
        )


def settings(*, base: str, token: str) -> dict[str, str]:
    """What the connect form wants, for an account of this sandbox."""
    return {"instance": base, "access_token": token}


def _length(text: str) -> int:
    text = re.sub(r"https?://\S+", "x" * URL_CHARACTERS, text)
    return graphemes(re.sub(r"(@\w+)@[\w.-]+\w", r"\1", text))
