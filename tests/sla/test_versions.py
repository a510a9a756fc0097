"""What a workspace starts with, and how versions are made."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from inbox.models import Workspace
from inbox.services import clocks
from sla import versions
from sla.calendar import NoWorkingTimeError
from sla.models import CalendarVersion, Holiday, Policy, WorkingHours
from sla.policy import Metric, Wait
from tests.sla.build import minute, promises

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace.objects.create(pk=50, name="Kawa", time_zone="Europe/Warsaw")
    clocks.create_defaults(made)
    return made


def test_a_new_workspace_promises_one_hour_and_two_on_both_waits(
    workspace: Workspace,
) -> None:
    book = versions.books([workspace.pk])[workspace.pk]
    (version,) = book.versions
    (rule,) = version.rules
    found = {
        (target.metric, target.wait): (target.seconds, target.calendar_id)
        for target in rule.targets
    }
    assert found == {
        (Metric.FIRST_RESPONSE, Wait.CUSTOMER): (3600, None),
        (Metric.FIRST_RESPONSE, Wait.TEAM): (3600, None),
        (Metric.NEXT_RESPONSE, Wait.CUSTOMER): (7200, None),
        (Metric.NEXT_RESPONSE, Wait.TEAM): (7200, None),
    }
    assert version.valid_from == workspace.created_at
    assert book.default_calendar_id is None


def test_office_hours_of_the_workspaces_zone_stand_ready(workspace: Workspace) -> None:
    hours = WorkingHours.objects.get(workspace=workspace)
    calendar = hours.versions.get().as_value()
    friday = datetime(2026, 11, 6, 16, 0, tzinfo=UTC)
    assert calendar.zone == "Europe/Warsaw"
    assert calendar.add(friday, 2 * 3600) == datetime(2026, 11, 9, 9, 0, tzinfo=UTC)


def test_a_new_version_of_a_calendar_takes_the_holidays_along(
    workspace: Workspace,
) -> None:
    hours = WorkingHours.objects.get(workspace=workspace)
    Holiday.objects.create(working_hours=hours, date=date(2026, 12, 25), name="Xmas")
    version = versions.publish_calendar(
        hours,
        zone="Europe/Warsaw",
        week=[[[32400, 43200], [46800, 64800]]] * 7,
        exceptions={"2026-12-24": [[32400, 43200]], "2026-12-26": []},
        valid_from=minute(0),
    )
    calendar = CalendarVersion.objects.get(pk=version.pk).as_value()
    days = [
        calendar.between(
            datetime(2026, 12, day, tzinfo=UTC), datetime(2026, 12, day + 1, tzinfo=UTC)
        )
        for day in (23, 24, 25, 26)
    ]
    assert version.number == 2
    assert days == [8 * 3600, 3 * 3600, 0, 0]


def test_hours_that_make_no_calendar_are_not_stored(workspace: Workspace) -> None:
    hours = WorkingHours.objects.get(workspace=workspace)
    with pytest.raises(NoWorkingTimeError):
        versions.publish_calendar(
            hours, zone="UTC", week=[[]] * 7, valid_from=minute(0)
        )
    assert hours.versions.count() == 1


def test_a_policy_grows_by_versions_and_keeps_the_old_ones(
    workspace: Workspace,
) -> None:
    policy = Policy.objects.get(workspace=workspace)
    old = policy.versions.get()
    rule = old.as_value().rules[0]
    new = versions.publish_policy(
        policy, rules=[rule, rule], valid_from=minute(99_999), made_by_id=4
    )
    assert (new.number, new.made_by_id, len(new.as_value().rules)) == (2, 4, 2)
    old.refresh_from_db()
    assert len(old.as_value().rules) == 1
    assert promises()[0].seconds == rule.targets[0].seconds
