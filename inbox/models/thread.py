"""Where messages stand on the platform, and whose conversation they belong to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Post(models.Model):
    """Content of ours that comments hang on."""

    channel = models.ForeignKey("inbox.Channel", models.CASCADE)
    external_id = models.TextField()
    text = models.TextField(blank=True)
    url = models.TextField(null=True, blank=True)
    image_url = models.TextField(null=True, blank=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="post_once"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Thread(models.Model):
    """The platform's container: a dialog, a root comment with replies, a mention."""

    channel = models.ForeignKey("inbox.Channel", models.CASCADE)
    external_id = models.TextField()
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="threads"
    )
    visibility = models.CharField(max_length=10)
    root_external_id = models.TextField(null=True, blank=True)
    root_text = models.TextField(null=True, blank=True)
    root_author = models.TextField(null=True, blank=True)
    root_url = models.TextField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="thread_once"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Participation(models.Model):
    """Where a contact's next message in a thread goes."""

    thread = models.ForeignKey(Thread, models.CASCADE)
    contact = models.ForeignKey("inbox.Contact", models.CASCADE)
    conversation = models.ForeignKey(
        "inbox.Conversation", models.CASCADE, related_name="participations"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thread", "contact"], name="participation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} {self.contact_id}"
