"""Lines that break, mail that a server cannot give, sign-ins that are refused: nothing blocks or leaks."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from opsdesk.mailboxes import actions
from opsdesk.mailboxes.models import Mailbox as Row
from tests import cast
from tests.cast import Somebody
from tests.dovecot import Mailbox
from tests.mailboxes.builders import (
    HOUR,
    NOW,
    Wire,
    letter,
    missing,
    press_on,
    read_all,
    reading,
    set_up,
    uids,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Somebody:
    cast.desk()
    return cast.admin()


@pytest.fixture
def wire(mailbox: Mailbox) -> Iterator[Wire]:
    wire = Wire(mailbox.host, mailbox.port)
    yield wire
    wire.close()


@pytest.mark.parametrize("bytes_carried", [600, 5_000, 20_000, 60_000])
def test_a_line_cut_in_the_middle_of_a_mail_loses_none_and_doubles_none(
    mailbox: Mailbox, wire: Wire, ada: Somebody, bytes_carried: int
) -> None:
    for number in range(30):
        mailbox.deliver(letter(number, "word " * 400))
    row = set_up(mailbox, ada, port=wire.port)
    wire.cut_after, wire.cuts_left = bytes_carried, 3
    with reading(row) as reader:
        press_on(reader)
    assert wire.cuts_left < 3
    assert (uids(row), missing(row)) == (list(range(1, 31)), {})


def test_a_mail_that_breaks_the_line_each_time_stops_no_other_and_is_shown(
    mailbox: Mailbox, wire: Wire, ada: Somebody
) -> None:
    for number in range(5):
        mailbox.deliver(letter(number), internaldate=NOW - HOUR)
    row = set_up(mailbox, ada, port=wire.port)
    wire.cut_at = re.compile(rb"UID FETCH (\d+,)*3(,\d+)* .INTERNALDATE BODY")
    with reading(row) as reader:
        press_on(reader)
        assert (uids(row), missing(row)) == ([1, 2, 4, 5], {(3, 3): "leaked"})
        wire.cut_at = None
        assert read_all(reader, NOW + 2 * HOUR) == 1
    assert (uids(row), missing(row)) == ([1, 2, 4, 5, 3], {})


def test_a_wrong_password_needs_a_person_and_is_tried_slowly(mailbox: Mailbox, ada: Somebody) -> None:
    row = set_up(mailbox, ada, secret="not-this-one")
    with reading(row) as reader:
        reader.step(NOW)
    row.refresh_from_db()
    assert (row.state, row.trouble) == (Row.State.REFUSED, "refused")
    assert row.retry_at
    assert row.retry_at >= NOW + timedelta(minutes=3)
    assert "not-this-one" not in row.detail
    with reading(row) as again:
        again.step(NOW)
        assert Row.objects.get().failures == 1
    actions.authorise(mailbox_id=row.id, secret=mailbox.password, actor=ada.actor, now=NOW)
    mailbox.deliver(letter(1))
    with reading(row) as third:
        assert read_all(third) == 1
    assert Row.objects.get().state == Row.State.WELL
