"""Making and reading the immutable versions of policies and calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from sla.models import CalendarVersion, Holiday, Policy, PolicyVersion, WorkingHours
from sla.policy import Calendar, Metric, PolicyBook, Rule, Target, Wait

HOUR = 3600
WEEKDAYS = 5
OFFICE_DAY = [[9 * HOUR, 18 * HOUR]]


def books(workspace_ids: Collection[int]) -> dict[int, PolicyBook]:
    """Every version that clocks of these workspaces may stand under."""
    policies = defaultdict(list)
    for row in PolicyVersion.objects.filter(
        policy__workspace_id__in=workspace_ids
    ).select_related("policy"):
        policies[row.policy.workspace_id].append(row.as_value())
    hours = list(WorkingHours.objects.filter(workspace_id__in=workspace_ids))
    calendars = _calendars([one.pk for one in hours])
    return {
        workspace_id: PolicyBook(
            versions=tuple(policies[workspace_id]),
            calendars=calendars,
            default_calendar_id=next(
                (
                    one.pk
                    for one in hours
                    if one.workspace_id == workspace_id and one.is_default
                ),
                None,
            ),
        )
        for workspace_id in workspace_ids
    }


def create_defaults(*, workspace_id: int, zone: str, now: datetime) -> None:
    """What a new workspace promises: a first response in one hour, the next in two,
    round the clock, on both waits. Office hours stand ready to be chosen."""
    hours = WorkingHours.objects.create(
        workspace_id=workspace_id, name=_("Office hours")
    )
    publish_calendar(
        hours,
        zone=zone,
        week=[OFFICE_DAY] * WEEKDAYS + [[]] * (7 - WEEKDAYS),
        valid_from=now,
    )
    policy = Policy.objects.create(workspace_id=workspace_id, name=_("Response times"))
    seconds = {Metric.FIRST_RESPONSE: HOUR, Metric.NEXT_RESPONSE: 2 * HOUR}
    targets = tuple(
        Target(metric=metric, wait=wait, seconds=promised)
        for metric, promised in seconds.items()
        for wait in Wait
    )
    rules = [Rule(name=_("Everything"), targets=targets)]
    publish_policy(policy, rules=rules, valid_from=now)


def publish_policy(
    policy: Policy,
    *,
    rules: Sequence[Rule],
    valid_from: datetime,
    made_by_id: int | None = None,
) -> PolicyVersion:
    """A new version; cycles that are open keep theirs until they are moved."""
    last = policy.versions.aggregate(last=Max("number"))["last"] or 0
    return PolicyVersion.objects.create(
        policy=policy,
        number=last + 1,
        valid_from=valid_from,
        rules=[rule.as_json() for rule in rules],
        made_by_id=made_by_id,
    )


def publish_calendar(
    hours: WorkingHours,
    *,
    zone: str,
    week: Sequence[Sequence[Sequence[int]]],
    valid_from: datetime,
    exceptions: Mapping[str, Sequence[Sequence[int]]] | None = None,
) -> CalendarVersion:
    """A new version, with the holidays as they stand.

    Raises ValueError when the hours make no calendar; nothing is stored then.
    """
    last = hours.versions.aggregate(last=Max("number"))["last"] or 0
    days = Holiday.objects.filter(working_hours=hours).order_by("date")
    version = CalendarVersion(
        working_hours=hours,
        number=last + 1,
        valid_from=valid_from,
        zone=zone,
        week=week,
        exceptions=exceptions or {},
        holidays=[day.date.isoformat() for day in days],
    )
    version.as_value()
    version.save()
    return version


def _calendars(hours_ids: Collection[int]) -> dict[int, tuple[Calendar, ...]]:
    found = defaultdict(list)
    for row in CalendarVersion.objects.filter(working_hours_id__in=hours_ids):
        calendar = Calendar(id=row.pk, valid_from=row.valid_from, hours=row.as_value())
        found[row.working_hours_id].append(calendar)
    return {hours_id: tuple(versions) for hours_id, versions in found.items()}
