"""The ledger of promises, and the immutable versions that they were made under.

Dimensions of a clock are plain columns written from history, so that `sla.report`
reads this one table and a later change of tag or team moves no past figure.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla import calendar, cycle, policy
from sla.policy import Rule, Version


class WorkingHours(models.Model):
    """A named calendar. Its hours stand in versions, which are never changed."""

    workspace = models.ForeignKey("inbox.Workspace", models.CASCADE)
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False)
    """Measures the working seconds of waits that no target gives a calendar to."""

    class Meta:
        verbose_name_plural = "working hours"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="hours_name"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(is_default=True), name="hours_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """What a calendar said from `valid_from` on: exceptions and holidays included."""

    working_hours = models.ForeignKey(
        WorkingHours, models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    zone = models.CharField(max_length=64)
    week = models.JSONField()
    """Seven lists, Monday first, of [opens, closes] in seconds after midnight."""
    exceptions = models.JSONField(default=dict, blank=True)
    """ISO date -> list of [opens, closes]; an empty list is a day off."""
    holidays = models.JSONField(default=list, blank=True)
    """ISO dates, as the Holiday rows were when this version was made."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["working_hours", "number"], name="calendar_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.working_hours_id} v{self.number}"

    def as_value(self) -> calendar.WorkingHours:
        return calendar.WorkingHours(
            zone=self.zone,
            week=tuple(tuple((a, b) for a, b in day) for day in self.week),
            exceptions=tuple(
                (date.fromisoformat(day), tuple((a, b) for a, b in spans))
                for day, spans in sorted(self.exceptions.items())
            ),
            holidays=frozenset(date.fromisoformat(day) for day in self.holidays),
        )


class Holiday(models.Model):
    """A day off, editable; counts once a new version of the calendar is made."""

    working_hours = models.ForeignKey(
        WorkingHours, models.CASCADE, related_name="holidays"
    )
    date = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["working_hours", "date"], name="holiday_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class Policy(models.Model):
    """A workspace's ordered list of rules. What it says stands in versions."""

    workspace = models.OneToOneField("inbox.Workspace", models.CASCADE)
    name = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """What a policy promised from `valid_from` on; never changed."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    rules = models.JSONField()
    """In order, as `sla.policy.Rule.as_json` writes them; the first match wins."""
    made_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="policy_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.number}"

    def as_value(self) -> Version:
        return Version(
            id=self.pk,
            valid_from=self.valid_from,
            rules=tuple(Rule.from_json(rule) for rule in self.rules),
        )


class Metric(models.TextChoices):
    FIRST_RESPONSE = policy.Metric.FIRST_RESPONSE.value, _("First response")
    NEXT_RESPONSE = policy.Metric.NEXT_RESPONSE.value, _("Next response")
    RESOLUTION = policy.Metric.RESOLUTION.value, _("Resolution")


class Wait(models.TextChoices):
    CUSTOMER = policy.Wait.CUSTOMER.value, _("Customer wait")
    TEAM = policy.Wait.TEAM.value, _("Team wait")


class Credit(models.TextChoices):
    """Whose reply ended the wait."""

    AGENT = cycle.Credit.AGENT.value, _("Agent")
    OUTSIDE = cycle.Credit.OUTSIDE.value, _("Outside")


class ClockQuerySet(models.QuerySet["Clock"]):
    def open(self) -> ClockQuerySet:
        return self.filter(ended_at__isnull=True)

    def unnoticed(self, now: datetime) -> ClockQuerySet:
        """Open, past due, and not yet marked as breached."""
        return self.open().filter(breached_at__isnull=True, due_at__lt=now)


class Clock(models.Model):
    """One promise in one cycle. `sla.store` alone writes it, `sla.report` reads it."""

    conversation = models.ForeignKey(
        "inbox.Conversation", models.CASCADE, db_index=False, related_name="clocks"
    )
    workspace_id = models.BigIntegerField()
    metric = models.CharField(max_length=16, choices=Metric)
    wait = models.CharField(max_length=8, choices=Wait)
    cycle = models.PositiveIntegerField()
    """Which wait of the conversation it is, from 1."""
    origin = models.CharField(max_length=10)
    """Of the message that opened the cycle: live, backfill or import."""

    opened_at = models.DateTimeField()
    """When the customer wrote: the day the cycle belongs to."""
    started_at = models.DateTimeField()
    """`opened_at`, for the team wait `fetched_at`."""
    target_seconds = models.PositiveIntegerField(null=True)
    """What was promised; null means that no target applies."""
    due_at = models.DateTimeField(null=True)
    """Null without a target, and while an outage holds the clock."""
    pauses = models.JSONField(default=list)
    """[[from, to or null], ...] in ISO 8601: the channel was down."""
    closed_at = models.DateTimeField(null=True)
    """When the closing act stands in the thread; the same for both waits."""
    ended_at = models.DateTimeField(null=True)
    """When this wait ended: delivered, or for the team wait answered."""
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    """How it ended without a reply; such a clock is in no percentage."""
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True)
    rule = models.CharField(max_length=80, blank=True)
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, null=True)
    """Null is 24/7."""
    wall_seconds = models.PositiveIntegerField(null=True)
    working_seconds = models.PositiveIntegerField(null=True)

    credit = models.CharField(max_length=8, choices=Credit, blank=True)
    agent_id = models.BigIntegerField(null=True)
    """The sender of the reply that closed it."""
    opened_by_id = models.BigIntegerField()
    closed_by_id = models.BigIntegerField(null=True)
    """The reply, or the message whose deletion closed it."""
    closing_event_id = models.BigIntegerField(null=True)
    fetched_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    network_seconds = models.PositiveIntegerField(null=True)
    queue_seconds = models.PositiveIntegerField(null=True)
    handling_seconds = models.PositiveIntegerField(null=True)
    delivery_seconds = models.PositiveIntegerField(null=True)
    is_skewed = models.BooleanField(default=False)
    """Two machines' clocks disagreed: a difference below zero counts as zero."""
    hands = models.JSONField(default=list)
    """[[agent id or null, from, to or null], ...]: whose it was, and when."""

    channel_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    team_id = models.BigIntegerField(null=True)
    assignee_id = models.BigIntegerField(null=True)
    form = models.CharField(max_length=10)
    category = models.CharField(max_length=12, blank=True)
    priority = models.PositiveSmallIntegerField()
    tag_ids = ArrayField(models.BigIntegerField(), default=list)
    post_id = models.BigIntegerField(null=True)
    city = models.TextField(blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "wait", "cycle", "metric"], name="clock_once"
            ),
            models.UniqueConstraint(
                fields=["conversation", "wait", "metric"],
                condition=Q(ended_at__isnull=True),
                name="clock_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["workspace_id", "wait", "opened_at", "id"],
                include=[
                    "metric",
                    "channel_id",
                    "team_id",
                    "agent_id",
                    "credit",
                    "outcome",
                    "origin",
                    "ended_at",
                    "due_at",
                    "met_at",
                    "breached_at",
                    "wall_seconds",
                    "working_seconds",
                ],
                name="clock_report",
            ),
            models.Index(
                fields=["workspace_id", "agent_id", "wait", "opened_at", "id"],
                condition=Q(agent_id__isnull=False),
                name="clock_of_agent",
            ),
            models.Index(
                fields=["workspace_id", "wait", "opened_at"],
                condition=Q(ended_at__isnull=True),
                name="clock_open",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(
                    ended_at__isnull=True,
                    breached_at__isnull=True,
                    due_at__isnull=False,
                ),
                name="clock_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.metric} {self.wait} {self.cycle}"
