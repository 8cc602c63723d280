import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from opsdesk.mail.child import ParserChild
from opsdesk.mail.parsing import ParsedMail, parse
from opsdesk.mail.refusals import NotUnderstood
from tests.mail.hostile import HOSTILE
from tests.mail.letters import letter


@pytest.fixture
def child() -> Iterator[ParserChild]:
    child = ParserChild(limit_s=1)
    yield child
    child.close()


def process_of(child: ParserChild) -> int:
    assert child.process_id is not None
    return child.process_id


def test_the_process_gives_what_the_parser_gives(child: ParserChild) -> None:
    assert child.parse(letter()) == parse(letter())


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_mail_costs_neither_us_nor_the_next_one(child: ParserChild, name: str) -> None:
    try:
        child.parse(HOSTILE[name])
    except NotUnderstood as refusal:
        assert refusal.reason  # noqa: PT017 - both ways out are right
    assert child.parse(letter()).message_id == "1@mail.example"


def test_a_process_that_died_before_is_replaced(child: ParserChild) -> None:
    child.parse(letter())
    os.kill(process_of(child), signal.SIGKILL)
    assert child.parse(letter()).message_id == "1@mail.example"


def test_a_process_that_hangs_is_killed_and_the_next_mail_gets_a_fresh_one(child: ParserChild) -> None:
    child.parse(letter())
    os.kill(process_of(child), signal.SIGSTOP)
    with pytest.raises(NotUnderstood, match="took too long"):
        child.parse(letter())
    assert child.parse(letter()).message_id == "1@mail.example"


def test_a_mail_that_takes_more_memory_than_there_is_is_not_understood() -> None:
    child = ParserChild(memory_bytes=200 * 1024 * 1024)
    try:
        with pytest.raises(NotUnderstood, match=r"too much memory|the parser died"):
            child.parse(b"From: a@b.example\r\n\r\n" + b"x\n" * 5_000_000)
        assert child.parse(letter()).message_id == "1@mail.example"
    finally:
        child.close()


def test_fifty_megabytes_are_handled_within_four_hundred(child: ParserChild) -> None:
    line = b"QUJD" * 19 + b"\r\n"
    head = b"From: a@b.example\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    patient = ParserChild()
    try:
        mail = patient.parse(head + line * (50_000_000 // len(line)))
        status = Path(f"/proc/{process_of(patient)}/status").read_text()
    finally:
        patient.close()
    assert mail.parts[0].size == 50_000_000 // len(line) * 57
    assert int(status.split("VmHWM:")[1].split()[0]) < 400 * 1024


def test_several_mails_come_back_in_their_order_whatever_is_among_them(child: ParserChild) -> None:
    mails = [(number, letter(number) if number % 2 else b"") for number in range(9)]
    found = list(child.parse_each(mails))
    assert [key for key, _ in found] == list(range(9))
    for key, mail in found:
        if key % 2:
            assert isinstance(mail, ParsedMail)
            assert mail.message_id == f"{key}@mail.example"
        else:
            assert isinstance(mail, NotUnderstood)


def test_a_mail_in_the_middle_that_hangs_costs_only_itself(child: ParserChild) -> None:
    def mails() -> Iterator[tuple[int, bytes]]:
        yield 1, letter(1)
        yield 2, letter(2)
        os.kill(process_of(child), signal.SIGSTOP)
        yield 3, letter(3)

    found = dict(child.parse_each(mails()))
    # The process may have read the second before it was stopped: then it hangs at the third.
    assert [key for key, mail in found.items() if not isinstance(mail, ParsedMail)] in ([2], [3])


def test_of_many_handed_over_ahead_only_the_one_that_hangs_is_lost(child: ParserChild) -> None:
    def mails() -> Iterator[tuple[int, bytes]]:
        for number in range(12):
            if number == 6:
                os.kill(process_of(child), signal.SIGSTOP)
            yield number, letter(number)

    found = list(child.parse_each(mails(), ahead=4))
    assert [key for key, _ in found] == list(range(12))
    assert sum(not isinstance(mail, ParsedMail) for _, mail in found) == 1
    assert all(
        mail.message_id == f"{key}@mail.example" for key, mail in found if isinstance(mail, ParsedMail)
    )


def test_of_many_handed_over_ahead_none_is_lost_with_a_killed_process(child: ParserChild) -> None:
    def mails() -> Iterator[tuple[int, bytes]]:
        for number in range(12):
            if number in (5, 9):
                os.kill(process_of(child), signal.SIGKILL)
            yield number, letter(number)

    found = list(child.parse_each(mails(), ahead=4))
    assert [getattr(mail, "message_id", mail) for _, mail in found] == [
        f"{n}@mail.example" for n in range(12)
    ]


def test_who_stops_in_the_middle_gets_no_answer_that_was_meant_for_another(child: ParserChild) -> None:
    some = child.parse_each([(number, letter(number)) for number in range(9)], ahead=4)
    next(some)
    assert isinstance(some, Generator)
    some.close()
    assert child.parse(letter("next")).message_id == "next@mail.example"
    (found,) = child.parse_each([(0, letter("other"))], ahead=4)
    assert found[1] == parse(letter("other"))


def test_mails_larger_than_the_pipe_come_through_ahead_of_their_turn(child: ParserChild) -> None:
    sizes = [10, 400_000, 3_000_000, 700_000, 10, 2_000_000]
    found = list(child.parse_each([(n, letter(n, text="x" * n)) for n in sizes], ahead=25))
    assert [len(mail.text) for _, mail in found if isinstance(mail, ParsedMail)] == [
        min(n, 1_000_000) for n in sizes
    ]


def test_the_process_knows_no_secret_and_no_django(child: ParserChild) -> None:
    child.parse(letter())
    environment = Path(f"/proc/{process_of(child)}/environ").read_bytes()
    maps = Path(f"/proc/{process_of(child)}/maps").read_text()
    assert b"OPSDESK" not in environment
    assert "_sqlite3" not in maps


def test_a_part_and_a_document_come_from_the_process_too(child: ParserChild) -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<p>x<script>y</script></p>"
    assert child.part(raw, "1").startswith(b"<p>x")
    page = child.html_document(raw).page
    assert "<p>x</p>" in page
    assert "script" not in page
    with pytest.raises(NotUnderstood, match="no such part"):
        child.part(raw, "7")
