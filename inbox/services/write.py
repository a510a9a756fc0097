"""Saving some columns of many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import CharField, Field, Model


def write(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """One UPDATE that makes these columns of the stored rows what they are here.

    Django's `bulk_update` writes a CASE with every row for every column, and to put
    those together took longer than all else that storing a page takes.
    """
    if not rows:
        return
    meta = rows[0]._meta  # noqa: SLF001 - Django's own name
    known = {field.name: field for field in meta.concrete_fields}
    fields = [known[name] for name in ("id", *columns)]
    values = [_value(field, row) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_statement(meta.db_table, fields, len(rows)), values)


def _statement(table: str, fields: Sequence[Field[Any, Any]], count: int) -> str:
    names = [f'"{field.column}"' for field in fields]
    row = ", ".join(f"%s::{_type(field)}" for field in fields)
    return f"""
        UPDATE "{table}" AS stored
        SET {", ".join(f"{name} = fresh.{name}" for name in names[1:])}
        FROM (VALUES {", ".join([f"({row})"] * count)}) AS fresh ({", ".join(names)})
        WHERE stored.id = fresh.id
    """  # noqa: S608 - names of our own tables and columns


def _type(field: Field[Any, Any]) -> str:
    # A cast to varchar(8) cuts off in silence what is longer; storing it does not.
    if isinstance(field, CharField):
        return "text"
    return field.cast_db_type(connection) or ""


def _value(field: Field[Any, Any], row: Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)
