"""Whose conversation a new item belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors import Form, Inbound
from inbox.models import (
    Channel,
    Conversation,
    Event,
    Happening,
    Message,
    Origin,
    Participation,
    Status,
    Thread,
)


@dataclass(slots=True, kw_only=True)
class Routes:
    """Conversations of the threads of a page, all locked, kept up while it is read."""

    channel: Channel
    now: datetime
    by_contact: dict[tuple[int, int], Conversation]
    """(thread, contact) -> where that contact's next message there goes."""
    conversations: dict[int, Conversation]
    new: list[Conversation] = field(default_factory=list)
    pointers: dict[tuple[int, int], Conversation] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def of_contact(
        self, item: Inbound, thread: Thread, contact_id: int, origin: Origin
    ) -> Conversation:
        """The conversation a customer's item joins, reopens or starts."""
        key = (thread.pk, contact_id)
        present = self.by_contact.get(key)
        if present is None or self._begins_anew(present, item, origin):
            present = self._start(item, thread, contact_id, origin)
            self.by_contact[key] = self.pointers[key] = present
        elif item.addressed and origin == Origin.LIVE:
            self._wake(present, item)
        return present

    def of_own(self, parent: Message | None, thread: Thread) -> Conversation | None:
        """The conversation our own item belongs to; it never starts one."""
        home = self._home(parent) if parent is not None else None
        if home is not None:
            return home
        here = [
            conversation
            for (thread_id, _contact), conversation in self.by_contact.items()
            if thread_id == thread.pk
        ]
        is_dialog = thread.visibility == "private" and len(here) == 1
        return here[0] if is_dialog else None

    def save(self) -> None:
        """Writes what began and where next messages go, in three statements."""
        Conversation.objects.bulk_create(self.new)
        self.conversations.update({row.pk: row for row in self.new})
        Participation.objects.bulk_create(
            (
                Participation(
                    thread_id=thread_id,
                    contact_id=contact_id,
                    conversation=conversation,
                )
                for (thread_id, contact_id), conversation in self.pointers.items()
            ),
            update_conflicts=True,
            unique_fields=["thread", "contact"],
            update_fields=["conversation"],
        )
        Event.objects.bulk_create(self.events)

    def _home(self, parent: Message) -> Conversation | None:
        # A parent of this very page has a conversation that may not be stored yet.
        stored = self.conversations.get(parent.conversation_id or 0)
        return stored or parent.conversation

    def _begins_anew(
        self, present: Conversation, item: Inbound, origin: Origin
    ) -> bool:
        if origin == Origin.LIVE and present.origin != Origin.LIVE:
            return True
        if not item.addressed or present.resolved_at is None:
            return False
        within = self.channel.workspace.reopen_seconds(present.form)
        return item.published_at - present.resolved_at > timedelta(seconds=within)

    def _start(
        self, item: Inbound, thread: Thread, contact_id: int, origin: Origin
    ) -> Conversation:
        is_open = item.addressed and origin == Origin.LIVE
        conversation = Conversation(
            workspace_id=self.channel.workspace_id,
            channel=self.channel,
            contact_id=contact_id,
            thread=thread,
            post_id=thread.post_id,
            team_id=self.channel.default_team_id,
            form=item.form.value,
            origin=origin,
            status=Status.OPEN if is_open else Status.RESOLVED,
            opened_at=item.published_at,
            resolved_at=item.published_at if origin != Origin.LIVE else None,
            last_message_at=item.published_at,
            changed_at=self.now,
        )
        self.new.append(conversation)
        return conversation

    def _wake(self, conversation: Conversation, item: Inbound) -> None:
        """A word of the customer's ends every rest; what was resolved is reopened."""
        if conversation.resolved_at is not None:
            self.events.append(
                Event(
                    workspace_id=conversation.workspace_id,
                    conversation=conversation,
                    channel_id=conversation.channel_id,
                    what=Happening.REOPENED,
                    at=self.now,
                    data={"why": "customer", "external_id": item.external_id},
                )
            )
        elif conversation.is_resolved:  # only chatter so far: nothing was open yet
            conversation.opened_at = item.published_at
        conversation.status = Status.OPEN
        conversation.resolved_at = None
        conversation.snoozed_until = None
        conversation.outcome = ""


def load(
    channel: Channel,
    threads: dict[str, Thread],
    contact_ids: set[int],
    others: set[int],
    *,
    now: datetime,
) -> Routes:
    """Routes of these threads and contacts; every conversation locked in id order.

    `others` are further conversations the page touches (edits, answers, echoes).
    """
    thread_ids = [thread.pk for thread in threads.values()]
    rows = list(
        Participation.objects.filter(
            thread_id__in=thread_ids, contact_id__in=contact_ids
        )
    ) + _dialogs(threads)
    wanted = {row.conversation_id for row in rows} | others
    locked = {
        row.pk: row
        for row in Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("last_inbound")
        .filter(pk__in=wanted)
        .order_by("pk")
    }
    return Routes(
        channel=channel,
        now=now,
        conversations=locked,
        by_contact={
            (row.thread_id, row.contact_id): locked[row.conversation_id] for row in rows
        },
    )


def _dialogs(threads: dict[str, Thread]) -> list[Participation]:
    """A private thread's own participations: our side of it names no contact."""
    private = [
        thread.pk for thread in threads.values() if thread.visibility == "private"
    ]
    return list(Participation.objects.filter(thread_id__in=private))


def origin_of(item: Inbound, channel: Channel, *, answered: bool) -> Origin:
    """LIVE unless it is older than what the admin chose to begin with.

    `answered`: something of ours stands after it in its thread.
    """
    if item.published_at >= channel.read_from:
        return Origin.LIVE
    since = channel.unanswered_from
    is_recent = since is not None and item.published_at >= since
    if item.form == Form.MESSAGE and is_recent and not answered:
        return Origin.LIVE
    return Origin.BACKFILL
