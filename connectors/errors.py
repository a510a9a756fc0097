"""What can go wrong at the edge. Callers decide by class and scope, never by status.

    ConnectorError
    |-- Unavailable       try again soon                     (TRANSIENT, RETRY)
    |   `-- BadPayload    an answer that cannot be read: HTML, broken JSON
    |-- RateLimited       not before retry_at                (RATE, BACKOFF)
    |-- BudgetSpent       our own money or units, until      (BUDGET)
    |-- Unauthorized      pause the channel, tell the admins (AUTH, REAUTH)
    |-- Forbidden         pause this capability alone        (PERMISSION, PERM)
    |-- HumanNeeded       a person must open a page          (HUMAN)
    |-- Unknown           a write whose fate is not known    (UNKNOWN_WRITE)
    `-- NotDelivered      a write that certainly did not happen
        |-- Refused       show the agent why, do not retry   (INVALID, REJECT)
        |-- Unreachable   this person cannot be written to   (BLOCKED_RECIPIENT)
        |-- Gone          the object answered is no more     (GONE, DROP)
        |-- Duplicate     the network has this text already
        `-- WindowClosed  the reply window is over           (WINDOW)

Of a write: any class but Unknown says that nothing was posted. Each error has a `scope`
(what it holds for), a stable `code` (for rows, tests, alerts) and `words(language)` for
people. `detail` is for engineers; it is redacted where it is made and never holds a
secret.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from connectors.types import Capability
from connectors.words import marked, translate


class Scope(StrEnum):
    """What an error holds for, from the narrowest to the widest."""

    ITEM = "item"
    THREAD = "thread"
    METHOD = "method"
    STREAM = "stream"
    CHANNEL = "channel"
    APP = "app"
    HOST = "host"


class ConnectorError(Exception):
    """`parameters` fill the words; `quote` is the platform's own sentence, if any."""

    code: str = "error"
    default_scope: ClassVar[Scope] = Scope.CHANNEL
    sentences: ClassVar[Mapping[str, str]] = {
        "error": marked("The network answered in a way we do not know."),
    }

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        scope: Scope | None = None,
        parameters: Mapping[str, str | int] | None = None,
        quote: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.scope = scope or self.default_scope
        self.parameters = dict(parameters or {})
        self.quote = quote

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code

    def words(self, language: str = "en") -> str:
        """The sentence for people, in `language` (en, ru, pl), never technical."""
        sentence = self.sentences.get(self.code) or self.sentences[type(self).code]
        parameters = {
            name: translate(value, language=language)
            if isinstance(value, str)
            else value
            for name, value in self.parameters.items()
        }
        return translate(sentence, language=language).format_map(_Lenient(parameters))


class _Lenient(dict[str, str | int]):
    """A sentence with a parameter missing is still better than an exception."""

    def __missing__(self, key: str) -> str:
        return "?"


class Unavailable(ConnectorError):
    """The network, its host or the way there is down for now. Retry with back-off."""

    code = "unavailable"
    default_scope = Scope.HOST
    sentences = {
        "unavailable": marked("The network does not answer. We keep trying."),
        "timeout": marked("The network answers too slowly. We keep trying."),
        "host_refused": marked("This address is not allowed."),
    }


class BadPayload(Unavailable):
    """The answer is not what the API promises: nothing moves, the read is repeated."""

    code = "bad_payload"
    sentences = {
        "bad_payload": marked("The network sent something unreadable. We keep trying."),
    }


class RateLimited(ConnectorError):
    """Nothing in `scope` before `retry_at` (aware, UTC)."""

    code = "rate_limited"
    sentences = {
        "rate_limited": marked("The network asks us to slow down. We go on soon."),
    }

    def __init__(
        self, detail: str = "", *, retry_at: datetime, scope: Scope | None = None
    ) -> None:
        super().__init__(detail, scope=scope)
        self.retry_at = retry_at


