"""Everything belongs to a workspace; an installation starts with one."""

from __future__ import annotations

from django.db import models


class Workspace(models.Model):
    """One company's inbox."""

    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    """IANA name; days in reports are days of this zone."""
    language = models.CharField(max_length=8, default="en")
    reopen_within = models.JSONField(default=dict, blank=True)
    """Seconds per form; a form that is not named has `REOPEN_WITHIN`."""
    created_at = models.DateTimeField(auto_now_add=True)

    REOPEN_WITHIN = 72 * 3600

    def __str__(self) -> str:
        return self.name

    def reopen_seconds(self, form: str) -> int:
        """How long after resolving a new message reopens instead of starting anew."""
        return int(self.reopen_within.get(form, self.REOPEN_WITHIN))
