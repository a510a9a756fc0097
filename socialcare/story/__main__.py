"""`python -m socialcare.story`: the sandbox networks with the story playing on them."""

import argparse
import os
import signal
import threading
from datetime import UTC, datetime
from types import FrameType

import connectors
from connectors.sandbox import Sandbox
from connectors.world import World
from socialcare.story.cast import cast
from socialcare.story.player import Clock, Player, play_on


def main() -> None:
    """Tells the history, opens the networks, and plays on until told to stop."""
    options = _options()
    start = datetime.fromisoformat(options.start) if options.start else _now()
    clock = Clock(stands_at=start)
    worlds = {
        kind: World(
            seed=options.seed, clock=clock.now, token=os.environ["SANDBOX_TOKEN"]
        )
        for kind in connectors.kinds()
    }
    player = Player(
        cast=cast(),
        worlds=worlds,
        clock=clock,
        start=start,
        seed=options.seed,
        speed=options.speed,
    )

    def seconds() -> float:
        return (_now() - start).total_seconds() * player.speed

    sandbox = Sandbox(worlds, port=options.port)  # from here on the items have names
    acts = player.tell_history(until=seconds())
    with sandbox:
        play_on(player, acts, seconds=seconds, is_over=_told_to_stop().wait)


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _told_to_stop() -> threading.Event:
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return told


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m socialcare.story")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--start", default="", help="ISO 8601; default: now")
    return parser.parse_args()


if __name__ == "__main__":
    main()
