"""Reading a real mailbox: what is there comes in once, whatever happens to it, to us, or in between."""

from datetime import timedelta

import pytest

from opsdesk.mail import intake
from opsdesk.mail.models import Arrival, Outcome
from opsdesk.mailboxes import queries
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.refusals import ReadByAnother
from opsdesk.vault import queries as vault
from tests import cast
from tests.dovecot import Mailbox
from tests.mailboxes.builders import (
    HOUR,
    NOW,
    letter,
    missing,
    press_on,
    read_all,
    reader_of,
    reading,
    set_up,
    uids,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


def test_what_lies_in_the_folder_comes_in_byte_for_byte_with_its_instant(mailbox: Mailbox) -> None:
    at = NOW - HOUR
    mailbox.deliver(letter(1), internaldate=at)
    mailbox.deliver(letter(2, "odd \x00 bytes"), internaldate=at)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        assert read_all(reader) == 2
        assert read_all(reader) == 0
    first = Arrival.objects.order_by("id")[0]
    assert (first.received_at, first.uid, first.mailbox) == (at, 1, "INBOX")
    assert vault.read(first.blob_id) == letter(1).replace(b"\n", b"\r\n")
    row.refresh_from_db()
    assert (row.state, row.last_uid, row.behind, row.last_mail_at) == (Row.State.WELL, 2, 0, at)


def test_a_backlog_of_five_thousand_comes_in_once(mailbox: Mailbox) -> None:
    for number in range(5000):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        assert read_all(reader) == 5000
    assert uids(row) == list(range(1, 5001))
    assert missing(row) == {}


def test_a_reader_that_dies_in_a_backlog_raises_an_alarm_and_one_that_reads_on_does_not(
    mailbox: Mailbox,
) -> None:
    for number in range(250):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    minute = timedelta(minutes=1)
    with reading(row) as reader:
        while not uids(row):
            reader.step(NOW)
        reader.step(NOW + 9 * minute)
    assert queries.mailbox(row.id, NOW).behind == 50
    assert queries.alarms(NOW + 18 * minute) == []
    assert [alarm.code for alarm in queries.alarms(NOW + 20 * minute)] == ["silent"]


def test_reading_again_from_the_beginning_adds_nothing(mailbox: Mailbox) -> None:
    """As after a restored backup of ours, or a stop between storing and moving the cursor."""
    for number in range(5):
        mailbox.deliver(letter(number))
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
    Row.objects.update(last_uid=0)
    with reading(row) as reader:
        assert read_all(reader) == 0
    assert uids(row) == [1, 2, 3, 4, 5]


def test_a_new_numbering_is_read_anew_and_its_known_mail_opens_nothing(mailbox: Mailbox) -> None:
    for number in range(3):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
        intake.sort_pending(limit=100, now=NOW)
        mailbox.reset_uidvalidity()
        mailbox.deliver(letter(99), internaldate=NOW)
        assert press_on(reader) == 4
    intake.sort_pending(limit=100, now=NOW)
    outcomes = list(Arrival.objects.order_by("id").values_list("outcome", flat=True))
    assert outcomes == [*[Outcome.REQUESTS] * 3, *[Outcome.DUPLICATE] * 3, Outcome.REQUESTS]
    assert missing(row) == {}


def test_a_new_numbering_brings_back_no_history(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - 48 * HOUR)
    mailbox.deliver(letter(2), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin(), start_at=NOW - 24 * HOUR)
    with reading(row) as reader:
        assert read_all(reader) == 2
        mailbox.reset_uidvalidity()
        assert press_on(reader) == 1
    assert uids(row) == [1, 2, 2]


def test_history_is_stored_and_set_aside_and_work_begins_at_the_start(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - 48 * HOUR)
    mailbox.deliver(letter(2), internaldate=NOW - HOUR)
    with reading(set_up(mailbox, cast.admin(), start_at=NOW - 24 * HOUR)) as reader:
        read_all(reader)
    intake.sort_pending(limit=100, now=NOW)
    assert list(Arrival.objects.order_by("id").values_list("outcome", flat=True)) == [
        Outcome.SET_ASIDE,
        Outcome.REQUESTS,
    ]


def test_without_its_history_a_mailbox_is_read_from_the_start_alone(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1), internaldate=NOW - 48 * HOUR)
    mailbox.deliver(letter(2), internaldate=NOW - HOUR)
    row = set_up(mailbox, cast.admin(), start_at=NOW - 24 * HOUR, history=False)
    with reading(row) as reader:
        assert read_all(reader) == 1
    assert uids(row) == [2]
    assert missing(row) == {}


