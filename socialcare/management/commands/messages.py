"""`manage.py messages`: the code's sentences into the catalogues, and out."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from socialcare import catalogues


class Command(BaseCommand):
    help = "Bring the catalogues up to the code; needs no database and no gettext."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--compile",
            action="store_true",
            help="only make the binary files that are absent or outdated",
        )
        group.add_argument(
            "--check",
            action="store_true",
            help="change nothing; exit 1 where a translation is missing or wrong",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
            return
        for line in () if options["compile"] else merge_all():
            self.stdout.write(line)
        for path in catalogues.compile_outdated():
            self.stdout.write(f"Compiled {path}")

    def _check(self) -> None:
        found = [
            fault
            for catalogue in catalogues.catalogues()
            for language in catalogues.languages()
            for fault in sorted(catalogues.faults(catalogue, language))
        ]
        if found:
            raise SystemExit("\n".join(found))
        self.stdout.write("Every sentence is there in every language.")


def merge_all() -> Iterator[str]:
    """Writes every catalogue; tells how much of each is still to translate."""
    for catalogue in catalogues.catalogues():
        found = catalogues.sentences(catalogue)
        for language in catalogues.languages():
            merged = catalogues.merge(catalogue.path(language), found, language)
            yield (
                f"{catalogue.name}, {language}: {len(found)} sentences,"
                f" {catalogues.untranslated(merged)} to translate"
            )
