"""What a connector is given, kept in memory: for a shell and for tests."""

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock

from connectors.cleaning import Json
from connectors.types import Watched


class MemoryCredentials:
    """Credentials of one process."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<MemoryCredentials {sorted(self._values)}>"

    def get(self) -> Mapping[str, str]:
        return dict(self._values)

    def rotate(
        self,
        refresh: Callable[[Mapping[str, str]], Mapping[str, str]],
        *,
        stale: Mapping[str, str],
    ) -> Mapping[str, str]:
        with self._lock:
            if self._values == dict(stale):
                self._values = dict(refresh(dict(self._values)))
            return dict(self._values)


class MemoryNotes:
    """Notes of one process. `write` takes a Page's or an Account's notes."""

    def __init__(
        self,
        notes: Mapping[str, Json] | None = None,
        *,
        watched: Sequence[Watched] = (),
    ) -> None:
        self.rows: dict[str, Json] = dict(notes or {})
        self.watch = list(watched)

    def get(self, key: str) -> Json:
        return self.rows.get(key)

    def get_many(self, keys: Collection[str]) -> Mapping[str, Json]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def watched(self, *, after: str | None, limit: int) -> Sequence[Watched]:
        marks = [item.mark for item in self.watch]
        start = marks.index(after) + 1 if after in marks else 0
        return self.watch[start : start + limit]

    def write(self, notes: Mapping[str, Json]) -> None:
        for key, value in notes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value


class FreeBudget:
    """A budget without a limit."""

    def reserve(self, purse: str, *, units: int) -> str:
        return f"{purse}:{units}"

    def settle(self, reservation: str, *, units: int) -> None:
        del reservation, units
