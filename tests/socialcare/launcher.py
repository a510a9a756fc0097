"""A launcher for the tests to kill: runs the pair on a folder until it is ended."""

import sys
import time
from pathlib import Path

from socialcare import embedded


def main(folder: str) -> None:
    try:
        with embedded.servers(Path(folder), environ={}, say=_say) as servers:
            pids = [server.process.pid for server in servers.ours if server.process]
            sys.stdout.write(f"up {' '.join(map(str, pids))}\n")
            sys.stdout.flush()
            time.sleep(60)
    except embedded.EmbeddedError as error:
        sys.exit(str(error))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1])
