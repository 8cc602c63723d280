"""A mail of ours says the same, written by hand or by the library."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opsdesk.mail import outgoing
from opsdesk.mail.composing import Composed, Letter, Odd, by_hand, by_library, composed
from opsdesk.mail.headers import Address, address_of, one_line
from opsdesk.mail.parsing import ParsedMail, parse

PLAIN = Letter(
    sender=Address("Olga", "support@voice.example"),
    to=Address("Sam Dealer", "sam@dealer.example"),
    cc=(),
    subject="Re: The assistant repeats itself",
    message_id="0123456789abcdef@voice.example",
    chain=("a@mail.example", "b@mail.example"),
    text="Which car?\n\nBest regards",
    automatic=False,
    at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)

words = st.text(max_size=90) | st.text(alphabet="ab .,\"\\'()<>@=?_-é京🚗", max_size=120)
addresses = st.builds(lambda name, address: Address(name, address_of(address)), words, st.emails()).filter(
    lambda one: outgoing.is_sendable(one.address)
)
texts = st.text(max_size=300) | st.text(alphabet="ab .=\t\r\n京\x0c", max_size=300)


def letters() -> st.SearchStrategy[Letter]:
    return st.builds(
        replace,
        st.just(PLAIN),
        sender=addresses,
        to=addresses,
        cc=st.lists(addresses, max_size=3).map(tuple),
        subject=words.map(lambda text: f"Re: {one_line(text)}"),
        chain=st.lists(st.from_regex(r"[!-~]{1,30}@[a-z]{1,60}", fullmatch=True), max_size=30),
        text=texts,
        automatic=st.booleans(),
    )


def by_hand_or_not_at_all(letter: Letter) -> Composed:
    try:
        return by_hand(letter)
    except (Odd, UnicodeEncodeError):
        assume(False)
        raise


def said(mail: ParsedMail) -> list[object]:
    """What a mail says; the library changes what kind of blank stands in a name or a subject."""
    people = [(" ".join(one.name.split()), one.address) for one in (mail.sender, *mail.to, *mail.cc)]
    ids = [mail.message_id, mail.in_reply_to, mail.references]
    return [*people, *ids, " ".join(mail.subject.split()), mail.sent_at, mail.text, mail.machine]


def sent_as(composed: Composed) -> EmailMessage:
    found = message_from_bytes(composed.raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@given(letters())
def test_both_ways_say_the_same(letter: Letter) -> None:
    hand, library = parse(by_hand_or_not_at_all(letter).raw), parse(by_library(letter).raw)
    assert said(hand) == said(library)


@given(letters())
def test_what_is_composed_by_hand_is_what_the_parser_finds(letter: Letter) -> None:
    hand = by_hand_or_not_at_all(letter)
    found = parse(hand.raw)
    assert (found.message_id, found.sender, found.subject, found.content_digest) == (
        hand.message_id,
        hand.sender,
        hand.subject,
        hand.content_digest,
    )


@given(letters())
def test_what_is_composed_by_hand_keeps_to_the_lines_of_a_mail(letter: Letter) -> None:
    raw = by_hand_or_not_at_all(letter).raw
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    ids = (b"Message-ID", b"In-Reply-To", b"References", b" <")
    assert max(len(line) for line in head.split(b"\r\n") if not line.startswith(ids)) <= 78
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] != b" "]
    assert len(names) == len(set(names))


def test_a_long_address_of_ours_makes_no_line_too_long() -> None:
    address = Address(name="", address=f"{'0' * 40}@a0000000000000.a0.a.a.abudhabi")
    letter = replace(PLAIN, sender=address, automatic=True)
    head = by_hand_or_not_at_all(letter).raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert head.count(address.address.encode()) == 2


@given(letters())
def test_the_library_reads_what_was_composed_by_hand_without_a_defect(letter: Letter) -> None:
    mail = sent_as(by_hand_or_not_at_all(letter))
    assert [mail[name].defects for name in ("From", "To", "Subject", "Date")] == [(), (), (), ()]
    assert mail["To"].addresses[0].addr_spec.lower() == (
        f"{letter.to.address.rpartition('@')[0]}@{outgoing.wire_domain(letter.to.address)}"
    )


@pytest.mark.parametrize(
    "usual",
    [
        PLAIN,
        replace(PLAIN, to=Address("Ким Чхоль", "kim@dealer.example"), text="Привет, 어느 차?"),
        replace(PLAIN, to=Address("", "kim@dealer.example"), chain=(), automatic=True),
        replace(PLAIN, sender=Address("O'Brien, Pat (Tier 2)", "support@voice.example")),
        replace(PLAIN, subject="Re: " + "렌터카 가격을 두 번 말해요 " * 10 + "오늘"),
        replace(PLAIN, subject="Re: " + "the price of a rental car " * 12 + "today"),
        replace(PLAIN, cc=(Address("", "a@xn--bcher-kva.example"), Address("", "b@dealer.example"))),
    ],
)
def test_what_is_usual_is_composed_by_hand(usual: Letter) -> None:
    assert composed(usual) == by_hand(usual)
    hand, library = sent_as(by_hand(usual)), sent_as(by_library(usual))
    for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"):
        assert str(hand[name]) == str(library[name])
    assert hand.get_content() == library.get_content()


@pytest.mark.parametrize(
    "odd",
    [
        replace(PLAIN, subject="Re: =?utf-8?q?x?="),
        replace(PLAIN, subject="Re: " + "x" * 200),
        replace(PLAIN, sender=Address("x" * 100, "support@voice.example")),
        replace(PLAIN, to=Address("", '"a b"@dealer.example')),
        replace(PLAIN, chain=("=?utf-8?q?x?=@a",)),
        replace(PLAIN, message_id="x" * 300 + "@voice.example"),
    ],
)
def test_what_is_odd_is_left_to_the_library(odd: Letter) -> None:
    with pytest.raises(Odd):
        by_hand(odd)
    assert composed(odd) == by_library(odd)
