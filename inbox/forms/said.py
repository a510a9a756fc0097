"""What is said to customers and to colleagues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.models import Visibility

LONGEST = 20_000
"""Characters; each network's own, shorter limit is checked when it is sent."""


class SaidForm(forms.Form):
    """Words, as they were typed but for blanks at both ends."""

    text = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": _("There is nothing to send yet."),
            "max_length": _("This is longer than any network takes."),
        },
    )

    def first_fault(self) -> str:
        """The first fault, in words."""
        return next(str(fault) for faults in self.errors.values() for fault in faults)


class ReplyForm(SaidForm):
    visibility = forms.ChoiceField(
        choices=[
            (Visibility.PUBLIC.value, Visibility.PUBLIC.label),
            (Visibility.PRIVATE.value, Visibility.PRIVATE.label),
        ]
    )
    seen = forms.IntegerField(min_value=0)
    key = forms.UUIDField()

    def clean_visibility(self) -> Visibility:
        return Visibility(self.cleaned_data["visibility"])


class NoteForm(SaidForm):
    pass


class DraftForm(forms.Form):
    text = forms.CharField(max_length=LONGEST, required=False, strip=False)
    visibility = forms.ChoiceField(choices=Visibility.choices)
    key = forms.UUIDField(required=False)
    """Of the reply that the draft may have become meanwhile."""

    def clean_visibility(self) -> Visibility:
        return Visibility(self.cleaned_data["visibility"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned.setdefault("text", "")
        return cleaned