def test_numbers_that_went_back_are_read_anew_under_a_name_of_their_own(mailbox: Mailbox) -> None:
    """A server restored from a backup gives the same UIDVALIDITY and numbers we have seen to other mail."""
    mailbox.deliver(letter(1))
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
    Row.objects.update(last_uid=40)
    mailbox.deliver(letter(2))
    with reading(row) as reader:
        assert read_all(reader) == 2
    assert set(Arrival.objects.values_list("mailbox", "uid")) == {
        ("INBOX", 1),
        ("INBOX~1", 1),
        ("INBOX~1", 2),
    }


def test_a_mail_that_went_between_two_looks_is_vanished_and_nothing_leaked(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1))
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
        mailbox.deliver(letter(2))
        mailbox.expunge(2)
        mailbox.deliver(letter(3))
        assert read_all(reader) == 1
    assert (uids(row), missing(row)) == ([1, 3], {(2, 2): "vanished"})


def test_what_had_gone_before_the_first_look_is_not_missed(mailbox: Mailbox) -> None:
    for number in range(3):
        mailbox.deliver(letter(number))
    mailbox.expunge(2)
    row = set_up(mailbox, cast.admin())
    with reading(row) as reader:
        read_all(reader)
    assert (uids(row), missing(row)) == ([1, 3], {})


def test_somebody_reading_the_mailbox_hides_nothing_from_us_and_we_mark_nothing(mailbox: Mailbox) -> None:
    row = set_up(mailbox, cast.admin())
    for number in range(4):
        mailbox.deliver(letter(number))
    with mailbox.session() as client:
        client.uid("STORE", "1:2", "+FLAGS", r"(\Seen)")
    with reading(row) as reader:
        assert read_all(reader) == 4
    with mailbox.session() as client:
        seen = [line for line in client.uid("FETCH", "1:*", "(FLAGS)")[1] if rb"\Seen" in line]
    assert len(seen) == 2


def test_a_server_that_was_away_for_long_is_caught_up_with(mailbox: Mailbox) -> None:
    row = set_up(mailbox, cast.admin())
    mailbox.deliver(letter(1), internaldate=NOW)
    with reading(row) as reader:
        read_all(reader)
        mailbox.stop()
        reader.woken = True
        for _ in range(3):
            reader.step(NOW)
            reader.wait_until_s = 0.0
        row.refresh_from_db()
        assert (row.state, row.trouble, row.failures) == (Row.State.TROUBLE, "unreachable", 3)
        for number in range(2, 40):
            mailbox.deliver(letter(number), internaldate=NOW + timedelta(days=number))
        mailbox.start()
        assert read_all(reader, NOW + timedelta(days=60)) == 38
    row.refresh_from_db()
    assert (row.state, row.trouble, row.failures) == (Row.State.WELL, "", 0)
    assert uids(row) == list(range(1, 40))


def test_a_folder_with_any_name_is_read(mailbox: Mailbox) -> None:
    mailbox.create('"R&AOk-union &- co"')
    row = set_up(mailbox, cast.admin(), folder="Réunion & co")
    mailbox.deliver(letter(1), folder="R&AOk-union &- co")
    with reading(row) as reader:
        assert read_all(reader) == 1


def test_a_folder_that_is_not_there_is_named_with_its_remedy(mailbox: Mailbox) -> None:
    row = set_up(mailbox, cast.admin(), folder="Nowhere")
    with reading(row) as reader:
        reader.step(NOW)
    row.refresh_from_db()
    assert (row.state, row.trouble) == (Row.State.TROUBLE, "folder")
    assert "Nowhere" in row.detail


def test_a_reader_that_lost_its_lease_changes_nothing(mailbox: Mailbox) -> None:
    mailbox.deliver(letter(1))
    row = set_up(mailbox, cast.admin())
    first = reader_of(row)
    first._advance(NOW)
    reader_of(row, "tests/2", NOW + HOUR)
    with pytest.raises(ReadByAnother):
        first._advance(NOW)
    first.cut()
    assert uids(row) == []
