"""What one does with a conversation besides answering it.

Every verb takes the conversation's id, who does it (`by`) and `now`; it raises
Conversation.DoesNotExist when `by` may not see it and TriageFault, in the user's
words, when it cannot be done.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from inbox.models import (
    Agent,
    Category,
    Conversation,
    ConversationTag,
    Direction,
    Happening,
    Outcome,
    Priority,
    Status,
    Tag,
    Team,
)
from inbox.services import reply
from inbox.services.change import changing, record

TAG_COLOURS = 12


class TriageFault(Exception):
    """What cannot be done, in the user's words."""


def assign(
    conversation_id: int, *, by: Agent, to: Agent | None, now: datetime
) -> Conversation:
    """Gives it to `to`, or back to the team's queue."""
    with changing(conversation_id, by=by, now=now) as conversation:
        _check_assignable(conversation, to)
        if conversation.assignee_id != (to.pk if to else None):
            record(
                conversation,
                Happening.ASSIGNED,
                by=by,
                now=now,
                agent_id=to.pk if to else None,
                name=to.name if to else None,
                before=conversation.assignee_id,
            )
            conversation.assignee = to
    return conversation


def transfer(
    conversation_id: int, *, by: Agent, team: Team, reason: str = "", now: datetime
) -> Conversation:
    """Gives it to another team's queue: an event of its own, no credit, no reset."""
    with changing(conversation_id, by=by, now=now) as conversation:
        _check_transferable(conversation, team)
        if conversation.team_id == team.pk and conversation.assignee_id is None:
            return conversation
        record(
            conversation,
            Happening.TRANSFERRED,
            by=by,
            now=now,
            team_id=team.pk,
            name=team.name,
            before=conversation.team_id,
            reason=reason,
        )
        conversation.team = team
        conversation.assignee = None
    return conversation


def tag(conversation_id: int, *, by: Agent, name: str, now: datetime) -> Conversation:
    """Adds a tag, new or known; adding it twice changes nothing."""
    name = " ".join(name.strip().lstrip("#").split())[:60]
    if not name:
        raise TriageFault(_("A tag needs a name."))
    with changing(conversation_id, by=by, now=now) as conversation:
        found = _tag(conversation.workspace_id, name)
        _row, made = ConversationTag.objects.get_or_create(
            conversation=conversation, tag=found
        )
        if made:
            record(
                conversation,
                Happening.TAGGED,
                by=by,
                now=now,
                tag_id=found.pk,
                name=found.name,
            )
    return conversation


def untag(
    conversation_id: int, *, by: Agent, tag_id: int, now: datetime
) -> Conversation:
    """Takes a tag away; closed figures keep it."""
    with changing(conversation_id, by=by, now=now) as conversation:
        row = ConversationTag.objects.filter(
            conversation=conversation, tag_id=tag_id
        ).select_related("tag")
        for link in row:
            record(
                conversation,
                Happening.UNTAGGED,
                by=by,
                now=now,
                tag_id=tag_id,
                name=link.tag.name,
            )
        row.delete()
    return conversation


def categorise(
    conversation_id: int, *, by: Agent, category: Category | None, now: datetime
) -> Conversation:
    """Says what it is: question, praise, complaint or neutral mention."""
    with changing(conversation_id, by=by, now=now) as conversation:
        value = category.value if category else ""
        if conversation.category != value:
            record(
                conversation,
                Happening.CATEGORISED,
                by=by,
                now=now,
                category=value,
                before=conversation.category,
            )
        conversation.category = value
        conversation.suggested_by = ""
        conversation.confirmed_by = by if category else None
    return conversation


def prioritise(
    conversation_id: int, *, by: Agent, priority: Priority, now: datetime
) -> Conversation:
    """Sets how much it presses; targets follow from now on."""
    with changing(conversation_id, by=by, now=now) as conversation:
        if conversation.priority != priority:
            record(
                conversation,
                Happening.PRIORITISED,
                by=by,
                now=now,
                priority=priority.value,
                before=conversation.priority,
            )
        conversation.priority = priority
    return conversation


def resolve(
    conversation_id: int,
    *,
    by: Agent,
    outcome: Outcome | None = None,
    reason: str = "",
    seen: int | None = None,
    now: datetime,
) -> Conversation:
    """Ends the matter. While somebody waits for a reply, and none is on its way, an
    outcome has to be given. If that reply is not delivered, the matter is open again.

    `seen` is the id of the last message that the agent saw: an outcome must not end the
    wait of a question that nobody read. None: not asked.
    """
    with changing(conversation_id, by=by, now=now) as conversation:
        if conversation.is_resolved:
            return conversation
        _check_read(conversation, seen)
        if needs_outcome(conversation) and outcome is None:
            raise TriageFault(
                _("Somebody still waits for a reply. Say why none is needed.")
            )
        if outcome is not None:
            record(
                conversation,
                Happening.OUTCOME,
                by=by,
                now=now,
                outcome=outcome.value,
                reason=reason,
            )
        record(conversation, Happening.RESOLVED, by=by, now=now)
        conversation.status = Status.RESOLVED
        conversation.outcome = outcome or ""
        conversation.resolved_at = now
        conversation.snoozed_until = None
    return conversation


def needs_outcome(conversation: Conversation) -> bool:
    """Whether resolving has to say why somebody gets no reply."""
    waits = conversation.waiting_since is not None
    return waits and not reply.is_on_its_way(conversation)


def reopen(conversation_id: int, *, by: Agent, now: datetime) -> Conversation:
    """Takes it up again."""
    with changing(conversation_id, by=by, now=now) as conversation:
        if conversation.is_resolved:
            record(conversation, Happening.REOPENED, by=by, now=now)
            conversation.status = Status.OPEN
            conversation.outcome = ""
            conversation.resolved_at = None
    return conversation


def _check_read(conversation: Conversation, seen: int | None) -> None:
    if seen is None:
        return
    theirs = conversation.messages.filter(direction=Direction.IN, pk__gt=seen)
    if theirs.exists():
        raise TriageFault(_("The customer wrote meanwhile. Nothing was resolved."))


def _check_assignable(conversation: Conversation, to: Agent | None) -> None:
    if to is None:
        return
    if not Conversation.objects.visible_to(to).filter(pk=conversation.pk).exists():
        raise TriageFault(_("%(name)s cannot see this channel.") % {"name": to.name})


def _check_transferable(conversation: Conversation, team: Team) -> None:
    if team.workspace_id != conversation.workspace_id:
        raise TriageFault(_("This team is not in your workspace."))
    teams = set(conversation.channel.teams.values_list("pk", flat=True))
    if teams and team.pk not in teams:
        raise TriageFault(_("%(name)s cannot see this channel.") % {"name": team.name})


def _tag(workspace_id: int, name: str) -> Tag:
    found = Tag.objects.filter(workspace_id=workspace_id, name__iexact=name).first()
    if found:
        return found
    colour = sum(name.encode()) % TAG_COLOURS
    made, _new = Tag.objects.get_or_create(
        workspace_id=workspace_id, name=name, defaults={"colour": colour}
    )
    return made
