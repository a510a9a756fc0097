"""Real Postgres and Valkey for the whole run, on an empty folder of their own.

A pytest plugin (`-p tests.servers`). They start while pytest still reads its options,
because Django's settings are read right after. DATABASE_URL and REDIS_URL, when set,
win; the suite then makes its test database there and flushes that Redis.
"""

import os
from contextlib import ExitStack

from socialcare import embedded

_stack = ExitStack()


def _start() -> None:
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    pair = _stack.enter_context(embedded.throwaway())
    os.environ.setdefault("DATABASE_URL", pair.database_url)
    os.environ.setdefault("REDIS_URL", pair.redis_url)


def pytest_unconfigure() -> None:
    _stack.close()


_start()
