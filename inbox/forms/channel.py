"""Connecting an account: the connector says what it needs, the admin from when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

import connectors
from connectors import Setting
from inbox.models import Channel, Team, Workspace

NOW, CHOSEN = "now", "chosen"


class ConnectForm(forms.Form):
    """Made from `Connector.settings`: one field per setting, secrets never shown."""

    def __init__(
        self, *args: Any, kind: str, channel: Channel | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known = channel.settings if channel else {}
        for setting in connectors.get(kind).settings:
            field = _field(setting, kind)
            field.initial = known.get(setting.name)
            self.fields[setting.name] = field

    def values(self) -> dict[str, str]:
        """The settings that were given, by name."""
        return {name: value for name, value in self.cleaned_data.items() if value}


def _field(setting: Setting, kind: str) -> forms.CharField:
    language = get_language() or "en"
    attributes = {"placeholder": setting.example, "autocomplete": "off"}
    widget = forms.PasswordInput if setting.secret else forms.TextInput
    return forms.CharField(
        label=connectors.translate(setting.label, language=language, kind=kind),
        help_text=connectors.translate(setting.help, language=language, kind=kind)
        if setting.help
        else "",
        required=setting.required,
        max_length=4000,
        widget=widget(attrs=attributes),
    )


class BeginForm(forms.Form):
    """From when on it is read, and whose queue it fills."""

    begin = forms.ChoiceField(
        label=_("From when"),
        choices=[
            (NOW, _("From now on, and unanswered private messages of seven days")),
            (CHOSEN, _("From a day on; older ones are kept as history")),
        ],
        initial=NOW,
        widget=forms.RadioSelect,
    )
    day = forms.DateTimeField(
        label=_("From"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    team = forms.ModelChoiceField(
        label=_("Whose queue"), queryset=Team.objects.none(), empty_label=None
    )

    def __init__(
        self, *args: Any, workspace: Workspace, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        teams = Team.objects.filter(workspace=workspace)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - types
        field.queryset = teams.order_by("-is_default", "name")
        field.initial = field.queryset.first()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day = cleaned.get("day")
        if cleaned.get("begin") == CHOSEN:
            if day is None and "day" not in self.errors:
                self.add_error("day", _("Say from which day on."))
            elif day and day > self.now:
                self.add_error("day", _("This day is yet to come."))
        return cleaned

    def read_from(self) -> datetime:
        """The chosen day, or now. Aware."""
        if self.cleaned_data["begin"] == CHOSEN:
            chosen: datetime = self.cleaned_data["day"]
            return chosen
        return self.now
