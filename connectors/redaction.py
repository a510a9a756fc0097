"""Keeps secrets out of log records and exceptions: known values and known shapes."""

import logging
import re
from collections.abc import Iterable
from threading import Lock

HIDDEN = "[redacted]"
_SHORTEST = 6  # a shorter "secret" would blank ordinary words
_NAMES = (
    r"access_token|refresh_token|id_token|token|api_?key|key|client_secret|secret|"
    r"password|pass|passwd|code|sig|signature|hash|hub\.verify_token|session_key|"
    r"session_secret_key|appsecret_proof|accessJwt|refreshJwt|jwt"
)
_SHAPES = (
    re.compile(rf"""(?i)(["']?\b(?:{_NAMES})["']?\s*[=:]\s*["']?)[^&\s"',}}]+"""),
    re.compile(r"(?i)(\bauthorization\b[\"']?\s*[=:]\s*[\"']?)[^\"',}\r\n]+"),
    re.compile(r"(?i)(\b(?:bearer|basic|oauth|dpop)\s+)[\w.~+/=-]{6,}"),
    re.compile(r"(/bot)\d+:[\w-]+"),
    re.compile(r"(?i)(\bcookie\b[\"']?\s*[=:]\s*[\"']?)[^\"'}\r\n]+"),
    re.compile(r"(//)[^/@\s]+(?=@)"),
)
_known: set[str] = set()
_lock = Lock()


def keep_out(secrets: Iterable[str]) -> None:
    """From now on these values are hidden in this process, wherever they stand."""
    with _lock:
        _known.update(secret for secret in secrets if len(secret) >= _SHORTEST)


def redact(text: str) -> str:
    """`text` with every known secret and everything shaped like one hidden."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, HIDDEN)
    for shape in _SHAPES:
        text = shape.sub(rf"\1{HIDDEN}", text)
    return text


class RedactingFilter(logging.Filter):
    """For a logger or a handler: rewrites the record's message, redacted.

    A traceback is rendered here, once, so that it can be cleaned as well.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            formatted = logging.Formatter().formatException(record.exc_info)
            record.exc_text = redact(formatted)
            record.exc_info = None
        return True


def guard_logger(name: str) -> None:
    """Puts a RedactingFilter on a logger that writes addresses (urllib3 does)."""
    logger = logging.getLogger(name)
    if not any(isinstance(item, RedactingFilter) for item in logger.filters):
        logger.addFilter(RedactingFilter())
