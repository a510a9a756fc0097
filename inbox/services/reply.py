"""Pressing Send: the reply becomes a row; a worker hands it to the platform."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Case, F, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import connectors
from connectors import Capability, LengthRule, Outbound
from inbox.models import (
    Agent,
    Channel,
    Conversation,
    Delivery,
    Direction,
    Draft,
    Happening,
    Message,
    Visibility,
)
from inbox.services import connections, hints
from inbox.services.change import changing, record


class ReplyFault(Exception):
    """Why it cannot be sent, in the user's words. The draft is kept."""


class MovedOn(ReplyFault):
    """The conversation has words in it that the agent had not seen."""


def submit(
    conversation_id: int,
    *,
    by: Agent,
    text: str,
    visibility: Visibility,
    seen: int,
    key: uuid.UUID,
    now: datetime,
) -> Message:
    """Puts a reply on its way, once per `key` however often it is pressed.

    `seen` is the id of the last message of this conversation that the agent saw.
    Raises MovedOn when a customer or a colleague wrote since then, ReplyFault when it
    cannot be sent, Conversation.DoesNotExist when `by` may not see it.
    """
    with changing(conversation_id, by=by, now=now) as conversation:
        pressed = Message.objects.filter(key=key).first()
        if pressed is not None and pressed.conversation_id == conversation.pk:
            return pressed
        if pressed is not None:
            raise ReplyFault(_("This page is out of date. Open it anew."))
        if newest(conversation) > seen:
            raise MovedOn(_("The conversation moved on while you wrote."))
        target = _target(conversation)
        reply = _row(conversation, target, by, text.strip(), visibility, key, now)
        check(reply, target, now=now)
        reply.save()
        Draft.objects.filter(agent=by, conversation=conversation).delete()
        hints.after_commit("deliver", reply.pk)
    return reply


def newest(conversation: Conversation) -> int:
    """The id of the last message, notes aside; 0 when there is none. What a page
    shows as `seen`."""
    spoken = conversation.messages.exclude(visibility=Visibility.INTERNAL)
    return spoken.order_by("-pk").values_list("pk", flat=True).first() or 0


def is_on_its_way(conversation: Conversation) -> bool:
    """Whether the customer's newest words have an answer that is being delivered."""
    spoken = conversation.messages.exclude(visibility=Visibility.INTERNAL)
    last = spoken.order_by("-pk").first()
    return last is not None and last.delivery in (Delivery.QUEUED, Delivery.SENDING)


def check(reply: Message, target: Message, *, now: datetime) -> None:
    """Raises ReplyFault for whatever the channel or the network would refuse."""
    reason = why_closed(reply.channel, target, Visibility(reply.visibility), now=now)
    if reason:
        raise ReplyFault(reason)
    connector = connections.connect(reply.channel, now=now)
    try:
        connector.check(outbound(reply))
    except connectors.NotDelivered as fault:
        raise ReplyFault(fault.words(get_language() or "en")) from fault


def why_closed(
    channel: Channel, target: Message | None, visibility: Visibility, *, now: datetime
) -> str:
    """Why one may not reply here, in the user's words; empty when one may."""
    if target is None:
        return _("There is nothing here to reply to.")
    if channel.unauthorized_at:
        return _("The channel lost its access. An admin can connect it again.")
    if channel.sending_paused_at:
        return _("Sending is paused on this channel.")
    if target.reply_until and target.reply_until <= now:
        return _("The network's time to answer here is over.")
    if not can(channel, target, visibility):
        return _("This network does not allow this kind of reply.")
    return ""


def can(channel: Channel, target: Message, visibility: Visibility) -> bool:
    """Whether network and token allow such a reply to this message."""
    needed = _needed(target, visibility)
    able = connectors.get(channel.kind).capabilities.can
    return needed in able and needed.value not in channel.trouble


