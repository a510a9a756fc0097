"""The rows of the product, one file per aggregate.

Rows hold no verbs: what changes several of them stands in `inbox.services`, what
reads them stands in querysets here and in `inbox.feed`.
"""

from inbox.models.channel import (
    Channel,
    ChannelNote,
    ChannelState,
    ConnectionTest,
    Spending,
    Stream,
)
from inbox.models.contact import AuthorSnapshot, Contact, Identity
from inbox.models.conversation import (
    Category,
    Conversation,
    ConversationTag,
    Draft,
    Outcome,
    Priority,
    ReadState,
    Status,
    Tag,
)
from inbox.models.event import Event, Happening
from inbox.models.message import (
    Attachment,
    Delivery,
    Direction,
    Form,
    Message,
    MessageVersion,
    Origin,
    Visibility,
)
from inbox.models.people import Agent, Membership, Role, Team, TeamMember
from inbox.models.raw import Quarantine, RawPayload
from inbox.models.thread import Participation, Post, Thread
from inbox.models.workspace import Workspace

__all__ = [
    "Agent",
    "Attachment",
    "AuthorSnapshot",
    "Category",
    "Channel",
    "ChannelNote",
    "ChannelState",
    "ConnectionTest",
    "Contact",
    "Conversation",
    "ConversationTag",
    "Delivery",
    "Direction",
    "Draft",
    "Event",
    "Form",
    "Happening",
    "Identity",
    "Membership",
    "Message",
    "MessageVersion",
    "Origin",
    "Outcome",
    "Participation",
    "Post",
    "Priority",
    "Quarantine",
    "RawPayload",
    "ReadState",
    "Role",
    "Spending",
    "Status",
    "Stream",
    "Tag",
    "Team",
    "TeamMember",
    "Thread",
    "Visibility",
    "Workspace",
]
