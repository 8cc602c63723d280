"""What a good server never does: mails it cannot give, garbage, numbers that jump, secrets it repeats."""

import re
from collections.abc import Iterator
from datetime import timedelta
from time import sleep

import pytest

from opsdesk.mail.models import Arrival
from opsdesk.mailboxes import connection, days, queries, rules
from opsdesk.mailboxes.models import Mailbox as Row
from opsdesk.mailboxes.models import MissingUid
from tests import cast
from tests.mailboxes.builders import HOUR, NOW, Pace, letter, missing, press_on, reading, uids
from tests.mailboxes.builders import set_up as set_up_for
from tests.mailboxes.odd_server import Answers, OddServer, odd_server

pytestmark = pytest.mark.django_db


class Here:
    """An odd server as `set_up` takes a mailbox."""

    host, user, password = "127.0.0.1", "help@desk.example", "a-word-to-hide"

    def __init__(self, port: int) -> None:
        self.port = port


@pytest.fixture
def server() -> Iterator[OddServer]:
    cast.desk()
    with odd_server() as server:
        yield server


def set_up(server: OddServer, **more: object) -> Row:
    return set_up_for(Here(server.port), cast.admin(), key="odd", **more)  # type: ignore[arg-type]


def instead(pattern: bytes, answers: Answers, times: int = 10**6) -> object:
    """Answer commands like `pattern` so, at most so many times."""
    left = [times]

    def odd(command: bytes) -> Answers | None:
        if left[0] and re.search(pattern, command):
            left[0] -= 1
            return answers
        return None

    return odd


NO_BODY = b'* 2 FETCH (UID 2 INTERNALDATE "20-Nov-2026 11:00:00 +0000" BODY[] NIL)'
ALONE = rb"UID FETCH 2 \(INTERNALDATE BODY"
WITH_OTHERS = rb"UID FETCH (\d+,)*2(,\d+)* \(INTERNALDATE BODY"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([b"NO [SERVERBUG] cannot read it"], "SERVERBUG"),
        ([b"BAD what"], "what"),
        ([b"OK done"], "left it out"),
        ([NO_BODY, b"OK done"], "left it out"),
        ([], "breaks"),
        ([b"* 2 FETCH (UID 2 BODY[] (", b"OK done"], "breaks"),
        ([b"* 2 FETCH garbage", b"OK done"], "breaks"),
    ],
)
def test_a_mail_that_cannot_be_had_stops_no_other_is_shown_and_tried_again(
    server: OddServer, answers: Answers, why: str
) -> None:
    server.mails = {number: letter(number) for number in range(1, 5)}
    server.odd = instead(WITH_OTHERS, answers)  # type: ignore[assignment]
    row = set_up(server)
    with reading(row) as reader:
        press_on(reader)
        press_on(reader)
        assert (sorted(uids(row)), missing(row)) == ([1, 3, 4], {(2, 2): "leaked"})
        assert why in MissingUid.objects.get().detail
        [today] = days.days(row.id)
        assert (today.on_server, today.in_ledger, today.leaked) == (4, 3, 1)
        assert "leaked" in [alarm.code for alarm in queries.alarms(NOW)]
        before = len([each for each in server.commands if re.search(ALONE, each)])
        press_on(reader)
        assert len([each for each in server.commands if re.search(ALONE, each)]) == before
        server.odd = lambda command: None
        assert press_on(reader, NOW + HOUR) == 1
    assert (sorted(uids(row)), missing(row)) == ([1, 2, 3, 4], {})


def test_a_date_that_cannot_be_read_leaves_the_mail_its_own(server: OddServer) -> None:
    server.mails = {1: letter(1)}
    bad = b'* 1 FETCH (UID 1 INTERNALDATE "when?" BODY[] {%d}\r\n%s)' % (len(letter(1)), letter(1))
    server.odd = instead(rb"BODY", [bad, b"OK done"])  # type: ignore[assignment]
    row = set_up(server)
    with reading(row) as reader:
        assert press_on(reader) == 1
    assert Arrival.objects.get().received_at is None


def test_a_server_without_idle_is_asked_again_and_again(server: OddServer) -> None:
    row = set_up(server)
    with reading(row, pace=Pace(poll_s=0.2)) as reader:
        press_on(reader)
        assert reader.line
        assert not reader.line.can_idle
        server.mails = {1: letter(1)}
        sleep(0.3)
        stored = sum(reader.step(NOW).stored for _ in range(10))
    assert stored == 1
    assert b"IDLE" not in server.commands


def test_a_server_that_tells_no_next_number_is_read_all_the_same(server: OddServer) -> None:
    server.uidnext = 0
    server.mails = {5: letter(5), 9: letter(9)}
    row = set_up(server)
    with reading(row) as reader:
        assert press_on(reader) == 2
        server.mails[12] = letter(12)
        assert press_on(reader) == 1
    assert uids(row) == [5, 9, 12]


