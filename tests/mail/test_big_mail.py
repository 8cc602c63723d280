"""Big mails: what is lifted out before parsing changes nothing, and 50 MB cost little and block nobody."""

import base64
import quopri
import random
from pathlib import Path

import pytest

from opsdesk.mail import bulk, child, intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, Outcome
from opsdesk.mail.parsing import parse, part_content
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.vault import queries as vault
from tests import cast
from tests.mail.hostile import HOSTILE
from tests.mail.letters import MONDAY, NOW, letter, source

HEAD = b"From: Sam <sam@dealer.example>\r\nSubject: The price list\r\n"
NOISE = random.Random(7).randbytes(3_000_000)
LINES = b"".join(b"line %d of a long text\r\n" % number for number in range(200_000))
WORDS = "Café für 10 € in 서울\n".encode() * 60_000


def with_file(body: bytes, encoding: bytes) -> bytes:
    """A mail of a text and a file, and a text behind it."""
    text = b"--b\r\n\r\nwords\r\n"
    file = b"--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return HEAD + head + text + file + body + b"\r\n--b\r\n\r\nmore words\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        (base64.encodebytes(NOISE), b"base64", NOISE),
        (base64.encodebytes(NOISE).replace(b"\n", b"\r\n"), b"base64", NOISE),
        (base64.b64encode(NOISE), b"base64", NOISE),
        (quopri.encodestring(WORDS), b"quoted-printable", WORDS),
        (LINES, b"7bit", LINES),
        (LINES.replace(b"\r\n", b"\n"), b"8bit", LINES.replace(b"\r\n", b"\n")),
        (LINES.replace(b"\r\n", b"\r"), b"8bit", LINES.replace(b"\r\n", b"\r")),
        (LINES.replace(b"\r\n", b""), b"8bit", LINES.replace(b"\r\n", b"")),
        (LINES + b"\r\n--none\r\n" + LINES, b"7bit", LINES + b"\r\n--none\r\n" + LINES),
        (b"--x\r\n" * 500_000, b"7bit", b"--x\r\n" * 500_000),
    ],
    ids=[
        "base64", "base64 in CRLF", "base64 on one line", "quoted-printable",
        "lines", "lines of LF", "lines of CR", "one line", "two stretches", "dashes",
    ],
)  # fmt: skip
def test_a_big_file_comes_back_byte_for_byte_with_what_stands_around_it(
    body: bytes, encoding: bytes, content: bytes
) -> None:
    raw = with_file(body, encoding)
    mail = parse(raw)
    assert [(part.path, part.content_type, part.size) for part in mail.parts] == [
        ("1", "text/plain", 5),
        ("2", "application/x", len(content)),
        ("3", "text/plain", 10),
    ]
    assert mail.text == "words\nmore words"
    assert part_content(raw, "2") == content


def test_8_bit_noise_comes_back_too() -> None:
    raw = HEAD + b"Content-Type: application/x\r\n\r\n" + NOISE
    assert part_content(raw, "1") == NOISE


def test_a_long_text_is_shown_from_its_beginning() -> None:
    mail = parse(HEAD + b"\r\n" + LINES * 3)
    assert mail.text.startswith("line 0 of a long text\nline 1 of")
    assert len(mail.text) == 1_000_000
    assert mail.parts[0].size == len(LINES) * 3


def test_a_big_mail_within_a_mail_comes_back_as_it_was() -> None:
    inner = (
        HEAD
        + b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(NOISE)
    )
    raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner
    assert base64.b64encode(NOISE) in part_content(raw, "1").replace(b"\n", b"")


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every mail was a big one."""
    monkeypatch.setattr(bulk, "FROM_BYTES", 100)
    monkeypatch.setattr(bulk, "_KEPT", 400)
    monkeypatch.setattr(bulk, "_KEPT_ON_TOP", 1_000)


# With limits so small the headers of these are cut too.
LONG_HEADERS = (
    "kB",
    "header",
    "nested",
    "pieces",
    "addresses",
    "encoded words",
    "parentheses",
    "containers",
    "nobody",
)
NAMES = [
    name
    for name, raw in sorted(HOSTILE.items())
    if len(raw) < 1_000_000 and not any(word in name for word in LONG_HEADERS)
]


@pytest.mark.parametrize("name", NAMES)
def test_lifting_changes_nothing_of_what_a_mail_says(
    name: str, small_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(raw: bytes) -> object:
        try:
            return parse(raw)
        except NotUnderstood as refusal:
            return str(refusal)

    lifted = said(HOSTILE[name])
    monkeypatch.setattr(bulk, "FROM_BYTES", 10**9)
    assert lifted == said(HOSTILE[name])


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("shape", ["a file", "one line", "lines", "noise"])
def test_fifty_megabytes_are_stored_and_sorted_and_stop_nothing(shape: str) -> None:
    cast.desk()
    size = 50_000_000
    body = {
        "a file": b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(NOISE) * (size // 4_100_000),
        "one line": b"\r\n" + b"words " * (size // 6),
        "lines": b"\r\n" + LINES * (size // len(LINES)),
        "noise": b"Content-Type: application/x\r\n\r\n" + NOISE * (size // len(NOISE)),
    }[shape]
    raw = HEAD + body
    child.sorting().close()
    items = [Incoming(raw, "big", MONDAY), Incoming(letter("behind"), "behind", MONDAY)]
    intake.store_many(source=source(), items=items, now=NOW)
    while intake.sort_pending(limit=10, now=NOW):
        pass
    assert set(Arrival.objects.values_list("label", "outcome")) == {
        ("big", Outcome.REQUESTS),
        ("behind", Outcome.REQUESTS),
    }
    assert vault.read(Arrival.objects.get(label="big").blob_id) == raw
    status = Path(f"/proc/{child.sorting().process_id}/status").read_text()
    assert int(status.split("VmHWM:")[1].split()[0]) <= 400 * 1024
