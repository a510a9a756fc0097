"""`manage.py dev`: the whole inbox on this machine, on data that stay."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from socialcare import catalogues, env
from socialcare.embedded import EmbeddedError
from socialcare.launch import Launch, World


class Command(BaseCommand):
    help = "Run servers, pages, workers and beat on this machine until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            default=env.number("PORT", 8000),
            help="port of the pages (default: PORT, or 8000)",
        )

    def handle(self, *_args: Any, port: int, **options: Any) -> None:
        catalogues.compile_outdated()
        launch = Launch(
            home=settings.BASE_DIR,
            data_dir=settings.DATA_DIR,
            port=port,
            say=self._say,
            world=self.world(options),
        )
        try:
            launch.run()
        except EmbeddedError as error:
            raise SystemExit(str(error)) from None
        except BrokenPipeError:  # nobody reads on, so there is nothing more to say
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def world(self, _options: dict[str, Any]) -> World | None:
        """The sandbox world to live over; `dev` has none."""
        return None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
