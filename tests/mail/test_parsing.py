import base64
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.mail.bounces import report_of
from opsdesk.mail.headers import Address
from opsdesk.mail.parsing import opened, parse, part_content
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.mail.showing import shown
from opsdesk.mail.wire import from_wire, to_wire
from tests.mail.found import FINDS
from tests.mail.hostile import HOSTILE
from tests.mail.letters import letter


def head(*lines: str) -> bytes:
    return "\r\n".join(["From: a@b.example", *lines, "", ""]).encode()


def test_a_plain_mail_is_read_whole() -> None:
    mail = parse(letter(7, answers=3, references=[1, 3], headers=[("Cc", "Bo <bo@x.example>")]))
    assert mail.message_id == "7@mail.example"
    assert mail.in_reply_to == ("3@mail.example",)
    assert mail.references == ("1@mail.example", "3@mail.example")
    assert mail.sender == Address("Sam Dealer", "sam@dealer.example")
    assert mail.to == (Address("", "support@voice.example"),)
    assert mail.cc == (Address("Bo", "bo@x.example"),)
    assert mail.subject == "The assistant repeats itself"
    assert mail.sent_at == mail.received_at == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert mail.text == "It says everything twice since this morning."
    assert (mail.html, mail.machine) == ("", "")


def test_text_comes_from_html_when_there_is_no_plain_part() -> None:
    mail = parse(
        head("Content-Type: text/html; charset=utf-8") + "<p>Hallo <b>Köln</b></p><p>zwei</p>".encode()
    )
    assert mail.text.split() == ["Hallo", "Köln", "zwei"]
    assert mail.html.startswith("<p>Hallo")


def test_of_two_alternatives_the_plain_one_is_the_text() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("plain words")
    mail.add_alternative("<p>rich words</p>", subtype="html")
    found = parse(mail.as_bytes())
    assert (found.text, found.html.strip()) == ("plain words", "<p>rich words</p>")


def test_a_blockquote_is_quoted_in_the_text() -> None:
    html = b"<p>My answer</p><blockquote>your question<blockquote>older</blockquote></blockquote><p>more</p>"
    text = parse(head("Content-Type: text/html") + html).text
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "My answer",
        "> your question",
        "> older",
        "more",
    ]


def test_a_file_is_found_by_its_path_and_comes_back_as_it_was() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("see the file")
    mail.add_attachment(b"\x00\x01PDF", maintype="application", subtype="pdf", filename="../../прайс.pdf")
    raw = mail.as_bytes()
    (file,) = [part for part in parse(raw).parts if not part.body]
    assert (file.path, file.filename, file.content_type, file.size) == (
        "2",
        "прайс.pdf",
        "application/pdf",
        5,
    )
    assert part_content(raw, "2") == b"\x00\x01PDF"


def test_there_is_no_part_where_there_is_none() -> None:
    with pytest.raises(NotUnderstood, match="no such part"):
        part_content(letter(), "9")


def test_an_attached_mail_is_one_file_and_not_the_mail_itself() -> None:
    inner = b"From: inner@x.example\r\nSubject: inner\r\n\r\ninner words\r\n"
    outer = (
        head("Subject: outer", 'Content-Type: multipart/mixed; boundary="b"')
        + b"--b\r\n\r\nouter words\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--b--\r\n"
    )
    mail = parse(outer)
    assert mail.subject == "outer"
    assert [(part.path, part.content_type, part.filename) for part in mail.parts if not part.body] == [
        ("2", "message/rfc822", "inner.eml")
    ]
    assert b"inner words" in part_content(outer, "2")


