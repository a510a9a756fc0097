"""How much waits where: the counts beside the queues, in a few queries always."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from inbox.feed import Filter
from inbox.models import Agent, Channel, Conversation, Form, Team
from inbox.models.conversation import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open conversations, and those among them whose promise is past due."""

    total: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    mine: Load
    nobody: Load
    everyone: Load
    channels: Mapping[int, Load]
    teams: Mapping[int, Load]


def counts(agent: Agent, *, now: datetime) -> Counts:
    """One grouped query; the sums are made here."""
    late = Q(next_due_at__lte=now)
    rows = (
        Conversation.objects.visible_to(agent)
        .open()
        .values_list("channel_id", "team_id", "assignee_id")
        .annotate(total=Count("pk"), late=Count("pk", filter=late))
        .order_by()
    )
    tally: dict[tuple[str, int], Load] = {}
    for channel_id, team_id, assignee_id, total, overdue in rows:
        load = Load(total=total, late=overdue)
        _add(tally, ("everyone", 0), load)
        _add(tally, ("channel", channel_id), load)
        _add(tally, ("team", team_id), load)
        if assignee_id is None:
            _add(tally, ("nobody", 0), load)
        elif assignee_id == agent.pk:
            _add(tally, ("mine", 0), load)
    return Counts(
        mine=tally.get(("mine", 0), Load()),
        nobody=tally.get(("nobody", 0), Load()),
        everyone=tally.get(("everyone", 0), Load()),
        channels={
            key: load for (what, key), load in tally.items() if what == "channel"
        },
        teams={key: load for (what, key), load in tally.items() if what == "team"},
    )


def forms(wanted: Filter, agent: Agent, *, now: datetime) -> dict[str, int]:
    """How many there are of each form, under all of the filter but its form."""
    found = wanted.but(form="").conversations(agent, now=now)
    rows = found.values_list("form").annotate(total=Count("pk")).order_by()
    tally = dict.fromkeys(Form.values, 0)
    tally.update(dict(rows))
    return tally


def bands(
    wanted: Filter, agent: Agent, *, now: datetime, tomorrow: datetime
) -> dict[str, int]:
    """How many are due when: `late`, `soon` (within the hour), `today`, `after`
    (`tomorrow` on) and `never`. Their sum is all the filter finds."""
    soon = now + timedelta(hours=1)
    today = max(tomorrow, soon)
    tally: dict[str, int] = wanted.conversations(agent, now=now).aggregate(
        late=Count("pk", filter=Q(urgent_at__lte=now)),
        soon=Count("pk", filter=Q(urgent_at__gt=now, urgent_at__lte=soon)),
        today=Count("pk", filter=Q(urgent_at__gt=soon, urgent_at__lt=today)),
        after=Count(
            "pk",
            filter=Q(urgent_at__gte=today, urgent_at__gt=soon) & Q(urgent_at__lt=NEVER),
        ),
        never=Count("pk", filter=Q(urgent_at__gte=NEVER)),
    )
    return tally


def channels(agent: Agent) -> list[Channel]:
    """The channels the agent sees, as the queues list them."""
    visible = Channel.objects.visible_to_agent(agent.pk).distinct()
    return sorted(visible, key=lambda channel: (str(channel).casefold(), channel.pk))


def teams(agent: Agent) -> list[Team]:
    """The agent's teams, by name."""
    return sorted(agent.teams.all(), key=lambda team: team.name.casefold())


def _add(tally: dict[tuple[str, int], Load], key: tuple[str, int], load: Load) -> None:
    known = tally.get(key, Load())
    tally[key] = Load(total=known.total + load.total, late=known.late + load.late)
