"""`make bench`, or `python -m bench [--runs 15] [subject ...]`.

Starts its own Postgres and Valkey on an empty folder and removes them at the end; no
other database is touched, whatever the environment names.
"""

from __future__ import annotations

import argparse
import os
import time
from importlib import import_module

from bench import table
from socialcare import catalogues, embedded

SUBJECTS = ("clocks", "ingest", "feed", "report", "reply")
RUNS = 15


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=str(SUBJECTS))
    parser.add_argument("--runs", type=int, default=RUNS, help="counted runs of each")
    asked = parser.parse_args()
    if unknown := set(asked.subjects) - set(SUBJECTS):
        parser.error(f"no subject {sorted(unknown)}; there are {', '.join(SUBJECTS)}")
    with embedded.throwaway() as servers:
        _set_up(servers)
        for subject in asked.subjects or SUBJECTS:
            _measure(subject, runs=asked.runs)


def _set_up(servers: embedded.Urls) -> None:
    """Django as the pages run it: no test environment, which slows templates."""
    os.environ |= {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "DJANGO_SETTINGS_MODULE": "socialcare.settings",
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "ERROR",
    }
    catalogues.compile_outdated()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _measure(subject: str, *, runs: int) -> None:
    from django.core.management import call_command

    module = import_module(f"bench.{subject}")
    print(f"{subject}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
    call_command("flush", interactive=False, verbosity=0)
    began = time.monotonic()
    lines = list(module.measure(runs))
    spent = time.monotonic() - began
    print(f"\n{table.show(lines)}\n\n{runs} runs of each, {spent:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
