"""`manage.py rebuild_clocks [--check]`: clocks from history, and nothing else."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inbox.models import Conversation
from inbox.services import clocks

SHOWN = 100
"""Differences printed one by one; more are counted."""


class Command(BaseCommand):
    help = (
        "Writes all clocks anew from messages and events, in batches, while work "
        "goes on. Safe to stop and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; print what differs, and fail if anything does",
        )

    def handle(self, *_args: Any, check: bool = False, **_options: Any) -> None:
        now = timezone.now()
        if check:
            self._check(now)
            return
        for ids in self._batches():
            clocks.rebuild(ids, now=now)

    def _check(self, now: datetime) -> None:
        count = 0
        for ids in self._batches():
            for difference in clocks.check(ids, now=now):
                count += 1
                if count <= SHOWN:
                    self.stdout.write(str(difference))
        if count:
            raise CommandError(f"{count} differences.", returncode=1)
        self.stdout.write("Clocks are what history says.")

    def _batches(self) -> Iterator[list[int]]:
        """Ids in order, a batch at a time; progress goes to standard error."""
        total, done, last = Conversation.objects.count(), 0, 0
        while True:
            rows = Conversation.objects.filter(pk__gt=last).order_by("pk")
            ids = list(rows.values_list("pk", flat=True)[: clocks.AT_ONCE])
            if not ids:
                return
            yield ids
            done, last = done + len(ids), ids[-1]
            self.stderr.write(f"{done} of {total} conversations")
