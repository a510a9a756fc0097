"""The filter of the feed as a form; sending it gives the filter's address."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _

from inbox.display.feed_pane import Names, order_label
from inbox.feed import ANY_STATUS, MINE, NOBODY, Filter, Sort
from inbox.models import Category, Form, Priority, Status

Choices = list[tuple[str, str]]


class FilterForm(forms.Form):
    """All fields are optional: what stays empty does not filter."""

    channel = forms.ChoiceField(required=False)
    form = forms.ChoiceField(required=False)
    status = forms.ChoiceField(required=False)
    assignee = forms.ChoiceField(required=False)
    team = forms.ChoiceField(required=False)
    tag = forms.ChoiceField(required=False)
    category = forms.ChoiceField(required=False)
    priority = forms.ChoiceField(required=False)
    sort = forms.ChoiceField(required=False)
    overdue = forms.BooleanField(
        required=False, widget=forms.CheckboxInput({"value": 1})
    )

    def __init__(self, *, wanted: Filter, names: Names) -> None:
        shown = {name: getattr(wanted, name) for name in self.base_fields}
        super().__init__(initial=shown, auto_id="filter-%s")
        for name, (label, choices) in _choices(names).items():
            field = self.fields[name]
            field.label = label
            field.widget.choices = choices
        self.fields["overdue"].label = _("Late only")


def _choices(names: Names) -> dict[str, tuple[str, Choices]]:
    everyone = [(MINE, _("me")), (NOBODY, _("nobody yet")), *_rows(names.agents)]
    statuses = [*Status.choices, (ANY_STATUS, _("any"))]
    return {
        "channel": (_("Channel"), _any(_rows(names.channels))),
        "form": (_("Form"), _any(Form.choices)),
        "status": (_("Status"), _texts(statuses)),
        "assignee": (_("With"), _any(everyone)),
        "team": (_("Team"), _any(_rows(names.teams))),
        "tag": (_("Tag"), _any(_rows(names.tags))),
        "category": (_("Category"), _any(Category.choices)),
        "priority": (_("Priority"), _any(Priority.choices)),
        "sort": (_("Order"), [(sort.value, order_label(sort)) for sort in Sort]),
    }


def _any(choices: Iterable[tuple[object, object]]) -> Choices:
    return [("", _("any")), *_texts(choices)]


def _texts(choices: Iterable[tuple[object, object]]) -> Choices:
    return [(str(value), str(label)) for value, label in choices]


def _rows(rows: Iterable[Model]) -> Choices:
    return [(str(row.pk), str(row)) for row in rows]
