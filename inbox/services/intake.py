"""Items of one channel become messages of conversations, in a constant number of
queries for any number of items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Max

from connectors import Author, Direction, Inbound
from connectors import Form as ItemForm
from inbox.models import (
    Attachment,
    Channel,
    Delivery,
    Form,
    Message,
    Origin,
    Thread,
    Visibility,
)
from inbox.models import Direction as Way
from inbox.services import (
    authors,
    clocks,
    echo,
    language,
    orphans,
    routing,
    summary,
    threads,
)
from inbox.services.authors import KnownAuthor
from inbox.services.edits import Edits
from inbox.services.routing import Routes
from inbox.services.write import write


@dataclass(slots=True, kw_only=True)
class Intake:
    """The work on one batch. `take_in` is all of it; the rest is its steps in order."""

    channel: Channel
    now: datetime
    authors: dict[str, KnownAuthor] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    answered: dict[int, datetime] = field(default_factory=dict)
    """Thread -> our newest word in it, where what is old may still be waiting."""
    known: dict[str, Message] = field(default_factory=dict)
    sends: list[Message] = field(default_factory=list)
    new: list[Message] = field(default_factory=list)
    adopted: list[Message] = field(default_factory=list)
    joined: list[Message] = field(default_factory=list)
    """Answers of ours that found what they answer."""
    touched: dict[int, datetime] = field(default_factory=dict)
    """Conversation -> the earliest moment that changed in it."""
    changed: set[str] = field(default_factory=set)
    """The network's ids of what was new or another than before."""

    def take_in(self, items: Sequence[Inbound]) -> int:
        """Stores what is new, applies what changed; the number of new messages."""
        batch = _in_order(_sound(item, self.now) for item in items)
        self.authors = authors.resolve(self.channel, batch, now=self.now)
        self.threads = threads.resolve(self.channel, batch, now=self.now)
        self.answered = self._last_answers(batch)
        self.known = self._stored(batch)
        self.sends = echo.open_sends(self.channel, self.threads.values(), batch)
        routes = self._routes()
        edits = Edits(now=self.now)
        for item in batch:
            self._take(item, routes, edits)
        routes.save()
        edits.save()
        self._save(batch)
        self._settle_orphans(routes)
        self._show(routes, edits)
        return len(self.new)

    def _last_answers(self, batch: list[Inbound]) -> dict[int, datetime]:
        """Only private items older than the channel's beginning ask for it."""
        old = {
            self.threads[item.thread_id].pk
            for item in batch
            if item.form == ItemForm.MESSAGE
            and item.published_at < self.channel.read_from
        }
        if not old:
            return {}
        ours = Message.objects.filter(thread_id__in=old, direction=Way.OUT)
        rows = ours.values_list("thread_id").annotate(last=Max("published_at"))
        answered: dict[int, datetime] = dict(rows.order_by())
        for item in batch:
            thread_id = self.threads[item.thread_id].pk
            if item.direction == Direction.OUT and thread_id in old:
                last = answered.get(thread_id, item.published_at)
                answered[thread_id] = max(last, item.published_at)
        return answered

    def _stored(self, batch: list[Inbound]) -> dict[str, Message]:
        """The batch's own items and their parents, as far as they are rows already."""
        ids = {item.external_id for item in batch}
        ids |= {item.parent_id for item in batch if item.parent_id}
        rows = Message.objects.filter(channel=self.channel, external_id__in=ids)
        return {row.external_id or "": row for row in rows}

    def _routes(self) -> Routes:
        contacts = {author.contact_id for author in self.authors.values()}
        touched = [*self.known.values(), *self.sends]
        others = {row.conversation_id for row in touched if row.conversation_id}
        return routing.load(self.channel, self.threads, contacts, others, now=self.now)

    def _take(self, item: Inbound, routes: Routes, edits: Edits) -> None:
        stored = self.known.get(item.external_id)
        if stored is not None:
            if stored.pk and edits.apply(stored, item):
                self._touch(stored.conversation_id, stored.published_at)
                self.changed.add(item.external_id)
            return
        if item.deleted:
            return
        thread = self.threads[item.thread_id]
        self.changed.add(item.external_id)
        send = self._sent(item, thread)
        if send is not None:
            self._adopt(send, item)
        else:
            self.known[item.external_id] = self._new(item, thread, routes)

    def _sent(self, item: Inbound, thread: Thread) -> Message | None:
        if item.direction != Direction.OUT:
            return None
        parent = self.known.get(item.parent_id or "")
        home = parent.conversation_id if parent is not None else None
        return echo.match(item, thread, self.sends, home=home)

    def _adopt(self, send: Message, item: Inbound) -> None:
        self._touch(send.conversation_id, min(send.published_at, item.published_at))
        echo.adopt(send, item)
        self.adopted.append(send)
        self.known[item.external_id] = send

    def _new(self, item: Inbound, thread: Thread, routes: Routes) -> Message:
        message = self._message(item, thread)
        if item.direction == Direction.OUT:
            parent = self.known.get(item.parent_id or "")
            message.conversation = routes.of_own(parent, thread)
        else:
            author = self._author(item)
            message.conversation = routes.of_contact(
                item, thread, author.contact_id, Origin(message.origin)
            )
        self.new.append(message)
        return message

    def _author(self, item: Inbound) -> KnownAuthor:
        if item.author is None:
            raise ValueError("an item without an author")
        return self.authors[item.author.id]

    def _message(self, item: Inbound, thread: Thread) -> Message:
        is_ours = item.direction == Direction.OUT
        author = self.authors.get(item.author.id) if item.author else None
        last = self.answered.get(thread.pk)
        is_answered = last is not None and last > item.published_at
        origin = routing.origin_of(item, self.channel, answered=is_answered)
        is_private = item.form == ItemForm.MESSAGE
        return Message(
            workspace_id=self.channel.workspace_id,
            channel=self.channel,
            thread=thread,
            external_id=item.external_id,
            direction=Way(item.direction.value),
            visibility=Visibility.PRIVATE if is_private else thread.visibility,
            form=item.form.value,
            origin=origin,
            is_addressed=item.addressed and not is_ours,
            author=author.snapshot if author else None,
            text=item.text,
            language=item.language or language.detect(item.text),
            parent_external_id=item.parent_id,
            url=item.url,
            handle=item.handle,
            can=[capability.value for capability in item.can],
            reply_until=item.reply_until,
            published_at=item.published_at,
            position=item.position or 0,
            fetched_at=self.now if origin == Origin.LIVE else None,
            edited_at=item.edited_at,
            delivery=Delivery.SENT if is_ours else Delivery.NONE,
            delivered_at=item.published_at if is_ours else None,
        )

    def _save(self, batch: list[Inbound]) -> None:
        Message.objects.bulk_create(self.new)
        write(self.adopted, echo.ADOPTED_COLUMNS)
        items = {item.external_id: item for item in batch}
        Attachment.objects.bulk_create(
            Attachment(
                message=message,
                position=position,
                kind=media.kind.value,
                ref=media.ref,
                mime=media.mime,
                width=media.width,
                height=media.height,
                alt=media.alt,
            )
            for message in self.new
            for position, media in enumerate(items[message.external_id or ""].media)
        )
        for message in self.new:
            self._touch(message.conversation_id, message.published_at)

    def _settle_orphans(self, routes: Routes) -> None:
        """Answers of ours that came before what they answer join its conversation."""
        homes = {
            message.external_id: message.conversation_id
            for message in (*self.new, *self.adopted)
            if message.external_id and message.conversation_id
        }
        dialogs = {
            thread_id: conversation.pk
            for (thread_id, _contact), conversation in routes.pointers.items()
            if conversation.form == Form.MESSAGE
        }
        self.joined = [
            *orphans.bring_home(self.channel.pk, homes),
            *orphans.bring_home_in_dialogs(dialogs),
        ]
        for orphan in self.joined:
            self._touch(orphan.conversation_id, orphan.published_at)

    def _show(self, routes: Routes, edits: Edits) -> None:
        """Brings the feed's columns and the clocks up to date."""
        summary.refresh(
            [routes.conversations[pk] for pk in self.touched],
            [*self.new, *edits.changed, *self.adopted, *self.joined],
            now=self.now,
        )
        clocks.refresh(self.touched, now=self.now)

    def _touch(self, conversation_id: int | None, at: datetime) -> None:
        if conversation_id is not None:
            earliest = self.touched.get(conversation_id, at)
            self.touched[conversation_id] = min(earliest, at)


def _sound(item: Inbound, now: datetime) -> Inbound:
    """No time ahead of ours; a customer whom the network does not name is somebody."""
    author = item.author
    if author is None and item.direction == Direction.IN:
        author = Author(id=f"unnamed:{item.thread_id}")
    at = min(item.published_at, now)
    return replace(item, author=author, published_at=at)


def _in_order(items: Iterable[Inbound]) -> list[Inbound]:
    """Each item once, in its latest state, oldest first: parents before answers."""
    latest: dict[str, Inbound] = {}
    for item in items:
        other = latest.get(item.external_id)
        if other is None or _age(item) >= _age(other):
            latest[item.external_id] = item
    return sorted(
        latest.values(),
        key=lambda item: (item.published_at, item.position or 0, item.external_id),
    )


def _age(item: Inbound) -> tuple[bool, datetime]:
    """What is deleted stays so, whatever else the page says of it."""
    return (item.deleted, item.edited_at or item.published_at)
