"""The referee's book: every item a sandbox offered and every write it received.

A test compares it with what was stored: every item offered is stored once, every reply
created once. With a path it also appends each event to a JSON-lines file, so that it
outlives a killed process.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(slots=True, kw_only=True)
class Write:
    """One reply as the platform saw it. `received` counts requests with this key,
    `created` what they made: 1, or 0 when every one of them was refused."""

    key: str
    text: str
    in_reply_to: str | None
    private: bool
    received: int = 0
    created: int = 0
    external_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Not locked by itself: the World is."""

    path: Path | None = None
    offered: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    _by_key: dict[str, Write] = field(default_factory=dict)

    def offer(
        self, *, external_id: str, thing: str, author: str, at: datetime, due: bool
    ) -> None:
        """Something was said. `due`: whoever reads our account must store it once;
        else it is our own post or a talk among strangers."""
        entry = {
            "external_id": external_id,
            "thing": thing,
            "author": author,
            "at": at.isoformat(),
            "due": due,
        }
        self.offered.append(entry)
        self._append("offered", entry)

    def change(self, *, external_id: str, thing: str, at: datetime) -> None:
        """An edit or a deletion."""
        entry = {"external_id": external_id, "thing": thing, "at": at.isoformat()}
        self.changes.append(entry)
        self._append("changed", entry)

    def receive(
        self, *, key: str, text: str, in_reply_to: str | None, private: bool
    ) -> Write:
        """A write that arrived; the same key again counts on the same line. A write
        without a key is always a line of its own."""
        write = self._by_key.get(key) if key else None
        if write is None:
            write = Write(key=key, text=text, in_reply_to=in_reply_to, private=private)
            self.writes.append(write)
            if key:
                self._by_key[key] = write
        write.received += 1
        self._append("received", {"key": key, "text": text, "to": in_reply_to})
        return write

    def created(self, write: Write, external_id: str) -> None:
        write.created += 1
        write.external_id = external_id
        self._append("created", {"key": write.key, "external_id": external_id})

    def as_json(self) -> dict[str, Any]:
        writes = [asdict(write) for write in self.writes]
        return {"offered": self.offered, "changes": self.changes, "writes": writes}

    def _append(self, event: str, entry: dict[str, Any]) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"event": event, **entry}) + "\n")
