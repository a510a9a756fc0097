"""What each stream reads, as pages that can be cut off between any two of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.cleaning import Json
from connectors.connector import Notes
from connectors.paging import number_order
from connectors.types import Inbound, Page, Parsed, Skipped, Unreadable

from .answers import (
    UNFIT,
    Chosen,
    a_status,
    read_items,
    status_of_conversation,
    status_of_notification,
)
from .api import BATCH, Api, Status
from .looked import Look
from .parse import (
    is_direct,
    is_status,
    parse_deleted,
    parse_status,
    read_time,
    text_id,
)
from .places import Atlas, parent_of
from .tail import Listing, Tail, id_in, text_in, value_in

SLICE = 80  # comments in one page
MOST_POSTS = 10  # posts whose comments one read fetches
WATCHED_POSTS = timedelta(days=7)
MOST_ROUNDS = 5  # batches of watched items in one read
LATE = timedelta(hours=1)  # a message may reach our instance this long after its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """One read of one account. `me` is its id on the instance."""

    api: Api
    me: str
    notes: Notes
    atlas: Atlas
    now: Callable[[], datetime]

    def mentions(self, cursor: Json) -> Iterator[Page]:
        listing = Listing(
            read=self.api.mentions,
            id_of=id_in("id"),
            time_of=text_in("created_at"),
        )
        for reading in listing.follow(Tail.from_json(cursor)):
            parsed = self._read(reading.entries, status_of_notification)
            yield self._page(parsed, reading.state.as_json(), more=reading.more)

    def own(self, cursor: Json) -> Iterator[Page]:
        """Our replies and private messages, wherever they were typed. Our posts are no
        messages; they are only remembered as heads of their threads."""
        listing = Listing(
            read=lambda where: self.api.own(self.me, where),
            id_of=id_in("id"),
            time_of=text_in("created_at"),
        )
        for reading in listing.follow(Tail.from_json(cursor)):
            self._learn_posts(reading.entries)
            parsed = self._read(reading.entries, _reply_of_ours)
            yield self._page(parsed, reading.state.as_json(), more=reading.more)

    def conversations(self, cursor: Json) -> Iterator[Page]:
        """Dialogs whose last message changed. The list shows only that last one, so
        the dialog is read from its root for what came before it."""
        listing = Listing(
            read=self.api.conversations,
            id_of=id_in("last_status", "id"),
            time_of=text_in("last_status", "created_at"),
        )
        state = Tail.from_json(cursor)
        for reading in listing.follow(state):
            last = self._read(reading.entries, status_of_conversation)
            notes, parsed = self._dialogs(last, state.since)
            after = reading.state.as_json()
            yield self._page(parsed, after, more=reading.more, notes=notes)

    def comments(self, cursor: Json) -> Iterator[Page]:
        """Replies under our posts, also those that do not name us and so never become
        a notification."""
        given: Mapping[str, Any] = cursor if isinstance(cursor, Mapping) else {}
        since = given.get("since")
        now = self.now()
        posts = {
            text_id(post["id"]): post
            for post in self.api.posts(self.me, since=now - WATCHED_POSTS)
        }
        self._learn_posts(list(posts.values()))
        known = given.get("posts") or {}
        looks = {key: Look.from_json(known.get(key)) for key in posts}
        due = [key for key in reversed(posts) if looks[key].is_due(posts[key], now=now)]
        for key in due[:MOST_POSTS]:
            below = self.api.context(key)[1]
            for parsed, seen, more in self._comments_in(below, key, since):
                if not more:
                    there = [entry for entry in below if is_status(entry)]
                    looks[key] = looks[key].then(posts[key], there, now=now)
                after = _looks_after(looks, since)
                yield self._page(parsed, after, more=True, notes={f"seen:{key}": seen})
        after = _looks_after(looks, since)
        yield self._page(Parsed(), after, more=len(due) > MOST_POSTS)

    def recheck(self, cursor: Json) -> Iterator[Page]:
        """Edits and deletions of what the inbox watches, a batch at a time, for ever
        around. What did not change is not repeated."""
        given: Mapping[str, Any] = cursor if isinstance(cursor, Mapping) else {}
        after = given.get("after")
        for turn in range(1, MOST_ROUNDS + 1):
            batch = self.notes.watched(after=after, limit=BATCH)
            parsed = self._changes(batch) if batch else Parsed()
            full = len(batch) == BATCH
            after = batch[-1].mark if full else None
            yield self._page(parsed, {"after": after}, more=full and turn < MOST_ROUNDS)
            if not full:
                return

    def _read(self, entries: Sequence[Any], choose: Callable[[Any], Chosen]) -> Parsed:
        self.atlas.load(_statuses_in(entries, choose))
        return read_items(entries, choose=choose, read=self._parse)

    def _parse(self, status: Status) -> Inbound:
        return parse_status(status, me=self.me, place=self.atlas.place(status))

    def _page(
        self,
        parsed: Parsed,
        cursor: Json,
        *,
        more: bool,
        notes: Mapping[str, Json] | None = None,
    ) -> Page:
        return Page(
            items=parsed.items,
            skipped=parsed.skipped,
            unreadable=parsed.unreadable,
            raw=parsed.raw,
            cursor=cursor,
            more=more,
            notes={**self.atlas.take_notes(), **(notes or {})},
        )

    def _learn_posts(self, entries: Sequence[Any]) -> None:
        roots = [e for e in entries if is_status(e) and parent_of(e) is None]
        self.atlas.load(roots)
        self.atlas.learn(roots)

    def _dialogs(
        self, last: Parsed, since: str | None
    ) -> tuple[dict[str, Json], Parsed]:
        """The dialogs behind a page of last messages, each read once."""
        notes: dict[str, Json] = {}
        found: dict[str, Any] = dict(last.raw)
        for root, latest in {i.thread_id: i.external_id for i in last.items}.items():
            key = f"dialog:{root}"
            floor = self.notes.get(key)
            is_known = root in found or floor is not None
            dialog = self._dialog(root, latest, is_known=is_known)
            found |= {
                identifier: status
                for identifier, status in dialog.items()
                if self._is_new(status, floor, since)
            }
            notes[key] = max((*dialog, latest), key=number_order)
        statuses = [found[identifier] for identifier in sorted(found, key=number_order)]
        parsed = self._read(statuses, a_status)
        return notes, Parsed(
            items=parsed.items,
            skipped=last.skipped,
            unreadable=last.unreadable + parsed.unreadable,
            raw=parsed.raw,
        )

    def _dialog(self, root: str, last: str, *, is_known: bool) -> dict[str, Status]:
        """Every message of one dialog by id. Its root is not in its own context, and
        tells nothing once it was deleted: then the last message's context is left."""
        chain = [*self.api.context(root)[1]]
        if not chain and last != root:
            above, below = self.api.context(last)
            chain = [*above, *below]
        found = [entry for entry in chain if is_status(entry)]
        if not is_known:
            found = [*self.api.statuses([root]).values(), *found]
        return {text_id(entry["id"]): entry for entry in found if is_direct(entry)}

    def _is_new(self, status: Status, floor: Json, since: str | None) -> bool:
        """Not yet given: after the last one given, or possibly late, and in time."""
        at = _time_of(status)
        if at is None:
            return True
        if since is not None and at < datetime.fromisoformat(since):
            return False
        if not isinstance(floor, str) or at > self.now() - LATE:
            return True
        return number_order(text_id(status["id"])) > number_order(floor)

    def _comments_in(
        self, found: Sequence[Any], post: str, since: str | None
    ) -> Iterator[tuple[Parsed, list[str], bool]]:
        """Slices of comments not given yet, oldest first; the last one says so."""
        below = [entry for entry in found if is_status(entry)]
        strange = [entry for entry in found if not is_status(entry)]
        self.atlas.load(below)
        self.atlas.learn(below)
        given = _given(self.notes.get(f"seen:{post}"))
        ids = {text_id(status["id"]) for status in below}
        seen = sorted(given & ids, key=number_order)
        fresh = [
            status
            for status in sorted(below, key=_status_order)
            if text_id(status["id"]) not in given
            and not is_direct(status)
            and _is_since(status, since)
        ]
        for start in range(0, max(len(fresh), 1), SLICE):
            part = fresh[start : start + SLICE]
            seen = [*seen, *(text_id(status["id"]) for status in part)]
            parsed = self._read([*part, *strange], a_status)
            yield parsed, seen, start + SLICE < len(fresh)
            strange = []

    def _changes(self, batch: Sequence[Any]) -> Parsed:
        found = self.api.statuses([watched.external_id for watched in batch])
        edited = [status for status in found.values() if status.get("edited_at")]
        parsed = self._read(edited, a_status)
        gone, lost = [], []
        for watched in batch:
            if watched.external_id not in found:
                try:
                    gone.append(parse_deleted(watched))
                except UNFIT as error:
                    raw = {"external_id": watched.external_id, "handle": watched.handle}
                    lost.append(Unreadable(raw=raw, reason=str(error)))
        return Parsed(
            items=(*parsed.items, *gone),
            unreadable=(*parsed.unreadable, *lost),
            raw=parsed.raw,
        )


