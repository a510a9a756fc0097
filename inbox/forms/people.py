"""Agents and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inbox.models import Agent, Role, Team, Workspace

THEMES = [
    ("system", _("As the system")),
    ("light", _("Light")),
    ("dark", _("Dark")),
]


if TYPE_CHECKING:
    ManyTeams = forms.ModelMultipleChoiceField[Team]
else:
    ManyTeams = forms.ModelMultipleChoiceField


class TeamsField(ManyTeams):
    """Teams of one workspace, as check boxes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Team.objects.none(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )

    def of(self, workspace: Workspace) -> None:
        self.queryset = Team.objects.filter(workspace=workspace).order_by("name")


class AgentForm(forms.Form):
    """A new colleague. The first password is told by the admin, out of band."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("First password"),
        help_text=_("At least eight characters, not a common one."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    teams = TeamsField(label=_("Teams"))

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _teams(self).of(workspace)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        person = Agent(name=cleaned.get("name", ""), email=cleaned.get("email", ""))
        if password := cleaned.get("password"):
            try:
                validate_password(password, person)
            except forms.ValidationError as fault:
                self.add_error("password", fault)
        return cleaned


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class TeamForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a team", "Name"), max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It stands on one page with a colleague's form, which has a name too.
        super().__init__(*args, **{"auto_id": "team_%s", **kwargs})


class TeamsForm(forms.Form):
    teams = TeamsField(label=_("Teams"))

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _teams(self).of(workspace)


class ProfileForm(forms.Form):
    """How the program speaks to its reader."""

    language = forms.ChoiceField(label=_("Language"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    theme = forms.ChoiceField(label=_("Light and dark"), choices=THEMES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each language in its own words: one finds it in whatever language it is now.
        names = {"en": "English", "ru": "Русский", "pl": "Polski"}
        languages = [
            (code, names.get(code, code)) for code, _name in settings.LANGUAGES
        ]
        zones = [
            (zone, zone.replace("_", " ")) for zone in sorted(available_timezones())
        ]
        self._choose("language", languages)
        self._choose("time_zone", zones)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices


def _teams(form: forms.Form) -> TeamsField:
    field = form.fields["teams"]
    assert isinstance(field, TeamsField)  # noqa: S101 - for the type checker
    return field
