"""A connected account, the streams that are polled for it, and what it remembers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models.encrypted import EncryptedJSONField


class ChannelState(models.TextChoices):
    WORKING = "working", _("working")
    UNAUTHORIZED = "unauthorized", _("access lost")
    STOPPED = "stopped", _("reading stopped")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to_agent(self, agent_id: int) -> Self:
        """Channels of the agent's workspaces; one with teams is for those teams."""
        return self.filter(workspace__membership__agent_id=agent_id).filter(
            models.Q(channelteam__isnull=True)
            | models.Q(channelteam__team__teammember__agent_id=agent_id)
            | models.Q(
                workspace__membership__agent_id=agent_id,
                workspace__membership__role="admin",
            )
        )


class Channel(models.Model):
    """One account of ours on one platform."""

    workspace = models.ForeignKey("inbox.Workspace", models.PROTECT)
    kind = models.CharField(max_length=40)
    """The platform's slug, as `connectors.kinds()` lists it."""
    external_id = models.TextField()
    """Our account's id on the platform."""
    name = models.CharField(max_length=200)
    handle = models.CharField(max_length=200, blank=True)
    avatar_url = models.TextField(null=True, blank=True)
    url = models.TextField(null=True, blank=True)
    identities = models.JSONField(default=list)
    """Every author id that is us, so that our own words never open anything."""
    settings = models.JSONField(default=dict)
    secrets = EncryptedJSONField(default=dict)
    default_team = models.ForeignKey("inbox.Team", models.PROTECT)
    teams = models.ManyToManyField(
        "inbox.Team", through="ChannelTeam", related_name="channels"
    )
    """Who sees it; no team means everybody."""
    read_from = models.DateTimeField()
    """Older items are stored as history: closed, searchable, in no team figure."""
    unanswered_from = models.DateTimeField(null=True, blank=True)
    """Unanswered private messages since then are live all the same."""
    unauthorized_at = models.DateTimeField(null=True, blank=True)
    sending_paused_at = models.DateTimeField(null=True, blank=True)
    reading_stopped_at = models.DateTimeField(null=True, blank=True)
    trouble = models.JSONField(default=dict, blank=True)
    """Capability -> error code, for what the platform forbids while the rest works."""
    connected_by = models.ForeignKey(
        "inbox.Agent", models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "external_id"], name="channel_once"
            ),
        ]

    def __str__(self) -> str:
        return self.handle or self.name

    @property
    def state(self) -> ChannelState:
        if self.reading_stopped_at:
            return ChannelState.STOPPED
        if self.unauthorized_at:
            return ChannelState.UNAUTHORIZED
        return ChannelState.WORKING

    @property
    def is_sending(self) -> bool:
        return not (self.sending_paused_at or self.unauthorized_at)


class ChannelTeam(models.Model):
    channel = models.ForeignKey(Channel, models.CASCADE)
    team = models.ForeignKey("inbox.Team", models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "team"], name="channel_team_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.team_id}"


class StreamQuerySet(models.QuerySet["Stream"]):
    def due(self, now: datetime) -> Self:
        """Streams to read now: due, not held by a live lease, channel readable."""
        return self.filter(
            models.Q(leased_until__isnull=True) | models.Q(leased_until__lt=now),
            due_at__lte=now,
            channel__reading_stopped_at__isnull=True,
            channel__unauthorized_at__isnull=True,
        )


class Stream(models.Model):
    """One pollable source of a channel: its cursor, pace, health and lease."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="streams")
    name = models.CharField(max_length=40)
    cursor = models.JSONField(default=dict)
    pace = models.PositiveIntegerField()
    """Seconds between two readings when all is well."""
    due_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    """Failed readings in a row."""
    error_code = models.CharField(max_length=40, blank=True)
    error_words = models.TextField(blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_item_at = models.DateTimeField(null=True, blank=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "name"], name="stream_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="stream_due")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.name}"


class ChannelNote(models.Model):
    """The connector's own memory: a value under a key."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="notes")
    key = models.CharField(max_length=200)
    value = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "key"], name="channel_note_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Spending(models.Model):
    """Units of a platform's paid or daily budget: reserved before, settled after."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    scope = models.CharField(max_length=80)
    period = models.CharField(max_length=20)
    """The platform's own accounting period, such as a UTC day: `2026-11-21`."""
    reserved = models.PositiveIntegerField(default=0)
    spent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "scope", "period"], name="spending_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.period}"


class ConnectionTest(models.Model):
    """One press of *test the connection*: a worker runs it, the page asks after it.

    Before a channel exists the settings under test stand here, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True)
    kind = models.CharField(max_length=40)
    settings = EncryptedJSONField(default=dict)
    asked_by = models.ForeignKey("inbox.Agent", models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    account = models.JSONField(null=True, blank=True)
    """Who the platform says we are, when the test went well."""
    error_code = models.CharField(max_length=40, blank=True)
    error_words = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at}"
