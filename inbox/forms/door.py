"""Coming in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from inbox.models import Agent


class LogInForm(AuthenticationForm):
    """E-mail and password; the one sentence of refusal tells nobody which was wrong."""

    error_messages = {
        "invalid_login": _("This address and password do not go together."),
        "inactive": _("This address and password do not go together."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True}
        )


class FirstAdminForm(forms.Form):
    """The person who sets the installation up."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least eight characters, not a common one."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """A password may not resemble the name or the address."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        person = Agent(name=cleaned.get("name", ""), email=cleaned.get("email", ""))
        if password := cleaned.get("password"):
            try:
                validate_password(password, person)
            except forms.ValidationError as fault:
                self.add_error("password", fault)
        return cleaned

    def person(self) -> dict[str, Any]:
        """What `people.create_first_admin` wants."""
        return {name: self.cleaned_data[name] for name in ("name", "email", "password")}
