"""What no log record and no exception may hold."""

import logging
import traceback

import pytest

from connectors.errors import (
    Unavailable,
)
from connectors.http import Call
from connectors.redaction import HIDDEN, RedactingFilter, keep_out, redact
from tests.connectors.serving import (
    SECRET,
    quiet,
    say,
    server,
)


@pytest.mark.parametrize(
    "text",
    [
        f"https://x.example/?access_token={SECRET}&v=1",
        f"Authorization: Bearer {SECRET}",
        f'{{"refreshJwt": "{SECRET}", "a": 1}}',
        f"client_secret={SECRET}",
        f"https://api.example/bot123456:{SECRET}/getMe",
        f"https://user:{SECRET}@x.example/",
        f"Cookie: session={SECRET}",
        f"{{'password': '{SECRET}'}}",
    ],
)
def test_whatever_looks_like_a_secret_is_hidden(text: str) -> None:
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    keep_out(["plain-looking-value", "short"])
    assert redact("a plain-looking-value b") == f"a {HIDDEN} b"
    assert redact("short words stay") == "short words stay"


def test_the_filter_cleans_records_and_tracebacks() -> None:
    keep_out([SECRET])
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger = logging.getLogger("tests.redaction")
    logger.propagate = False
    handler = Keep()
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    try:
        int(f"token={SECRET}")
    except ValueError:
        logger.exception("failed for %s", SECRET)
    logger.removeHandler(handler)
    assert "Traceback" in lines[0]
    assert SECRET not in lines[0]


def test_an_exception_holds_neither_query_nor_token() -> None:
    with server(say) as host:
        pass
    keep_out([SECRET])
    url = f"http://{host}/bot1:{SECRET}/getMe?access_token={SECRET}"
    with pytest.raises(Unavailable) as caught:
        quiet(host).send(Call(method="GET", url=url, write=False))
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in told


def test_a_header_that_cannot_be_sent_does_not_show_its_secret() -> None:
    with server(say) as host:
        call = Call(
            method="POST",
            url=f"http://{host}/",
            write=True,
            headers={"Authorization": f"Bearer {SECRET}\nx"},
        )
        with pytest.raises(Unavailable) as caught:
            quiet(host).send(call)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
