"""What the platform said, word for word, for as long as it may be needed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RawPayload(models.Model):
    """A stored item as it came, redacted; kept 14 days."""

    channel = models.ForeignKey("inbox.Channel", models.CASCADE)
    external_id = models.TextField()
    payload = models.JSONField()
    fetched_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["fetched_at"], name="raw_age"),
            models.Index(fields=["channel", "external_id"], name="raw_item"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Quarantine(models.Model):
    """An item nobody could read: kept raw, counted, replayable after a fix."""

    channel = models.ForeignKey("inbox.Channel", models.CASCADE)
    stream = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    raw = models.TextField()
    reason = models.TextField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "quarantine"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "stream", "digest"], name="quarantine_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.digest[:8]}"