class BudgetSpent(ConnectorError):
    """Our own budget for this network is used up `until` (aware, UTC)."""

    code = "budget_spent"
    sentences = {
        "budget_spent": marked("The budget for this network is used up for now."),
    }

    def __init__(
        self, detail: str = "", *, until: datetime, scope: Scope | None = None
    ) -> None:
        super().__init__(detail, scope=scope)
        self.until = until


class Unauthorized(ConnectorError):
    """The token is wrong, expired or revoked. Pause the channel, tell the admins."""

    code = "unauthorized"
    sentences = {
        "unauthorized": marked("Access was revoked. Connect this account again."),
    }


DOINGS: Mapping[Capability, str] = {
    Capability.READ_MENTIONS: marked("read mentions"),
    Capability.READ_COMMENTS: marked("read comments"),
    Capability.READ_MESSAGES: marked("read messages"),
    Capability.READ_OWN: marked("read its own posts"),
    Capability.REPLY: marked("reply"),
    Capability.PRIVATE_REPLY: marked("reply privately"),
    Capability.MESSAGE: marked("write messages"),
    Capability.HIDE: marked("hide"),
    Capability.DELETE: marked("delete"),
    Capability.LIKE: marked("like"),
    Capability.BLOCK: marked("block people"),
    Capability.MEDIA: marked("send files"),
}
"""What an account may not do, in words that fill the gap of `Forbidden`."""


class Forbidden(ConnectorError):
    """The token is good, but not for this. Pause `capability` alone."""

    code = "forbidden"
    default_scope = Scope.METHOD
    sentences = {
        "forbidden": marked("The account may not do this: {capability}."),
    }

    def __init__(
        self,
        detail: str = "",
        *,
        capability: Capability | None = None,
        scope: Scope | None = None,
        quote: str = "",
    ) -> None:
        shown = {"capability": DOINGS[capability]} if capability else {}
        super().__init__(detail, scope=scope, parameters=shown, quote=quote)
        self.capability = capability


class HumanNeeded(ConnectorError):
    """The network wants a person at `url` (a captcha, a confirmation)."""

    code = "human_needed"
    sentences = {
        "human_needed": marked("The network asks for a confirmation by a person."),
    }

    def __init__(self, detail: str = "", *, url: str = "") -> None:
        super().__init__(detail)
        self.url = url


class Unknown(ConnectorError):
    """A write was sent and its answer never came. Never send again in silence."""

    code = "unknown"
    default_scope = Scope.ITEM
    sentences = {
        "unknown": marked("It is not known whether the reply arrived."),
    }


class NotDelivered(ConnectorError):
    """A write that certainly did not happen and would not on a second try."""

    code = "not_delivered"
    default_scope = Scope.ITEM
    sentences = {"not_delivered": marked("The reply was not delivered.")}


class Refused(NotDelivered):
    """The network, or its rule known here, refuses this text. The agent mends it."""

    code = "refused"
    sentences = {
        "refused": marked("The network refused the reply."),
        "too_long": marked("The reply is {length} characters long, {limit} fit."),
        "empty": marked("The reply is empty."),
        "too_many_media": marked("{count} files are too many, {limit} fit."),
        "too_big": marked("The file is too big."),
        "not_supported": marked("This network cannot do that."),
        "bad_setting": marked("This value cannot be used: {name}."),
    }


class Unreachable(NotDelivered):
    """This person cannot be written to: they blocked us or closed their inbox."""

    code = "unreachable"
    sentences = {"unreachable": marked("This person does not accept messages.")}


class Gone(NotDelivered):
    """The item asked for is no more."""

    code = "gone"
    sentences = {"gone": marked("The message was deleted on the network.")}


class Duplicate(NotDelivered):
    """The network refuses to post the same text again."""

    code = "duplicate"
    sentences = {"duplicate": marked("The network already has this very reply.")}


class WindowClosed(NotDelivered):
    """The network's reply window for this conversation is over."""

    code = "window_closed"
    sentences = {"window_closed": marked("The time to answer here is over.")}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Around the reading of an answer: what it lacks becomes BadPayload."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as failed:
        raise BadPayload(f"{what}: {type(failed).__name__}") from None