def target_of(conversation: Conversation) -> Message | None:
    """What a reply answers: the customer's newest message that still exists."""
    theirs = conversation.messages.filter(direction=Direction.IN)
    living = theirs.filter(deleted_at__isnull=True)
    return living.in_order().last() or theirs.in_order().last()


def outbound(reply: Message) -> Outbound:
    """The reply as the connector kit wants it."""
    target = reply.answers
    identity = target.author.identity if target and target.author else None
    return Outbound(
        idempotency_key=str(reply.key),
        text=reply.text,
        visibility=connectors.Visibility(reply.visibility),
        to=target.handle if target else None,
        in_reply_to=target.external_id if target else None,
        recipient_id=identity.external_id if identity else None,
        recipient_handle=target.author.handle if target and target.author else None,
    )


def confirm_arrived(message_id: int, *, by: Agent, now: datetime) -> Message:
    """A person looked on the network: it is there."""
    reply = Message.objects.get(pk=message_id)
    at = reply.first_tried_at or now
    earliest = min(at, reply.published_at)
    with changing(
        reply.conversation_id or 0, by=by, now=now, since=earliest
    ) as conversation:
        found = Message.objects.filter(pk=message_id, delivery=Delivery.UNKNOWN)
        if found.update(
            delivery=Delivery.SENT,
            delivered_at=at,
            published_at=at,
            send_at=None,
            error_code="",
            error_words="",
        ):
            conversation.last_message_at = max(conversation.last_message_at, at)
    return reply


def send_again(message_id: int, *, by: Agent, now: datetime) -> Message:
    """A person decided: what failed, or never arrived, goes out again."""
    reply = Message.objects.get(pk=message_id)
    with changing(reply.conversation_id or 0, by=by, now=now) as conversation:
        found = Message.objects.filter(
            pk=message_id, delivery__in=(Delivery.UNKNOWN, Delivery.FAILED)
        )
        if found.update(
            delivery=Delivery.QUEUED,
            send_at=now,
            answered_at=_pressed_at(now),
            error_code="",
            error_words="",
        ):
            record(conversation, Happening.SENT_AGAIN, by=by, now=now, message=reply)
            hints.after_commit("deliver", reply.pk)
    return reply


def _pressed_at(now: datetime) -> Case:
    """Of what the network refused, Send is pressed anew: until then somebody waited.
    What may have arrived keeps its time."""
    refused = When(delivery=Delivery.FAILED, then=Value(now))
    return Case(refused, default=F("answered_at"))


def length_rule(
    channel: Channel, visibility: Visibility, *, now: datetime
) -> LengthRule:
    """How the network counts here; for the composer's counter. No network is asked."""
    connector = connections.connect(channel, now=now)
    return connector.length_rule(visibility.value)


def _target(conversation: Conversation) -> Message:
    target = target_of(conversation)
    if target is None:
        raise ReplyFault(_("There is nothing here to reply to."))
    return target


def _needed(target: Message, visibility: Visibility) -> Capability:
    if target.visibility == Visibility.PRIVATE:
        return Capability.MESSAGE
    if visibility == Visibility.PRIVATE:
        return Capability.PRIVATE_REPLY
    return Capability.REPLY


def _row(
    conversation: Conversation,
    target: Message,
    by: Agent,
    text: str,
    visibility: Visibility,
    key: uuid.UUID,
    now: datetime,
) -> Message:
    # A private thread is never answered in public, whatever the page sent.
    is_private = target.visibility == Visibility.PRIVATE
    return Message(
        workspace_id=conversation.workspace_id,
        channel=conversation.channel,
        thread=target.thread,
        conversation=conversation,
        direction=Direction.OUT,
        visibility=Visibility.PRIVATE if is_private else visibility,
        form=target.form,
        agent=by,
        text=text,
        parent_external_id=target.external_id,
        published_at=now,
        delivery=Delivery.QUEUED,
        key=key,
        answers=target,
        answered_at=now,
        send_at=now,
    )
