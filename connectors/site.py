"""One API host as one account sees it: credentials go nowhere else, a spent bucket is
not asked, and a status becomes an error of `connectors.errors`."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urljoin

from connectors import rates
from connectors.addresses import AddressRefused, origin
from connectors.cleaning import Json
from connectors.errors import (
    BadPayload,
    ConnectorError,
    Forbidden,
    Gone,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from connectors.http import Answer, Call, Http, Params, host_refused
from connectors.redaction import keep_out, redact
from connectors.types import Capability


class Site:
    """One API host as one account sees it. Credentials go nowhere else.

    `account` tells the buckets of two accounts on one host apart. Reads stop while
    `reads_leave` tokens are left, for the replies. `quote` reads the platform's own
    sentence out of an error's JSON.
    """

    def __init__(
        self,
        http: Http,
        base: str,
        *,
        headers: Mapping[str, str],
        secrets: Collection[str] = (),
        account: str = "",
        reads_leave: int = 0,
        quote: Callable[[Any], str] = lambda _: "",
    ) -> None:
        keep_out(secrets)
        self.http = http
        self.base = base.rstrip("/") + "/"
        self._headers = headers
        self._account = f"{redact(self.base)}{account}"
        self._reads_leave = reads_leave
        self._quote = quote

    def get(
        self, path: str, *, params: Params = (), capability: Capability | None = None
    ) -> Answer:
        """A read. `path` may be a link the host gave; another host's is refused."""
        call = Call(
            method="GET",
            url=self._url(path),
            write=False,
            params=params,
            headers=self._headers,
            capability=capability,
        )
        return self._ask(call, bucket="read")

    def post(
        self,
        path: str,
        *,
        form: Params | None = None,
        json: Json = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        capability: Capability | None = None,
        method: str = "POST",
        bucket: str = "write",
    ) -> Answer:
        """A write: tried once. Its rate tokens are kept under `bucket`."""
        call = Call(
            method=method,
            url=self._url(path),
            write=True,
            headers={**self._headers, **(headers or {})},
            form=form,
            json=json,
            files=files,
            capability=capability,
        )
        return self._ask(call, bucket=bucket)

    def _url(self, path: str) -> str:
        url = urljoin(self.base, path)
        try:
            same = origin(url) == origin(self.base)
        except AddressRefused as refused:
            raise host_refused(str(refused)) from None
        if not same:
            raise BadPayload("a link to another host was not followed")
        return url

    def _ask(self, call: Call, *, bucket: str) -> Answer:
        name = f"{self._account}#{bucket}"
        self._check_token(name, leave=0 if call.write else self._reads_leave)
        answer = self.http.send(call)
        rate = rates.read_rate(answer.headers, now=answer.at)
        if rate is not None:
            self.http.tokens.put(name, rate)
        error = verdict(call, answer, quote=self._quote)
        if error is not None:
            raise error
        return answer

    def _check_token(self, bucket: str, *, leave: int) -> None:
        """A bucket known to be empty is not asked: that would only cost another 429."""
        now = self.http.now()
        rate = self.http.tokens.get(bucket)
        if rate is not None and rate.reset_at > now and rate.remaining <= leave:
            retry_at = min(rate.reset_at, now + rates.LONGEST)
            raise RateLimited("no token left", retry_at=retry_at)


def verdict(
    call: Call, answer: Answer, *, quote: Callable[[Any], str]
) -> ConnectorError | None:
    """What a status means, for platforms that speak plain HTTP. None for 2xx."""
    if answer.status < 300:
        return None
    detail = f"{call.name()} answered {answer.status}"
    if answer.status == 429:
        retry_at = rates.read_retry_at(answer.headers, now=answer.at)
        return RateLimited(detail, retry_at=retry_at)
    if answer.status >= 500 or answer.status == 408:
        return Unknown(detail) if call.write else Unavailable(detail)
    return _client_error(call, answer.status, detail, said=_said(answer, quote))


def _client_error(call: Call, status: int, detail: str, *, said: str) -> ConnectorError:
    if status == 401:
        return Unauthorized(detail, quote=said)
    if status == 403:
        return Forbidden(detail, capability=call.capability, quote=said)
    if status in {404, 410}:
        return Gone(detail, quote=said)
    return Refused(detail, quote=said, parameters={"status": status})


def _said(answer: Answer, quote: Callable[[Any], str]) -> str:
    try:
        return redact(quote(answer.json()))[:500]
    except (BadPayload, AttributeError, TypeError, KeyError, ValueError):
        return ""
