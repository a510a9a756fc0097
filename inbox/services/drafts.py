"""What an agent is about to say, kept on the server."""

from __future__ import annotations

from inbox.models import Agent, Conversation, Draft, Visibility


def save(
    conversation_id: int, *, by: Agent, text: str, visibility: Visibility
) -> Draft | None:
    """Keeps the draft; an empty one is forgotten.

    Raises Conversation.DoesNotExist when `by` may not see the conversation.
    """
    conversation = Conversation.objects.visible_to(by).get(pk=conversation_id)
    if not text.strip():
        Draft.objects.filter(agent=by, conversation=conversation).delete()
        return None
    draft, _made = Draft.objects.update_or_create(
        agent=by,
        conversation=conversation,
        defaults={"text": text, "visibility": visibility},
    )
    return draft
