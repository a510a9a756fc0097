"""What was said: by them, by us, and what became of what we said."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    IN = "in"
    OUT = "out"


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")
    INTERNAL = "internal", _("Note")


class Form(models.TextChoices):
    MESSAGE = "message", _("Message")
    COMMENT = "comment", _("Comment")
    MENTION = "mention", _("Mention")
    REVIEW = "review", _("Review")


class Origin(models.TextChoices):
    LIVE = "live"
    BACKFILL = "backfill"
    IMPORT = "import"


class Delivery(models.TextChoices):
    """`queued -> sending -> sent | failed | unknown`; empty for what came in."""

    NONE = ""
    QUEUED = "queued", _("on its way")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not sent")
    UNKNOWN = "unknown", _("not known whether it arrived")


class MessageQuerySet(models.QuerySet["Message"]):
    def in_order(self) -> Self:
        return self.order_by("published_at", "position", "id")

    def to_send(self, now: datetime) -> Self:
        """Queued replies whose time has come, on channels that may send."""
        return self.filter(
            delivery=Delivery.QUEUED,
            send_at__lte=now,
            channel__sending_paused_at__isnull=True,
            channel__unauthorized_at__isnull=True,
        )

    def abandoned(self, now: datetime) -> Self:
        """Claimed for sending by a worker that never came back."""
        return self.filter(delivery=Delivery.SENDING, claimed_until__lt=now)

    def unconfirmed(self, now: datetime) -> Self:
        """Of unknown fate, and time to look for them on the platform."""
        return self.filter(delivery=Delivery.UNKNOWN, send_at__lte=now)


class Message(models.Model):
    """One item of a thread. Ours is a row from the moment Send is pressed."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    channel = models.ForeignKey("inbox.Channel", models.PROTECT)
    thread = models.ForeignKey(
        "inbox.Thread", models.CASCADE, null=True, related_name="messages"
    )
    """Null only for a note."""
    conversation = models.ForeignKey(
        "inbox.Conversation", models.CASCADE, null=True, related_name="messages"
    )
    """Null while ours answers something not yet read: its parent brings it home."""
    external_id = models.TextField(null=True, blank=True)
    direction = models.CharField(max_length=3, choices=Direction)
    visibility = models.CharField(max_length=10, choices=Visibility)
    form = models.CharField(max_length=10, choices=Form)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE)
    is_addressed = models.BooleanField(default=False)
    """To us; otherwise chatter between others."""
    author = models.ForeignKey(
        "inbox.AuthorSnapshot", models.PROTECT, null=True, related_name="+"
    )
    agent = models.ForeignKey(
        "inbox.Agent", models.PROTECT, null=True, related_name="messages"
    )
    """Who of us wrote it; null on an outbound one means: typed elsewhere."""
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8, null=True, blank=True)
    parent_external_id = models.TextField(null=True, blank=True)
    url = models.TextField(null=True, blank=True)
    handle = models.JSONField(null=True, blank=True)
    """The connector's own words for where a reply goes; opaque here."""
    can = models.JSONField(default=list, blank=True)
    reply_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()
    """The platform's server time; for ours until it is sent, when Send was pressed."""
    position = models.BigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    delivery = models.CharField(
        max_length=8, choices=Delivery, default=Delivery.NONE, blank=True
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    """The idempotency token the platform gets; made before the first try."""
    answers = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="answered_by"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    """When Send was pressed."""
    send_at = models.DateTimeField(null=True, blank=True)
    """When the next try, or the next look for it, is due."""
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    last_tried_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_words = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="message_once"
            ),
            models.UniqueConstraint(fields=["key"], name="message_key"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "published_at", "position", "id"],
                name="message_talk",
            ),
            models.Index(
                fields=["thread", "published_at", "position", "id"],
                name="message_thread",
            ),
            models.Index(
                fields=["channel", "parent_external_id"],
                condition=Q(direction="out"),
                name="message_answer",
            ),
            models.Index(
                fields=["send_at"],
                condition=Q(delivery__in=("queued", "unknown")),
                name="message_due",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=Q(delivery="sending"),
                name="message_claimed",
            ),
            models.Index(
                fields=["agent", "answered_at"],
                condition=Q(direction="out"),
                name="message_by",
            ),
            models.Index(
                fields=["conversation", "published_at"],
                condition=Q(direction="out")
                | Q(deleted_at__isnull=False)
                | ~Q(origin="live"),
                name="message_ends_wait",
            ),
            GinIndex(name="message_text", fields=["text"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_note(self) -> bool:
        return self.visibility == Visibility.INTERNAL

    @property
    def is_outside(self) -> bool:
        """Ours, but typed in the network's own app."""
        return self.direction == Direction.OUT and self.agent_id is None


class MessageVersion(models.Model):
    """What a message said before it was edited."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="versions")
    text = models.TextField(blank=True)
    replaced_at = models.DateTimeField()
    """The platform's time of the edit, else when we saw it."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["message", "replaced_at"], name="version_history"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Attachment(models.Model):
    """A picture, video, sound or file of a message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=16)
    ref = models.JSONField(null=True, blank=True)
    """What the connector needs to fetch it; opaque here."""
    mime = models.CharField(max_length=120, null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    alt = models.TextField(null=True, blank=True)
    stored_name = models.TextField(null=True, blank=True)
    """Where our copy is, by content; null until it is fetched."""
    size = models.PositiveBigIntegerField(null=True, blank=True)
    refused = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "position"], name="attachment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.position}"
