"""`manage.py demo`: the whole inbox over a living sandbox world, anew at each start."""

from argparse import ArgumentParser
from typing import Any

from socialcare.launch import World
from socialcare.management.commands import dev


class Command(dev.Command):
    help = "Run the inbox over a living sandbox world until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed makes the same world"
        )
        parser.add_argument(
            "--speed", type=float, default=1.0, help="2 lets time pass twice as fast"
        )

    def world(self, options: dict[str, Any]) -> World:
        return World(seed=options["seed"], speed=options["speed"])
