"""The period and the point of view of a report."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

DAYS = 7
LONGEST = timedelta(days=400)


class ReportForm(forms.Form):
    """Days of the workspace's zone, both included; the last seven if none are given."""

    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: dict[str, str], *, zone: ZoneInfo, now: datetime) -> None:
        self.zone = zone
        today = now.astimezone(zone).date()
        usual = {
            "since": (today - timedelta(days=DAYS - 1)).isoformat(),
            "until": today.isoformat(),
        }
        given = {name: data[name] for name in usual if data.get(name)}
        super().__init__({**usual, **given})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until:
            if since > until:
                self.add_error("until", _("It ends before it begins."))
            elif until - since > LONGEST:
                self.add_error("since", _("A report spans at most 400 days."))
        return cleaned

    def span(self) -> tuple[datetime, datetime]:
        """Half open: from the first midnight to the one after the last day. Aware."""
        until: date = self.cleaned_data["until"]
        return (
            self._midnight(self.cleaned_data["since"]),
            self._midnight(until + timedelta(days=1)),
        )

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone)