def test_the_words_of_an_attached_mail_stand_below_as_of_one_forwarded_in_the_text() -> None:
    deepest = b"From: c@x.example\r\nSubject: deepest\r\n\r\ndeepest words\r\n"
    inner = (
        b"From: b@x.example\r\nSubject: =?utf-8?b?0YLQtdC80LA=?=\r\n"
        b'Content-Type: multipart/mixed; boundary="i"\r\n\r\n--i\r\n\r\ninner words\r\n'
        b"--i\r\nContent-Type: message/rfc822\r\n\r\n" + deepest + b"\r\n--i--\r\n"
    )
    container = head('Content-Type: multipart/mixed; boundary="b"')
    carried = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    heading = "---------- Forwarded message ---------\nFrom: b@x.example\nSubject: тема\n\n"
    assert parse(container + b"--b\r\n\r\nouter words\r\n" + carried).text == (
        f"outer words\n\n{heading}inner words"
    )
    assert parse(container + carried).text == f"{heading}inner words"
    alone = parse(head("Content-Type: message/rfc822") + deepest)
    assert (alone.text.splitlines()[-1], alone.parts[0].filename) == ("deepest words", "deepest.eml")
    report = head('Content-Type: multipart/report; report-type=delivery-status; boundary="b"')
    assert parse(report + b"--b\r\n\r\nouter words\r\n" + carried).text == "outer words"


def test_a_container_whose_parts_cannot_be_told_apart_is_read_as_it_stands() -> None:
    mail = parse(head("Content-Type: multipart/mixed") + b"the words\r\n")
    assert (mail.text, [part.body for part in mail.parts]) == ("the words", [True])


def test_a_file_that_says_no_name_is_named_by_its_type() -> None:
    mail = parse(head("Content-Type: text/calendar") + b"BEGIN:VCALENDAR\r\n")
    assert [part.filename for part in mail.parts] == ["invitation.ics"]


def test_a_big_attachment_comes_back_as_it_was() -> None:
    data = bytes(range(256)) * 20_000
    body = base64.encodebytes(data)
    raw = (
        head('Content-Type: multipart/mixed; boundary="b"')
        + b"--b\r\n\r\nwords\r\n--b\r\nContent-Type: application/x; name=big\r\n"
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + body
        + b"--b--\r\n"
    )
    mail = parse(raw)
    assert mail.text == "words"
    assert [part.size for part in mail.parts] == [5, len(data)]
    assert part_content(raw, "2") == data


def test_a_long_text_that_looks_like_base64_is_not_touched() -> None:
    line = "A" * 76 + "\n"
    raw = head("Content-Type: text/plain") + (line * 20_000).encode()
    assert parse(raw).text.startswith("A" * 76 + "\n" + "A" * 76)
    assert len(part_content(raw, "1")) == len(line) * 20_000


@pytest.mark.parametrize(
    ("lines", "machine"),
    [
        (["Auto-Submitted: auto-replied"], "auto-reply"),
        (["Auto-Submitted: no"], ""),
        (["X-Autoreply: yes"], "auto-reply"),
        (["Precedence: bulk"], "list"),
        (["List-Id: News <news.x.example>"], "list"),
        (["X-Spam-Flag: YES"], "spam"),
        (["X-Spam-Status: Yes, score=9"], "spam"),
        (["X-Spam-Status: No, score=1"], ""),
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=b"], "bounce"),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=b"], "auto-reply"),
        (["X-Failed-Recipients: a@b.example"], "bounce"),
        ([], ""),
    ],
)
def test_a_machine_is_known_by_its_headers(lines: list[str], machine: str) -> None:
    assert parse(head(*lines) + b"words").machine == machine


@pytest.mark.parametrize("name", ["3000 nested mails", "3000 containers"])
@pytest.mark.parametrize("look", [parse, opened, report_of, partial(shown, remote=False)])
def test_what_is_nested_too_deep_is_not_understood_whatever_is_asked_of_it(
    look: Callable[[bytes], object], name: str
) -> None:
    with pytest.raises(NotUnderstood, match="nested too deep"):
        look(HOSTILE[name])


def test_the_digest_is_the_same_by_any_way() -> None:
    raw = letter()
    other_way = b"Received: by somewhere else; Mon, 02 Mar 2026 19:00:00 +0000\r\nX-Trace: 1\r\n" + raw
    rewrapped = raw.replace(b"\r\n", b"\n") + b"\n\n"
    assert parse(raw).content_digest == parse(other_way).content_digest == parse(rewrapped).content_digest


