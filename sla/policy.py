"""What is promised to whom: ordered rules, their targets, and versions in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sla.calendar import ALWAYS, Hours


class Metric(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class Wait(StrEnum):
    CUSTOMER = "customer"
    """Published to delivered: what the customer felt."""
    TEAM = "team"
    """Fetched to answered: what the team could influence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a rule may look at."""

    channel_id: int
    form: str
    category: str
    priority: int
    team_id: int | None
    tag_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Seconds promised for one metric and wait."""

    metric: Metric
    wait: Wait
    seconds: int
    priority: int | None = None
    """Only for this priority; None is for those that have none of their own."""
    calendar_id: int | None = None
    """None is 24/7."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whom it is for and what it promises. An empty condition is for everybody."""

    name: str
    targets: tuple[Target, ...]
    channel_ids: frozenset[int] = frozenset()
    forms: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    priorities: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    tag_ids: frozenset[int] = frozenset()
    """One of them is enough."""

    def is_for(self, traits: Traits) -> bool:
        plain: tuple[tuple[frozenset[Any], object], ...] = (
            (self.channel_ids, traits.channel_id),
            (self.forms, traits.form),
            (self.categories, traits.category),
            (self.priorities, traits.priority),
            (self.team_ids, traits.team_id),
        )
        return all(not wanted or has in wanted for wanted, has in plain) and (
            not self.tag_ids or not self.tag_ids.isdisjoint(traits.tag_ids)
        )

    def target(self, *, metric: Metric, wait: Wait, priority: int) -> Target | None:
        """The target for this priority, else the one for any, else None."""
        found = {
            target.priority: target
            for target in self.targets
            if target.metric == metric and target.wait == wait
        }
        return found.get(priority) or found.get(None)

    def as_json(self) -> dict[str, Any]:
        conditions = {name: sorted(getattr(self, name)) for name in _CONDITIONS}
        return {
            "name": self.name,
            "when": {name: values for name, values in conditions.items() if values},
            "targets": [
                {
                    "metric": target.metric.value,
                    "wait": target.wait.value,
                    "seconds": target.seconds,
                    "priority": target.priority,
                    "calendar": target.calendar_id,
                }
                for target in self.targets
            ],
        }

    @classmethod
    def from_json(cls, rule: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for what `as_json` did not write."""
        return cls(
            name=rule["name"],
            targets=tuple(
                Target(
                    metric=Metric(target["metric"]),
                    wait=Wait(target["wait"]),
                    seconds=target["seconds"],
                    priority=target.get("priority"),
                    calendar_id=target.get("calendar"),
                )
                for target in rule["targets"]
            ),
            **{name: frozenset(values) for name, values in rule["when"].items()},
        )


_CONDITIONS = (
    "channel_ids",
    "forms",
    "categories",
    "priorities",
    "team_ids",
    "tag_ids",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A policy as it was promised from `valid_from` on."""

    id: int
    valid_from: datetime
    rules: tuple[Rule, ...]

    def rule_for(self, traits: Traits) -> Rule | None:
        """The first rule that is for these traits."""
        return next((rule for rule in self.rules if rule.is_for(traits)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar as it was from `valid_from` on. The version's id; None is 24/7."""

    id: int | None
    valid_from: datetime | None = None
    hours: Hours = ALWAYS


ROUND_THE_CLOCK = Calendar(id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBook:
    """Every version of a workspace's policy and calendars."""

    versions: tuple[Version, ...] = ()
    calendars: Mapping[int, tuple[Calendar, ...]] = field(default_factory=dict)
    """By the id of the working hours."""
    default_calendar_id: int | None = None
    """Measures working seconds where no target names a calendar; None is 24/7."""

    def version_at(self, moment: datetime) -> Version | None:
        """The version in force; None before the first."""
        past = [one for one in self.versions if one.valid_from <= moment]
        return max(past, key=lambda one: (one.valid_from, one.id), default=None)

    def first_version(self) -> Version | None:
        return min(
            self.versions, key=lambda one: (one.valid_from, one.id), default=None
        )

    def version(self, version_id: int) -> Version | None:
        return next((one for one in self.versions if one.id == version_id), None)

    def calendar_at(self, calendar_id: int | None, moment: datetime) -> Calendar:
        """The calendar's version in force; before the first, the first.

        24/7 for None and for a calendar that has no version.
        """
        versions = self.calendars.get(calendar_id, ()) if calendar_id else ()
        by_time = sorted(versions, key=_since)
        past = [one for one in by_time if _since(one)[0] <= moment.timestamp()]
        return (past[-1:] or by_time[:1] or [ROUND_THE_CLOCK])[0]


def _since(calendar: Calendar) -> tuple[float, int]:
    moment = calendar.valid_from
    return (moment.timestamp() if moment else 0.0, calendar.id or 0)
