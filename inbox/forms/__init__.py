"""What people fill in. A form checks and cleans; services decide and write."""

from inbox.forms.channel import BeginForm, ConnectForm
from inbox.forms.door import FirstAdminForm, LogInForm
from inbox.forms.feed import FilterForm
from inbox.forms.people import AgentForm, ProfileForm, RoleForm, TeamForm, TeamsForm
from inbox.forms.report import ReportForm
from inbox.forms.said import DraftForm, NoteForm, ReplyForm

__all__ = [
    "AgentForm",
    "BeginForm",
    "ConnectForm",
    "DraftForm",
    "FilterForm",
    "FirstAdminForm",
    "LogInForm",
    "NoteForm",
    "ProfileForm",
    "ReplyForm",
    "ReportForm",
    "RoleForm",
    "TeamForm",
    "TeamsForm",
]
