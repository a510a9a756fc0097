"""What became of items we already have: edited, deleted on the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors import Inbound
from inbox.models import Message, MessageVersion
from inbox.services.write import write


@dataclass(slots=True, kw_only=True)
class Edits:
    """Changes of stored messages, collected over a page and written together."""

    now: datetime
    versions: list[MessageVersion] = field(default_factory=list)
    changed: list[Message] = field(default_factory=list)

    def apply(self, message: Message, item: Inbound) -> bool:
        """Takes over what the item tells anew; True when something changed.

        An older version that comes late changes nothing.
        """
        edited = self._edit(message, item)
        deleted = item.deleted and message.deleted_at is None
        if deleted:
            message.deleted_at = self.now
        if edited or deleted:
            self.changed.append(message)
        return edited or deleted

    def save(self) -> None:
        MessageVersion.objects.bulk_create(self.versions)
        write(self.changed, ["text", "edited_at", "deleted_at"])

    def _edit(self, message: Message, item: Inbound) -> bool:
        if item.deleted or item.text == message.text or not _is_newer(item, message):
            return False
        at = item.edited_at or self.now
        self.versions.append(
            MessageVersion(message=message, text=message.text, replaced_at=at)
        )
        message.text = item.text
        message.edited_at = at
        return True


def _is_newer(item: Inbound, message: Message) -> bool:
    """Whether the item is a later state. Ours come back with names put before them."""
    if message.agent_id is not None and item.edited_at is None:
        return False
    if item.edited_at is None:
        return message.edited_at is None
    return message.edited_at is None or item.edited_at > message.edited_at
