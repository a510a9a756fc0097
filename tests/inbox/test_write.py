"""Some columns of many rows, saved as they are here and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from inbox.models import Message
from inbox.services.write import write
from tests import make
from tests.inbox import told

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_and_keeps_the_other_columns() -> None:
    first, second, other = messages()
    first.text, first.handle, first.edited_at = "Привет", {"id": [1]}, make.at(5)
    second.text, second.handle, second.edited_at = "It’s 100 %", None, None
    for row in (first, second):
        row.url = "https://not.saved.example"
    other.text = "not saved"

    with CaptureQueriesContext(connection) as queries:
        write([first, second], ["text", "handle", "edited_at"])

    assert len(queries) == 1
    assert stored() == [
        ("Привет", {"id": [1]}, make.at(5), None),
        ("It’s 100 %", None, None, None),
        ("", None, None, None),
    ]


def test_a_link_is_written_by_its_name() -> None:
    first, second, other = messages()
    home = told.conversation()
    first.conversation, second.conversation_id = home, None

    write([first, second], ["conversation"])

    homes = Message.objects.order_by("pk").values_list("conversation_id", flat=True)
    assert list(homes) == [home.pk, None, other.conversation_id]


def test_what_is_too_long_for_its_column_is_refused_and_not_cut() -> None:
    first, *_others = messages()
    first.language = "far too long"

    with pytest.raises(DataError):
        write([first], ["language"])


def test_no_rows_are_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        write([], ["text"])

    assert len(queries) == 0


def messages() -> list[Message]:
    conversation = told.conversation()
    return [told.says(conversation, minute) for minute in range(3)]


def stored() -> list[tuple[Any, ...]]:
    rows = Message.objects.order_by("pk")
    return list(rows.values_list("text", "handle", "edited_at", "url"))