@pytest.mark.parametrize(
    "other",
    [
        letter(text="other"),
        letter(subject="other"),
        letter(sender="x@y.example"),
        letter(at=datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_digest_is_another_for_another_mail(other: bytes) -> None:
    assert parse(letter()).content_digest != parse(other).content_digest


def test_the_topmost_readable_received_date_counts() -> None:
    raw = (
        b"Received: from x; nonsense\r\nReceived: from y; Tue, 3 Mar 2026 10:00:00 +0000\r\n"
        b"Received: from z; Tue, 3 Mar 2026 09:00:00 +0000\r\n" + head() + b"words"
    )
    assert parse(raw).received_at == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["Sender: s@x.example"], "s@x.example"),
        (["From: nobody", "Reply-To: r@x.example"], "r@x.example"),
        (["Return-Path: <p@x.example>"], "p@x.example"),
        (["Subject: alone"], ""),
        (["From: first@x.example", "From: second@x.example"], "first@x.example"),
    ],
)
def test_the_sender_is_looked_for_where_from_names_nobody(lines: list[str], address: str) -> None:
    assert parse("\r\n".join([*lines, "", "words"]).encode()).sender.address == address


def test_raw_8_bit_headers_are_read() -> None:
    raw = "From: Иван <i@x.example>\r\nSubject: Помогите\r\n\r\nx".encode("koi8-r")
    declared = raw.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n")
    assert (parse(declared).sender.name, parse(declared).subject) == ("Иван", "Помогите")


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_mail_is_read_or_not_understood_and_nothing_else(name: str) -> None:
    check_storable(HOSTILE[name])


@pytest.mark.parametrize("name", sorted(FINDS))
def test_what_once_broke_the_parser_is_read_or_not_understood(name: str) -> None:
    check_storable(FINDS[name])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty", "empty"),
        ("blank", "empty"),
        ("garbage", "no headers"),
        ("binary", "no headers"),
        ("60 nested mails", "nested too deep"),
        ("3000 nested mails", "nested too deep"),
        ("60 containers", "nested too deep"),
        ("3000 containers", "nested too deep"),
        ("500 parts", "too many parts"),
        ("600 parts", "too many parts"),
        ("100000 headers", "too many headers"),
        ("2 MB header", "headers too large"),
    ],
)
def test_what_is_not_understood_says_why(name: str, reason: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse(HOSTILE[name])
    assert refused.value.reason == reason


@given(st.binary(max_size=600))
def test_no_bytes_make_the_parser_raise(raw: bytes) -> None:
    check_storable(b"From: a@b.example\r\n" + raw)


PIECES = st.sampled_from(
    (
        b"From: |Subject: |Content-Type: |multipart/mixed|; boundary=b|--b|--b--|\r\n|\r\n\r\n|text/html"
        b"|; charset=|utf-16|iso-2022-jp|Content-Transfer-Encoding: |base64|quoted-printable|x-uuencode"
        b'|=?utf-8?b?|?=|<a@b>|(|"|\x00|\xff|=|<div>|message/rfc822|Content-Disposition: attachment'
        b"; filename*=utf-8''%E0%A4%A|; name*0=a; name*1=b|begin 644 x\n"
    ).split(b"|")
)


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_no_crooked_structure_makes_the_parser_raise(raw: bytes) -> None:
    check_storable(b"From: a@b.example\r\n" + raw)


def check_storable(raw: bytes) -> None:
    """It is not understood, or it passes the pipe unchanged and both databases take its texts."""
    try:
        mail = parse(raw)
    except NotUnderstood:
        return
    assert from_wire(to_wire(mail)) == mail
    for text in (
        mail.text,
        mail.subject,
        mail.sender.name,
        mail.html,
        *(part.filename for part in mail.parts),
    ):
        assert "\x00" not in text
        text.encode()
