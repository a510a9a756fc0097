"""The people who write to us, as networks know them and as we do."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Contact(models.Model):
    """One person; may have identities on several networks."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    name = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            GinIndex(name="contact_name", fields=["name"], opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """An author as one platform knows them."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    network = models.CharField(max_length=40)
    scope = models.TextField(default="", blank=True)
    """Our account for page-scoped ids; empty where ids are global."""
    external_id = models.TextField()
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="identities")
    snapshot = models.ForeignKey(
        "inbox.AuthorSnapshot", models.SET_NULL, null=True, related_name="+"
    )
    """How the author looked last."""

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "network", "scope", "external_id"],
                name="identity_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.external_id}"


class AuthorSnapshot(models.Model):
    """How an author looked at the time of a message, once per distinct look."""

    identity = models.ForeignKey(Identity, models.CASCADE, related_name="snapshots")
    digest = models.CharField(max_length=64)
    name = models.TextField(blank=True)
    handle = models.TextField(blank=True)
    avatar_url = models.TextField(null=True, blank=True)
    url = models.TextField(null=True, blank=True)
    followers = models.BigIntegerField(null=True, blank=True)
    city = models.TextField(null=True, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["identity", "digest"], name="snapshot_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.handle
