"""One contact's matter: the unit that is assigned, answered, timed and resolved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from inbox.models.message import Form, Origin

if TYPE_CHECKING:
    from inbox.models.people import Agent

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Sorts what has no due time after all that has one, so that rows compare plainly."""


class Status(models.TextChoices):
    OPEN = "open", _("open")
    PENDING = "pending", _("waits for customer")
    SNOOZED = "snoozed", _("snoozed")
    RESOLVED = "resolved", _("resolved")


class Category(models.TextChoices):
    QUESTION = "question", _("Question")
    PRAISE = "praise", _("Praise")
    COMPLAINT = "complaint", _("Complaint")
    NEUTRAL = "neutral", _("Neutral")


class Priority(models.IntegerChoices):
    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class Outcome(models.TextChoices):
    """How a wait ended without a reply; leaves the denominator, shown apart."""

    NO_REPLY_NEEDED = "no_reply_needed", _("No reply needed")
    MODERATED = "moderated", _("Moderated")
    SPAM = "spam", _("Spam")
    ANSWERED_ELSEWHERE = "answered_elsewhere", _("Answered elsewhere")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, agent: Agent) -> Self:
        """What this agent may see: used by feed, counters, report, export, stream.

        A channel without teams is everybody's; one with teams is its teams' and the
        admins'. A deactivated agent sees nothing.
        """
        if not agent.is_active:
            return self.none()
        from inbox.models.channel import Channel

        channels = Channel.objects.visible_to_agent(agent.pk).values("pk")
        return self.filter(channel_id__in=channels)

    def open(self) -> Self:
        return self.filter(status=Status.OPEN)

    def unassigned(self) -> Self:
        return self.filter(assignee__isnull=True)

    def overdue(self, now: datetime) -> Self:
        return self.filter(next_due_at__lte=now)


class Conversation(models.Model):
    """A contact's matter. Sort columns are kept by services; none depends on now."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    channel = models.ForeignKey("inbox.Channel", models.PROTECT)
    contact = models.ForeignKey(
        "inbox.Contact", models.PROTECT, related_name="conversations"
    )
    thread = models.ForeignKey(
        "inbox.Thread", models.PROTECT, related_name="conversations"
    )
    """Where it began."""
    post = models.ForeignKey("inbox.Post", models.SET_NULL, null=True, blank=True)
    team = models.ForeignKey("inbox.Team", models.PROTECT)
    assignee = models.ForeignKey(
        "inbox.Agent", models.PROTECT, null=True, blank=True, related_name="assigned"
    )
    form = models.CharField(max_length=10, choices=Form)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(
        choices=Priority, default=Priority.NORMAL
    )
    category = models.CharField(max_length=12, choices=Category, blank=True)
    suggested_by = models.CharField(max_length=40, blank=True)
    """What proposed the category; empty when a person chose it."""
    confirmed_by = models.ForeignKey(
        "inbox.Agent", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    tags: models.ManyToManyField[Tag, ConversationTag] = models.ManyToManyField(
        "Tag", through="ConversationTag"
    )
    language = models.CharField(max_length=8, null=True, blank=True)

    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField()
    last_inbound = models.ForeignKey(
        "inbox.Message", models.SET_NULL, null=True, related_name="+"
    )
    """The customer's newest message: what the feed card shows."""
    preview = models.TextField(blank=True)
    """Its first words, so that a card needs no message row."""
    author = models.ForeignKey(
        "inbox.AuthorSnapshot", models.SET_NULL, null=True, related_name="+"
    )

    news_at = models.DateTimeField(null=True, blank=True)
    """When we last received something of the customer's; unread compares it."""
    next_due_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    reply_until = models.DateTimeField(null=True, blank=True)
    """When the platform's reply window closes."""
    urgent_at = models.GeneratedField(
        expression=Coalesce(Least(F("next_due_at"), F("reply_until")), Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    version = models.PositiveBigIntegerField(default=0)
    """Goes up with every change one could see; the pulse compares it."""
    changed_at = models.DateTimeField()

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "status", "urgent_at", "id"], name="feed_urgent"
            ),
            models.Index(
                fields=["workspace", "status", "-last_message_at", "-id"],
                name="feed_newest",
            ),
            models.Index(
                fields=["workspace", "status", "waiting_since", "id"],
                name="feed_waiting",
            ),
            models.Index(
                fields=["workspace", "status", "priority", "urgent_at", "id"],
                name="feed_priority",
            ),
            models.Index(
                fields=["assignee", "status", "urgent_at", "id"], name="feed_assignee"
            ),
            models.Index(
                fields=["channel", "status", "urgent_at", "id"], name="feed_channel"
            ),
            models.Index(
                fields=["team", "status", "urgent_at", "id"], name="feed_team"
            ),
            models.Index(
                fields=["contact", "-last_message_at"], name="contact_history"
            ),
            models.Index(fields=["workspace", "changed_at", "id"], name="feed_changed"),
            models.Index(
                fields=["next_due_at"],
                condition=Q(next_due_at__isnull=False, breached_at__isnull=True),
                name="promise_due",
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(status="snoozed"),
                name="snooze_due",
            ),
        ]

    def __str__(self) -> str:
        return self.preview[:60]

    @property
    def is_resolved(self) -> bool:
        return self.status == Status.RESOLVED


class Tag(models.Model):
    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    name = models.CharField(max_length=60)
    colour = models.PositiveSmallIntegerField(default=0)
    """One of twelve classes, 0 to 11."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tag_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ConversationTag(models.Model):
    conversation = models.ForeignKey(Conversation, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "tag"], name="conversation_tag_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tag", "conversation"], name="tag_conversations"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.tag_id}"


class ReadState(models.Model):
    """How far an agent has read."""

    agent = models.ForeignKey("inbox.Agent", models.CASCADE)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="read_states"
    )
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "conversation"], name="read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.conversation_id}"


class Draft(models.Model):
    """What an agent is about to say; never lost, the agent's own."""

    agent = models.ForeignKey("inbox.Agent", models.CASCADE)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="drafts"
    )
    text = models.TextField(blank=True)
    visibility = models.CharField(max_length=10)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "conversation"], name="draft_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