def _reply_of_ours(entry: Any) -> Chosen:
    chosen = a_status(entry)
    if isinstance(chosen, Skipped) or parent_of(chosen) or is_direct(chosen):
        return chosen
    return Skipped(reason="own_post", ref=text_id(chosen["id"]))


def _statuses_in(
    entries: Sequence[Any], choose: Callable[[Any], Chosen]
) -> list[Status]:
    found = []
    for entry in entries:
        try:
            chosen = choose(entry)
        except UNFIT:
            continue  # read_items sets it aside
        if not isinstance(chosen, Skipped) and is_status(chosen):
            found.append(chosen)
    return found


def _looks_after(looks: Mapping[str, Look], since: str | None) -> dict[str, Json]:
    posts = {key: look.as_json() for key, look in looks.items() if look.at}
    return {"since": since, "posts": posts}


def _is_since(status: Status, since: str | None) -> bool:
    at = _time_of(status)
    return since is None or at is None or at >= datetime.fromisoformat(since)


def _time_of(status: Status) -> datetime | None:
    stamp = value_in(status, ("created_at",))
    try:
        return read_time(stamp).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def _given(note: Json) -> set[str]:
    if isinstance(note, str) or not isinstance(note, Sequence):
        return set()
    return {str(item) for item in note}


def _status_order(status: Status) -> tuple[int, str]:
    return number_order(text_id(status["id"]))