def test_a_jump_of_the_numbers_is_one_line_and_not_a_billion(server: OddServer) -> None:
    server.mails = {1: letter(1)}
    row = set_up(server)
    with reading(row) as reader:
        press_on(reader)
        server.mails[2_000_000_000] = letter(2)
        assert press_on(reader) == 1
    assert missing(row) == {(2, 1_999_999_999): "vanished"}
    assert queries.mailbox(row.id, NOW).vanished == 1_999_999_998


def test_what_vanished_and_shows_later_is_taken_out_of_its_range(server: OddServer) -> None:
    server.mails, server.uidnext = {1: letter(1)}, 2
    row = set_up(server)
    with reading(row) as reader:
        press_on(reader)
        server.uidnext = 7
        press_on(reader)
        assert missing(row) == {(2, 6): "vanished"}
        server.mails[4] = letter(4)
        press_on(reader, NOW + timedelta(minutes=5))
    assert uids(row) == [1, 4]
    assert missing(row) == {(2, 3): "vanished", (5, 6): "vanished"}


def test_a_long_list_of_numbers_is_asked_for_in_pieces(
    server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LISTED_AT_ONCE", 10)
    server.mails = {number: letter(number) for number in range(1, 36)}
    row = set_up(server)
    with reading(row) as reader:
        assert press_on(reader) == 35
    assert max(len(command) for command in server.commands if b"SEARCH" in command) < 40
    assert uids(row) == list(range(1, 36))


def test_only_what_came_since_the_start_is_compared(server: OddServer) -> None:
    server.mails = {1: letter(1)}
    row = set_up(server, start_at=NOW - HOUR)
    with reading(row) as reader:
        press_on(reader)
    assert b"UID SEARCH ALL SINCE 19-Nov-2026" in server.commands
    assert b"UID SEARCH ALL" not in server.commands
    [today] = days.days(row.id)
    assert (today.on_server, today.in_ledger) == (1, 1)


def test_big_mails_come_one_by_one_and_too_big_ones_stay_and_are_shown(
    server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SMALL_BYTES", 5_000)
    monkeypatch.setattr(rules, "LARGEST_BYTES", 50_000)
    sizes = {1: 100, 2: 100, 3: 9_000, 4: 100, 5: 90_000, 6: 100}
    server.mails = {uid: letter(uid, "x" * size) for uid, size in sizes.items()}
    row = set_up(server)
    with reading(row) as reader:
        press_on(reader)
    asked = [command.split()[2] for command in server.commands if b"BODY" in command]
    assert asked == [b"1,2", b"3", b"4", b"6"]
    assert (uids(row), missing(row)) == ([1, 2, 3, 4, 6], {(5, 5): "leaked"})
    assert MissingUid.objects.get().detail == "too big"


@pytest.mark.parametrize(
    ("pattern", "answers", "state", "trouble"),
    [
        (rb"LOGIN", [b"NO [UNAVAILABLE] later"], "trouble", "busy"),
        (rb"LOGIN", [b"NO Too many simultaneous connections"], "trouble", "busy"),
        (rb"LOGIN", [b'BAD do not understand LOGIN help "a-word-to-hide"'], "refused", "refused"),
        (rb"LOGIN", [], "trouble", "cut"),
        (rb"EXAMINE", [b"NO [UNAVAILABLE] later"], "trouble", "busy"),
        (rb"EXAMINE", [b"NO no such folder"], "trouble", "folder"),
        (rb"EXAMINE", [b"* 1 EXISTS", b"OK done"], "trouble", "odd"),
        (rb"EXAMINE", [b"* OK [UIDVALIDITY x] y", b"OK done"], "trouble", "odd"),
        (rb"EXAMINE", [b"* BYE closing down"], "trouble", "cut"),
        (rb"SEARCH", [b"* SEARCH one", b"OK done"], "trouble", "odd"),
        (rb"RFC822.SIZE", [b"* 1 FETCH (", b"OK done"], "trouble", "odd"),
        (rb"CAPABILITY", [b"NO"], "trouble", "unreachable"),
    ],
)
def test_each_oddity_is_a_trouble_that_repeats_no_secret_and_is_over_when_the_server_is_well(
    server: OddServer, pattern: bytes, answers: Answers, state: str, trouble: str
) -> None:
    server.mails = {1: letter(1)}
    server.odd = instead(pattern, answers)  # type: ignore[assignment]
    row = set_up(server)
    with reading(row) as reader:
        for _ in range(4):
            reader.step(NOW)
        row.refresh_from_db()
        assert (row.state, row.trouble) == (state, trouble)
        assert "a-word-to-hide" not in row.detail
        assert reader.wait_until_s > 0
        server.odd = lambda command: None
        assert press_on(reader) == 1
    row.refresh_from_db()
    assert row.state == Row.State.WELL
