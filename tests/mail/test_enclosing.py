"""Files in a mail of ours: what we write is what the parser reads again."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.mail import enclosing, parsing
from opsdesk.mail.bodies import Part
from opsdesk.mail.composing import Letter, composed
from opsdesk.mail.enclosing import ANYTHING, LONGEST_NAME, MAX_BYTES, MAX_FILES, Attachment
from opsdesk.mail.refusals import AttachmentsTooLarge, TooManyAttachments
from tests.mail.test_composing import PLAIN, letters

files = st.builds(
    Attachment,
    filename=st.text(max_size=300) | st.text(alphabet="견적서 .\"'\\/%;*=?é🚗-", max_size=160),
    media_type=st.sampled_from(
        ["", "application/pdf", "text/plain", "text/html; charset=x", "message/rfc822", "image/*", "Ä/b"]
    )
    | st.text(max_size=30),
    data=st.binary(max_size=400),
)


def with_files(letter: Letter, *attachments: Attachment) -> bytes:
    changed = Letter(
        **{name: getattr(letter, name) for name in letter.__slots__ if name != "attachments"},
        attachments=enclosing.safe(attachments),
    )
    return composed(changed).raw


def enclosed_in(raw: bytes) -> list[Part]:
    return [part for part in parsing.parse(raw).parts if not part.body]


@given(letters(), st.lists(files, min_size=1, max_size=4))
def test_what_is_written_is_read_again(letter: Letter, given_files: list[Attachment]) -> None:
    raw = with_files(letter, *given_files)
    wanted = enclosing.safe(given_files)
    found = enclosed_in(raw)
    assert [(one.filename, one.media_type, len(one.data)) for one in wanted] == [
        (part.filename, part.content_type, part.size) for part in found
    ]
    assert [parsing.part_content(raw, part.path) for part in found] == [one.data for one in wanted]
    plain = parsing.parse(composed(letter).raw)
    again = parsing.parse(raw)
    assert (again.text, again.subject, again.sender, again.to, again.references, again.machine) == (
        plain.text,
        plain.subject,
        plain.sender,
        plain.to,
        plain.references,
        plain.machine,
    )


@given(letters(), st.lists(files, min_size=1, max_size=4))
def test_it_keeps_to_the_lines_of_a_mail(letter: Letter, given_files: list[Attachment]) -> None:
    raw = with_files(letter, *given_files)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_a_mail_with_files_is_told_apart_as_any_reader_would() -> None:
    mail = composed(PLAIN)
    raw = with_files(PLAIN, Attachment("a.txt", "text/plain", b"one"))
    again = composed(
        Letter(
            **{name: getattr(PLAIN, name) for name in PLAIN.__slots__ if name != "attachments"},
            attachments=(Attachment("a.txt", "text/plain", b"one"),),
        )
    )
    assert again.content_digest == parsing.parse(raw).content_digest != mail.content_digest
    assert (again.message_id, again.sender, again.subject) == (mail.message_id, mail.sender, mail.subject)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("견적서 3월.pdf", "견적서 3월.pdf"),
        ("C:\\Users\\olga\\secret plan.docx", "secret plan.docx"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("line\r\nBcc: x@y.example", "line Bcc_ x@y.example"),
        ('quoted "name".txt', "quoted _name_.txt"),
        ("...", "file"),
        ("", "file"),
        ("\u1100\u1161.txt", "가.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("y" * 300, "y" * LONGEST_NAME),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert enclosing.safe_name(given_name) == kept


@given(st.text(max_size=300))
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    safe = enclosing.safe_name(name)
    assert 0 < len(safe) <= LONGEST_NAME
    assert enclosing.safe_name(safe) == safe


@pytest.mark.parametrize("given_type", ["message/rfc822", "multipart/mixed", "nonsense", "", "a/b\r\nBcc: x"])
def test_what_a_reader_would_look_into_goes_as_bytes(given_type: str) -> None:
    assert enclosing.safe_type(given_type) == ANYTHING
    assert enclosing.safe_type("Text/HTML; charset=utf-8") == "text/html"


def test_there_are_limits_and_what_just_fits_goes() -> None:
    enclosing.check_sizes([MAX_BYTES - 1, 1])
    enclosing.check_sizes([1] * MAX_FILES)
    with pytest.raises(AttachmentsTooLarge) as refused:
        enclosing.check_sizes([MAX_BYTES, 1])
    assert refused.value.details == {"size": 26, "most": 25}
    with pytest.raises(TooManyAttachments):
        enclosing.check_sizes([1] * (MAX_FILES + 1))


def test_the_largest_that_goes_is_read_again() -> None:
    data = hashlib.shake_128(b"seed").digest(MAX_BYTES)
    raw = with_files(PLAIN, Attachment("a.bin", "", data))
    assert parsing.part_content(raw, "2") == data
    assert len(raw) < parsing.MAX_BYTES
