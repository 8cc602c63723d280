"""The server beside the ledger: what leaked is found and fetched, what vanished is counted."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from opsdesk.journal.models import Entry
from opsdesk.mailboxes import connection as wire
from opsdesk.mailboxes import days, queries
from opsdesk.mailboxes.missing import Ungiven, note_ungiven, note_vanished
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.models import MailboxDay
from opsdesk.mailboxes.places import box_of, place_of
from opsdesk.mailboxes.rules import from_ranges
from tests import cast
from tests.dovecot import Mailbox
from tests.mailboxes.builders import HOUR, NOW, letter, missing, press_on, read_all, reading, set_up, uids

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def test_day_by_day_the_server_and_the_ledger_have_the_same(mailbox: Mailbox) -> None:
    for number, ago in enumerate([2 * DAY, DAY, DAY, HOUR]):
        mailbox.deliver(letter(number), internaldate=NOW - ago)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
    found = {each.day.day: (each.on_server, each.in_ledger) for each in days.days(row.id)}
    assert found == {18: (1, 1), 19: (2, 2), 20: (1, 1)}
    [concluded] = Entry.objects.filter(kind="mailbox.reconciled")
    assert concluded.payload == {"on_server": 4, "in_ledger": 4, "leaked": 0, "pending": 0, "vanished": 0}


def test_mail_that_was_passed_by_is_found_and_fetched_at_once(mailbox: Mailbox) -> None:
    for number in range(4):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        reader._advance(NOW)
        Row.objects.update(last_uid=3)
    with reading(row) as reader:
        assert read_all(reader) == 4
    assert (uids(row), missing(row)) == ([4, 1, 2, 3], {})
    [today] = days.days(row.id)
    assert (today.leaked, today.pending, today.found) == (0, 0, 3)
    assert queries.mailbox(row.id, NOW).leaked == 0


def test_a_large_mailbox_is_compared_piece_by_piece_with_the_same_result(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LISTED_AT_ONCE", 10)
    for number in range(45):
        mailbox.deliver(letter(number), internaldate=NOW - DAY if number % 3 else NOW - 2 * DAY)
    row = set_up(mailbox, cast.admin(), start_at=NOW - 9 * DAY)
    with reading(row) as reader:
        reader._advance(NOW)
        Row.objects.update(last_uid=20)
    with reading(row) as reader:
        assert read_all(reader) == 45
        assert missing(row) == {}
        for uid in (5, 10, 11, 12, 45):
            mailbox.expunge(uid)
        reader.reconciled_at = None
        with CaptureQueriesContext(database) as asked:
            read_all(reader, NOW + HOUR)
    parts = [each["sql"] for each in asked if '"received_at" >=' in each["sql"] and '"uid" >' in each["sql"]]
    assert (len(parts), sum('"uid" <=' in each for each in parts)) == (5, 4)
    there = {each.day.day: each for each in MailboxDay.objects.all()}
    assert {day: (each.on_server, each.in_ledger) for day, each in there.items()} == {
        18: (14, 15),
        19: (26, 30),
    }
    assert {day: from_ranges(each.uids) for day, each in there.items()} == {
        18: [uid for uid in range(1, 46) if uid % 3 == 1 and uid != 10],
        19: [uid for uid in range(1, 46) if uid % 3 != 1 and uid not in (5, 11, 12, 45)],
    }
    assert missing(row) == {}


def test_history_that_could_not_be_had_is_still_asked_for_after_a_comparison(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - 30 * DAY)
    row = set_up(mailbox, cast.admin(), start_at=NOW - DAY)
    with reading(row) as reader:
        reader._advance(NOW)
        Row.objects.update(last_uid=1)
        fresh = Row.objects.select_related("source").get()
        lost = Ungiven(1, NOW - 30 * DAY, "no")
        note_ungiven(box_of(fresh), place_of(fresh), [lost], now=NOW + DAY)
    with reading(row) as reader:
        read_all(reader)
        assert Entry.objects.filter(kind="mailbox.reconciled").exists()
        assert missing(row) == {(1, 1): "leaked"}
    with reading(row, now=NOW + 2 * DAY) as reader:
        assert read_all(reader, NOW + 2 * DAY) == 1
    assert missing(row) == {}


def test_history_is_left_out_of_the_comparison(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - 10 * DAY)
    mailbox.deliver(letter(2), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin(), start_at=NOW - DAY, history=False)
    with reading(row) as reader:
        read_all(reader)
    assert [(each.on_server, each.in_ledger, each.leaked) for each in days.days(row.id)] == [(1, 1, 0)]


def test_mail_that_people_took_away_is_in_the_ledger_and_not_leaked(mailbox: Mailbox) -> None:
    for number in range(3):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
        for uid in (1, 2):
            mailbox.expunge(uid)
        reader.asked_at = NOW + HOUR
        read_all(reader, NOW + 2 * HOUR)
    [today] = days.days(row.id)
    assert (today.on_server, today.in_ledger, today.leaked, today.vanished) == (1, 3, 0, 0)
    assert len(days.listed(row.id, today.day, "on_server")) == 1
    assert len(days.listed(row.id, today.day, "in_ledger")) == 3


def test_a_number_given_between_two_looks_whose_mail_is_gone_is_vanished_in_the_comparison_too(
    mailbox: Mailbox,
) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
        mailbox.deliver(letter(2))
        mailbox.expunge(2)
        reader.reconciled_at = None
        read_all(reader)
    [today] = days.days(row.id)
    assert (today.leaked, today.vanished) == (0, 1)
    assert [alarm.code for alarm in queries.alarms(NOW)] == ["vanished"]


def test_a_mail_that_shows_later_than_its_number_is_fetched(mailbox: Mailbox) -> None:
    """Some servers give a number first and show the mail a moment later."""
    for number in range(5):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
    mailbox.deliver(letter(9), internaldate=NOW)
    Row.objects.update(last_uid=F("last_uid") + 3, first_uid=1)
    fresh = Row.objects.select_related("source").get()
    note_vanished(box_of(fresh), place_of(fresh), [(6, 8)], now=NOW)
    for number in range(10, 13):
        mailbox.deliver(letter(number), internaldate=NOW)
    with reading(row) as reader:
        read_all(reader)
    assert sorted(uids(row)) == list(range(1, 10))
    assert missing(row) == {}


def test_a_comparison_after_a_new_numbering_counts_that_alone(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - DAY)
    mailbox.deliver(letter(2), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
        mailbox.expunge(1)
        mailbox.reset_uidvalidity()
        press_on(reader)
        reader.reconciled_at = None
        press_on(reader, NOW + HOUR)
    assert [(each.on_server, each.in_ledger) for each in MailboxDay.objects.order_by("day")] == [
        (0, 0),
        (1, 1),
    ]
