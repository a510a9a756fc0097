"""The only way out. Timeouts, size caps, bounded retries of reads, rate tokens, no
redirect followed, no credentials or `next` link to another host, nothing secret in a
log record or an exception. What comes back is an Answer of status 2xx, or an error of
`connectors.errors`.

A write whose answer was lost is `Unknown`; one that never left is `Unavailable`. Writes
use a fresh connection: a reused one may be dead, and then nobody could tell.
"""

import json
import logging
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeAlias

import requests
from requests.exceptions import (
    ConnectTimeout,
    InvalidHeader,
    InvalidURL,
    RequestException,
    SSLError,
    Timeout,
)
from urllib3.exceptions import HTTPError

from connectors import rates
from connectors.addresses import (
    AddressRefused,
    Guard,
    NotConnected,
    Resolver,
    guarded_adapter,
    system_resolver,
)
from connectors.cleaning import Json
from connectors.errors import BadPayload, Scope, Unavailable, Unknown
from connectors.redaction import guard_logger, redact
from connectors.types import Capability

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 60.0
MAX_BYTES = 16 * 1024 * 1024
PAUSES = (0.3, 1.0)  # seconds before the second and the third try of a read
RETRIED = frozenset({"unavailable", "timeout"})
TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})

Params: TypeAlias = Sequence[tuple[str, str]]

log = logging.getLogger("connectors.http")
guard_logger("urllib3.connectionpool")
guard_logger("connectors.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, read whole. Header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: datetime

    def json(self) -> Any:
        """Raises BadPayload for what is not JSON (an instance's HTML page, say)."""
        try:
            return json.loads(
                self.body, parse_constant=_refuse_constant, parse_float=_finite
            )
        except (ValueError, RecursionError):
            kind = self.headers.get("Content-Type", "unknown")[:60]
            raise BadPayload(f"not JSON but {redact(kind)}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `write` means: doing it twice would be seen."""

    method: str
    url: str = field(repr=False)
    write: bool
    params: Params = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Params | None = field(default=None, repr=False)
    json: Json = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    capability: Capability | None = None

    def name(self) -> str:
        """For logs and exceptions: method, host and path, redacted; no query."""
        return redact(f"{self.method} {self.url.split('?')[0].split('#')[0]}")


class Http:
    """The transport: what every call keeps to, whatever the platform."""

    def __init__(
        self,
        *,
        private_hosts_allowed: Collection[str] = (),
        tokens: rates.RateTokens | None = None,
        timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        user_agent: str = "social-care-inbox/0.1",
        now: Callable[[], datetime] = lambda: datetime.now(tz=UTC),
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver = system_resolver,
        before_try: Callable[[], None] = lambda: None,
    ) -> None:
        """`before_try` is called before every request, retries too: whoever holds a
        lease renews it there."""
        self.guard = Guard(private_hosts_allowed, resolver=resolver)
        self.tokens = tokens or rates.MemoryRateTokens()
        self.timeouts = timeouts
        self.user_agent = user_agent
        self.now = now
        self.sleep = sleep
        self.before_try = before_try
        self._session: requests.Session | None = None

    def send(self, call: Call) -> Answer:
        """The answer, whatever its status below 300 or from 400. Retries reads."""
        pauses = () if call.write else PAUSES
        for pause in pauses:
            try:
                answer = self._once(call)
            except Unavailable as error:
                if error.code not in RETRIED:
                    raise  # a refused address or a redirect is no better next time
            else:
                if answer.status not in TRANSIENT:
                    return answer
            self.sleep(pause)
        return self._once(call)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    @contextmanager
    def stream(self, url: str) -> Iterator[requests.Response]:
        """A file being read, not yet whole, without credentials. Cap what you take."""
        call = Call(method="GET", url=url, write=False)
        with self._fresh() as session, _translated(call):
            self.guard.check_url(url)
            with self._open(session, call) as response:
                yield response

    def _once(self, call: Call) -> Answer:
        self.before_try()
        session = self._fresh() if call.write else self._kept()
        try:
            with _translated(call):
                self.guard.check_url(call.url)
                answer = self._read(session, call)
        finally:
            if call.write:
                session.close()
        log.debug("%s -> %s, %s bytes", call.name(), answer.status, len(answer.body))
        _refuse_redirect(call, answer)
        return answer

    def _read(self, session: requests.Session, call: Call) -> Answer:
        deadline = time.monotonic() + WHOLE_SECONDS
        with self._open(session, call) as response:
            body = b"".join(capped(response, MAX_BYTES, deadline=deadline))
            return Answer(
                status=response.status_code,
                headers=response.headers,
                body=body,
                at=self.now(),
            )

    def _open(self, session: requests.Session, call: Call) -> requests.Response:
        return session.request(
            call.method,
            call.url,
            params=list(call.params),
            headers={"User-Agent": self.user_agent, **call.headers},
            data=list(call.form) if call.form is not None else None,
            json=call.json,
            files=call.files,
            timeout=self.timeouts,
            allow_redirects=False,
            stream=True,
        )

    def _kept(self) -> requests.Session:
        if self._session is None:
            self._session = self._fresh()
        return self._session

    def _fresh(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy, no .netrc: the checked address or none
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = guarded_adapter(self.guard)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


def capped(
    response: requests.Response, max_bytes: int, *, deadline: float
) -> Iterator[bytes]:
    """The body in chunks. Raises BadPayload past the cap or the deadline."""
    size = 0
    for chunk in response.iter_content(65536):
        size += len(chunk)
        if size > max_bytes:
            raise BadPayload(f"an answer of more than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise BadPayload("an answer that never ends")
        yield chunk


def _refuse_redirect(call: Call, answer: Answer) -> None:
    if 300 <= answer.status < 400:
        lost = Unknown if call.write else BadPayload
        raise lost(f"{call.name()} answered a redirect, not followed")


def _finite(text: str) -> float | None:
    """1e999 is a number to JSON and infinity to us, which no database keeps."""
    number = float(text)
    return number if math.isfinite(number) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def host_refused(why: str) -> Unavailable:
    """For an address that must not be asked."""
    return Unavailable(why, code="host_refused", scope=Scope.HOST)


@contextmanager
def _translated(call: Call) -> Iterator[None]:
    """Every failure of the transport as ours. The original is cut off: it holds the
    whole address."""
    try:
        yield
    except BadPayload as failed:
        raise (Unknown(failed.detail) if call.write else failed) from None
    except AddressRefused as refused:
        raise host_refused(f"{call.name()}: {refused}") from None
    except (InvalidURL, InvalidHeader) as failed:  # their words quote the secret
        raise host_refused(f"{call.name()}: {type(failed).__name__}") from None
    except (NotConnected, ConnectTimeout, SSLError) as failed:
        raise Unavailable(f"{call.name()}: {type(failed).__name__}") from None
    except (RequestException, HTTPError, OSError) as failed:
        raise _lost(call, failed) from None


def _lost(call: Call, failed: Exception) -> Unavailable | Unknown:
    detail = f"{call.name()}: {type(failed).__name__}"
    if call.write:
        return Unknown(detail)
    code = "timeout" if isinstance(failed, Timeout) else ""
    return Unavailable(detail, code=code)
