"""History: who did what when. Appended, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Happening(models.TextChoices):
    OPENED = "opened"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    CATEGORISED = "categorised"
    PRIORITISED = "prioritised"
    SNOOZED = "snoozed"
    PENDING = "pending"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    OUTCOME = "outcome"
    REQUESTED = "requested"
    """Chatter made a request."""
    WENT_PRIVATE = "went_private"
    LINKED = "linked"
    UNLINKED = "unlinked"
    OUTAGE_OPENED = "outage_opened"
    OUTAGE_CLOSED = "outage_closed"
    POLICY_MOVED = "policy_moved"
    BREACHED = "breached"
    BREACH_RETRACTED = "breach_retracted"
    SEND_FAILED = "send_failed"
    SENT_AGAIN = "sent_again"
    CHANNEL = "channel"
    """Something was done to the channel: `data.what` says what."""
    PEOPLE = "people"
    """An agent or a team was changed: `data.what` says what."""


class Event(models.Model):
    """One line of history; about a conversation, else a channel or the workspace."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    conversation = models.ForeignKey(
        "inbox.Conversation", models.CASCADE, null=True, related_name="events"
    )
    channel = models.ForeignKey("inbox.Channel", models.CASCADE, null=True)
    message = models.ForeignKey(
        "inbox.Message", models.SET_NULL, null=True, related_name="+"
    )
    agent = models.ForeignKey(
        "inbox.Agent", models.PROTECT, null=True, related_name="+"
    )
    """Who did it; null means the program or the platform."""
    what = models.CharField(max_length=24, choices=Happening)
    data = models.JSONField(default=dict, blank=True)
    """Names as they were then beside ids, so that history reads without joins."""
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["conversation", "at", "id"], name="event_history"),
            models.Index(fields=["channel", "what", "at"], name="event_channel"),
            models.Index(fields=["workspace", "at"], name="event_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M:%S}"
