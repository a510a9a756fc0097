"""A page of a stream becomes rows: per item.

The floor is a bare insert of as many message rows, with the indexes they have.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.db import transaction

from bench.timing import Act, Line, Trial, compare
from connectors import Inbound, Page
from inbox.models import Message, Stream
from inbox.services import lease
from inbox.services.ingest import store_page
from tests import make

PAGE = 80
"""Items: what the largest networks give at once."""
NEW = "times a bare insert of the row"
KNOWN = "times a bare insert, for a row that is there"
TEXT = "Where is my order? It should have come on Friday, and nobody answers the phone."

_pages = itertools.count(1)


def measure(runs: int) -> Iterator[Line]:
    stream = make.stream()
    stored = _items("stored")
    make.store(stream, *stored)
    floor = _rows_alone(stream, stored)
    for subject, items, means in (
        ("new: strangers, a thread each", _items, NEW),
        ("new: known people, known threads", partial(_again, stored), NEW),
        ("known: nothing changed", lambda _mark: stored, KNOWN),
    ):
        yield compare(
            subject,
            _page(stream, items),
            floor=floor,
            means=means,
            runs=runs,
            parts=PAGE,
        )


def _items(mark: str) -> list[Inbound]:
    return [
        make.item(
            f"{mark}-{number}",
            author=make.author(f"{mark}-{number}"),
            text=f"{TEXT} ({mark}, {number})",
            language="en",
        )
        for number in range(PAGE)
    ]


def _again(items: list[Inbound], mark: str) -> list[Inbound]:
    """Another word of each of these customers in the same thread."""
    return [
        make.item(
            f"{mark}-{number}",
            thread_id=item.thread_id,
            author=item.author,
            text=f"{TEXT} ({mark}, {number})",
            language="en",
            published_at=item.published_at + timedelta(minutes=1),
        )
        for number, item in enumerate(items)
    ]


def _page(stream: Stream, items: Callable[[str], list[Inbound]]) -> Trial:
    """A page of these items, read under a lease that is taken before."""

    @contextmanager
    def trial() -> Iterator[Act]:
        mark, now = f"page-{next(_pages)}", make.NOW + timedelta(hours=1)
        page = Page(items=items(mark), cursor={"at": mark})
        Stream.objects.filter(pk=stream.pk).update(
            due_at=now, lease=None, leased_until=None
        )
        hold = lease.claim(stream.pk, now=now)
        yield lambda: store_page(hold, page, now=now)

    return trial


def _rows_alone(stream: Stream, like: list[Inbound]) -> Trial:
    """The messages of such a page, ready made, in one transaction."""
    samples = Message.objects.filter(
        channel=stream.channel, external_id__in=[item.external_id for item in like]
    )
    rows = list(samples)

    @contextmanager
    def trial() -> Iterator[Act]:
        mark = f"bare-{next(_pages)}"
        fresh = [_copy(row, f"{mark}-{number}") for number, row in enumerate(rows)]
        yield lambda: _insert(fresh)

    return trial


def _copy(row: Message, external_id: str) -> Message:
    columns = {
        field.attname: getattr(row, field.attname)
        for field in Message._meta.concrete_fields  # noqa: SLF001 - Django's own name
        if field.name not in {"id", "key", "external_id"}
    }
    return Message(**columns, external_id=external_id)


def _insert(rows: list[Message]) -> None:
    with transaction.atomic():
        Message.objects.bulk_create(rows)
