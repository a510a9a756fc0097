"""Faults a sandbox is told to show, each a given number of times or with a chance."""

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class FaultKind(StrEnum):
    """RATE 429 with a reset · ERROR 500 · DOWN 503 · HANG silence, then the connection
    closes · RESET the connection breaks · MALFORMED broken JSON · HTML a web page with
    status 200 · REVOKED 401 · FORBIDDEN 403 · REPEAT the last page once more."""

    RATE = "rate"
    ERROR = "error"
    DOWN = "down"
    HANG = "hang"
    RESET = "reset"
    MALFORMED = "malformed"
    HTML = "html"
    REVOKED = "revoked"
    FORBIDDEN = "forbidden"
    REPEAT = "repeat"


@dataclass(slots=True, kw_only=True)
class Fault:
    """`path`: a part of the path it strikes (empty: any). `method`: GET, POST or any.
    `times` None: for ever. `after`: the request takes effect, only its answer is lost.
    `seconds`: how long a hang lasts, or until a rate limit's reset."""

    kind: FaultKind
    path: str = ""
    method: str = ""
    times: int | None = 1
    chance: float = 1.0
    after: bool = False
    seconds: float = 1.0

    def fits(self, method: str, path: str) -> bool:
        return self.path in path and self.method in {"", method}


@dataclass(slots=True, kw_only=True)
class Faults:
    """The plan of faults, in order. Not locked by itself: the World is."""

    random: Random
    plan: list[Fault] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        for fault in self.plan:
            if not fault.fits(method, path) or self.random.random() >= fault.chance:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.plan.remove(fault)
            self.struck[fault.kind] = self.struck.get(fault.kind, 0) + 1
            return fault
        return None
