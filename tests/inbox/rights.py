"""Who may do what, as section 7 of the plan's table says it, address by address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

from inbox.models import Role

Values = Callable[[SimpleNamespace], Mapping[str, object]]


def nothing(_place: SimpleNamespace) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One method at one address, what it sends, and the status when it is done."""

    name: str
    method: str
    done: int
    data: Values = nothing
    query: Values = nothing

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A line of the table: the least role, and the acts that stand under it."""

    words: str
    role: Role | None
    acts: tuple[Act, ...] = field(default=())


def _get(name: str, *, query: Values = nothing) -> Act:
    return Act(name=name, method="GET", done=200, query=query)


def _post(name: str, *, done: int = 303, data: Values = nothing) -> Act:
    return Act(name=name, method="POST", done=done, data=data)


def _sends(**values: object) -> Values:
    return lambda _place: values


def _names_teams(place: SimpleNamespace) -> Mapping[str, object]:
    return {"teams": [place.team.pk]}


RIGHTS = (
    Right(
        words="come in, and set up what nobody has set up",
        role=None,
        acts=(
            _get("login"),
            _post("login", done=422),
            _get("set_up"),
            _post("set_up"),
        ),
    ),
    Right(
        words="one's own session and preferences",
        role=Role.OPERATOR,
        acts=(
            _post("log_out", done=302),
            _get("me"),
            _post(
                "me",
                done=302,
                data=_sends(language="en", time_zone="Europe/Warsaw", theme="dark"),
            ),
        ),
    ),
    Right(
        words="read and answer what their teams see",
        role=Role.OPERATOR,
        acts=(
            _get("desk"),
            _get("rows", query=lambda place: {"ids": place.conversation.pk}),
            _get("pulse", query=lambda place: {"since": place.since}),
            _get("conversation"),
            _get("conversation_live"),
            _post(
                "replies",
                data=lambda place: {
                    "text": "It left today.",
                    "visibility": "public",
                    "seen": place.seen,
                    "key": "6a7b6f0e-0b52-4f0e-8a34-6a0f4bb7a001",
                },
            ),
            _post("notes", data=_sends(text="Called the shop.")),
            _post("draft", data=_sends(text="It left", visibility="public")),
            _post("message_arrival"),
            _post("message_retry"),
        ),
    ),
    Right(
        words="assign, tag, resolve",
        role=Role.OPERATOR,
        acts=(
            _post("assignment", data=_sends(assignee="me")),
            _post("team", data=lambda place: {"team": place.team.pk}),
            _post("tags", data=_sends(name="firmware")),
            _post("tag_removal"),
            _post("category", data=_sends(category="complaint")),
            _post("priority", data=_sends(priority="1")),
            _post("resolution", data=_sends(outcome="spam")),
            _post("reopening"),
        ),
    ),
    Right(
        words="own figures and team totals",
        role=Role.OPERATOR,
        acts=(
            _get("report"),
            _get("report_rows", query=_sends(figure="waiting", who="everybody")),
        ),
    ),
    Right(words="export", role=Role.LEAD, acts=(_get("report_csv"),)),
    Right(
        words="raw quarantine, for now its count",
        role=Role.LEAD,
        acts=(_get("channels"),),
    ),
    Right(
        words="agents, teams, roles",
        role=Role.ADMIN,
        acts=(
            _get("people"),
            _post(
                "agents",
                done=302,
                data=_sends(
                    name="Nora",
                    email="n@example.com",
                    password="grey-boat-17",
                    role="lead",
                ),
            ),
            _post("agent_role", done=302, data=_sends(role="lead")),
            _post("agent_teams", done=302, data=_names_teams),
            _post("agent_activity", done=302, data=_sends(to="off")),
            _post("teams", done=302, data=_sends(name="Night shift")),
        ),
    ),
    Right(
        words="channels, secrets",
        role=Role.ADMIN,
        acts=(
            _get("channel_kinds"),
            _get("channel_new"),
            _post("channel_new", done=302, data=lambda place: place.settings),
            _get("connection_test"),
            _post(
                "connection_begin",
                done=302,
                data=lambda place: {"begin": "now", "team": place.team.pk},
            ),
            _get("channel"),
            _post("channel_test", done=302),
            _get("channel_again"),
            _post("channel_again", done=302, data=lambda place: place.settings),
            _post("channel_sending", done=302, data=_sends(to="off")),
            _post("channel_reading", done=302, data=_sends(to="off")),
            _post("channel_teams", done=302, data=_names_teams),
        ),
    ),
)

ACTS = [(act, right.role) for right in RIGHTS for act in right.acts]
