"""Answers of ours that were read before what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.models import Direction, Message
from inbox.services.write import write


def bring_home(channel_id: int, homes: Mapping[str, int]) -> list[Message]:
    """Answers to these items (external id -> conversation) join their conversations,
    and answers to those answers too. Caller holds the thread; what moved is returned.
    """
    moved: list[Message] = []
    left = dict(homes)
    while left:
        orphans = list(
            Message.objects.filter(
                channel_id=channel_id,
                direction=Direction.OUT,
                conversation__isnull=True,
                parent_external_id__in=left,
            )
        )
        found = _moved(orphans, left, by="parent_external_id")
        left = {
            orphan.external_id: orphan.conversation_id
            for orphan in found
            if orphan.external_id and orphan.conversation_id
        }
        moved += found
    return moved


def bring_home_in_dialogs(homes: Mapping[int, int]) -> list[Message]:
    """In a dialog (thread id -> conversation) ours need no parent."""
    orphans = Message.objects.filter(
        thread_id__in=homes, direction=Direction.OUT, conversation__isnull=True
    )
    return _moved(list(orphans), homes, by="thread_id")


def _moved(
    orphans: list[Message], homes: Mapping[Any, int], *, by: str
) -> list[Message]:
    for orphan in orphans:
        orphan.conversation_id = homes[getattr(orphan, by)]
    write(orphans, ["conversation"])
    return orphans
