"""Files of messages: fetched without credentials, every hop checked, never too much."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

from connectors.connector import Body
from connectors.errors import Gone, Refused, Unavailable
from connectors.http import WHOLE_SECONDS, Http, capped

MOST_HOPS = 3


@contextmanager
def open_file(http: Http, url: str, *, max_bytes: int) -> Iterator[Body]:
    """The file at `url`. A redirect is followed up to three times, its target checked
    like any other. Raises Gone, Refused (too big), Unavailable."""
    for _ in range(MOST_HOPS + 1):
        with http.stream(url) as response:
            if response.is_redirect:
                url = urljoin(url, response.headers["Location"])
                continue
            _check(response.status_code)
            _check_size(response.headers.get("Content-Length", ""), max_bytes)
            deadline = time.monotonic() + WHOLE_SECONDS
            mime = response.headers.get("Content-Type", "").partition(";")[0]
            yield Body(
                mime=mime.strip().lower() or "application/octet-stream",
                chunks=capped(response, max_bytes, deadline=deadline),
            )
            return
    raise Unavailable("a file that is always elsewhere")


def _check(status: int) -> None:
    if status in {401, 403, 404, 410}:
        raise Gone(f"a file answered {status}")
    if status != 200:
        raise Unavailable(f"a file answered {status}")


def _check_size(length: str, max_bytes: int) -> None:
    if length.isdecimal() and int(length) > max_bytes:
        raise Refused("a file of more bytes than allowed", code="too_big")
