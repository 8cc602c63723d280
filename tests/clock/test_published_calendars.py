from datetime import UTC, date, datetime, timedelta

import pytest

from opsdesk.clock import actions, queries
from opsdesk.clock.business import due_at
from opsdesk.clock.models import HouseHoliday
from opsdesk.clock.preview import Why, coming, given, preview
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import CUSTOMER, Actor
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.permissions import NotAnAdmin, NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.vault.models import Document
from tests.clock.builders import ADMIN, LEAD, OPERATOR, a_calendar, at

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUPPORT = """\
key: support
name: Support hours
zone: Asia/Seoul
week:
  monday: ["09:00-18:00"]
  friday: ["09:00-18:00"]
holidays: {countries: [KR]}
"""
LONGER = SUPPORT.replace("18:00", "19:00")
FRIDAY = date(2026, 11, 27)


def publish(text: str = SUPPORT, *, actor: Actor = ADMIN, now: datetime = NOW) -> Document:
    return actions.publish_calendar(text, source="support.yaml", note="first", actor=actor, now=now)


def close(on: date = FRIDAY, *, actor: Actor = LEAD, name: str = "Moving house") -> HouseHoliday:
    return actions.add_house_holiday(calendar="support", on=on, name=name, actor=actor, now=NOW)


pytestmark = pytest.mark.django_db


def test_each_publication_is_a_version_and_the_same_text_again_is_none() -> None:
    assert [publish().version, publish().version, publish(LONGER).version] == [1, 1, 2]
    assert queries.calendar("support").version_label == "support@2+0"
    assert queries.calendar("support", 1).week[0][0].end == 18 * 60
    assert [document.version for document in queries.versions("support")] == [2, 1]
    assert [calendar.key for calendar in queries.calendars()] == ["support"]


def test_a_wrong_calendar_is_not_published() -> None:
    with pytest.raises(DocumentInvalid, match=r"support.yaml:3: zone"):
        publish(SUPPORT.replace("Asia/Seoul", "Seoul"))
    assert not Document.objects.exists()


@pytest.mark.parametrize("actor", [LEAD, OPERATOR, CUSTOMER])
def test_only_an_admin_publishes(actor: Actor) -> None:
    with pytest.raises((NotYourRight, NotAnAdmin)):
        publish(actor=actor)


def test_a_calendar_that_isnt_there_is_named() -> None:
    with pytest.raises(queries.CalendarMissing, match="support"):
        queries.calendar("support")
    publish()
    with pytest.raises(queries.CalendarMissing):
        queries.calendar("support", 7)


def test_shipped_calendars_are_published_once_and_never_over_anybodys_own() -> None:
    first = actions.publish_shipped(now=NOW)
    assert first
    assert actions.publish_shipped(now=NOW) == []
    assert {document.published_by_id for document in first} == {None}
    assert all(queries.calendar(document.name).key == document.name for document in first)


def test_a_house_holiday_closes_the_day_and_makes_another_revision() -> None:
    publish()
    with remembering():
        start = at("2026-11-26 20:00", "Asia/Seoul")
        before = queries.calendar("support")
        assert due_at(start, 3600, before) == at("2026-11-27 10:00", "Asia/Seoul")
        close(name="  Moving   house ")
        closed = queries.calendar("support")
        assert closed.version_label == "support@1+1"
        assert closed.holiday_name(FRIDAY) == "Moving house"
        assert due_at(start, 3600, closed) == at("2026-11-30 10:00", "Asia/Seoul")
        actions.withdraw_house_holiday(calendar="support", on=FRIDAY, actor=LEAD, now=NOW)
        assert queries.calendar("support").version_label == "support@1+2"
        assert queries.calendar("support").holiday_name(FRIDAY) is None
    kinds = list(Entry.objects.filter(subject_kind="calendar").order_by("id").values_list("kind", flat=True))
    assert kinds == ["calendar.day_closed", "calendar.day_opened"]
    assert HouseHoliday.objects.get().withdrawn_at == NOW


def test_a_day_is_closed_once_and_opened_once() -> None:
    publish()
    close()
    with pytest.raises(actions.DayClosed, match="2026-11-27"):
        close()
    actions.withdraw_house_holiday(calendar="support", on=FRIDAY, actor=LEAD, now=NOW)
    with pytest.raises(actions.DayNotClosed):
        actions.withdraw_house_holiday(calendar="support", on=FRIDAY, actor=LEAD, now=NOW)
    close()
    assert queries.calendar("support").version_label == "support@1+3"


def test_today_can_still_be_closed_in_the_calendars_zone_but_no_day_before() -> None:
    publish()
    late_evening = datetime(2026, 11, 19, 23, tzinfo=UTC)
    with pytest.raises(actions.DayPast):
        actions.add_house_holiday(
            calendar="support", on=date(2026, 11, 19), name="x", actor=LEAD, now=late_evening
        )
    actions.add_house_holiday(
        calendar="support", on=date(2026, 11, 20), name="x", actor=LEAD, now=late_evening
    )
    with pytest.raises(actions.DayPast):
        actions.withdraw_house_holiday(
            calendar="support", on=date(2026, 11, 20), actor=LEAD, now=late_evening + timedelta(days=1)
        )


def test_who_leads_no_desk_closes_no_day_and_a_day_needs_a_name_and_a_calendar() -> None:
    with pytest.raises(queries.CalendarMissing):
        close()
    publish()
    with pytest.raises(NotYourRight):
        close(actor=OPERATOR)
    for name in (" ", "x" * 121):
        with pytest.raises(Invalid):
            close(name=name)
    assert not HouseHoliday.objects.exists()


def test_a_draft_is_compared_with_what_is_published_before_it_counts() -> None:
    publish()
    close()
    shorter = SUPPORT.replace('friday: ["09:00-18:00"]', 'friday: ["09:00-12:00"]')
    start = at("2026-11-20 11:00", "Asia/Seoul")
    found = queries.preview_of(shorter, source="draft", budget_s=2 * 3600, starts=[start], now=NOW)
    asked = found.rows[0]
    assert (asked.occasion.why, asked.changes) == (Why.GIVEN, True)
    assert asked.old_due_at == at("2026-11-20 13:00", "Asia/Seoul")
    assert asked.new_due_at == at("2026-11-23 10:00", "Asia/Seoul")
    names = {row.occasion.name for row in found.rows}
    assert {"Moving house", "Christmas Day"} <= names
    assert queries.calendar("support").version == 1


def test_a_draft_of_a_new_calendar_has_nothing_to_be_compared_with() -> None:
    found = queries.preview_of(SUPPORT, source="draft", budget_s=3600, starts=[NOW], now=NOW)
    assert found.published is None
    assert found.rows[0].old_due_at is None
    assert found.rows[0].new_due_at == at("2026-11-23 10:00", "Asia/Seoul")


def test_a_preview_looks_at_the_coming_clock_changes() -> None:
    occasions = coming([a_calendar("Europe/Berlin"), a_calendar("Europe/Berlin")], now=NOW)
    assert [(occasion.on.isoformat(), occasion.name) for occasion in occasions] == [
        ("2027-03-28", "+1:00"),
        ("2027-10-31", "-1:00"),
    ]
    assert {occasion.why for occasion in occasions} == {Why.CLOCK_CHANGE}


def test_a_preview_survives_a_calendar_that_never_opens() -> None:
    never = a_calendar(week=((),) * 7)
    (row,) = preview(never, a_calendar(), budget_s=60, occasions=given([NOW], never.tz))
    assert (row.old_due_at, row.new_due_at) == (NOW + timedelta(minutes=1), None)
