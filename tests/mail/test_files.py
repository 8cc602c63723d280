import mailbox
import os
from pathlib import Path

import pytest

from opsdesk.mail import files
from opsdesk.mail.files import Found, Skipped, Unreadable
from tests.mail.letters import letter


def read(path: Path) -> list[tuple[str, bytes]]:
    return [(one.label, one.raw) for one in files.mails(path) if isinstance(one, Found)]


def test_an_eml_is_one_mail_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(letter())
    assert read(path) == [("one.eml", letter())]


def test_a_folder_is_read_with_all_that_lies_in_it_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b/two.EML", "a/one.eml", "c.mbox"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(letter(name))
    (tmp_path / "a" / "readme.txt").write_text("Note: these are mails.\n")
    assert [label for label, _ in read(tmp_path)] == ["c.mbox", "a/one.eml", "b/two.EML"]


def test_a_maildir_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    for number in range(3):
        box.add(letter(number))
    (tmp_path / "box" / "tmp" / "half").write_bytes(letter("half")[:100])
    before = sorted((str(path), path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    assert sorted(raw for _, raw in read(tmp_path)) == sorted(letter(number) for number in range(3))
    assert sorted((str(path), path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_an_mbox_gives_back_what_another_program_put_in(tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    box = mailbox.mbox(path)
    texts = ["one", "two\nFrom me to you\n>From quoted", "three"]
    for number, text in enumerate(texts):
        box.add(letter(number, text=text).replace(b"\r\n", b"\n"))
    box.close()
    found = read(path)
    assert [label for label, _ in found] == ["all.mbox#1", "all.mbox#2", "all.mbox#3"]
    assert [raw.split(b"\n\n", 1)[1].rstrip() for _, raw in found][0::2] == [b"one", b"three"]
    assert b"\nFrom me to you\n" in found[1][1]


def test_a_line_that_begins_with_from_starts_no_mail_within_a_paragraph(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(b"From a@b\nSubject: 1\n\nwords\nFrom here on\n\nFrom c@d\nSubject: 2\n\nmore\n")
    assert [raw for _, raw in read(path)] == [b"Subject: 1\n\nwords\nFrom here on\n", b"Subject: 2\n\nmore\n"]


def test_every_byte_of_an_mbox_belongs_to_a_mail(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(b"From a@b\n" + b"x" * 3_000_000 + b"\n\nFrom c@d\n\nlast")
    assert [len(raw) for _, raw in read(path)] == [3_000_001, 5]


def test_an_empty_file_is_a_mail_without_bytes(tmp_path: Path) -> None:
    path = tmp_path / "empty.eml"
    path.touch()
    assert read(path) == [("empty.eml", b"")]


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.eml").write_bytes(letter())
    first, second = files.mails(tmp_path)
    assert isinstance(first, Unreadable)
    assert (first.label, first.problem) == ("a.eml", "No such file or directory")
    assert isinstance(second, Found)


def test_in_a_folder_what_begins_like_mail_is_read_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "Inbox").write_bytes(b"From - Mon Mar  2 09:00:00 2026\r\n" + letter("a"))
    (tmp_path / "Sent.sbd").mkdir()
    (tmp_path / "Sent.sbd" / "1").write_bytes(letter("b"))
    (tmp_path / "long").write_bytes(b"X-Long: " + b"x" * 9000 + b"\r\n" + letter("c"))
    assert read(tmp_path) == [
        ("Inbox#1", letter("a")),
        ("long", b"X-Long: " + b"x" * 9000 + b"\r\n" + letter("c")),
        ("Sent.sbd/1", letter("b")),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->", b"Dear all,\nTo: nobody\n", b"name: x\nfrom: y\n",
     b"To: do\n- buy milk\n", bytes(range(256)) * 40],
)  # fmt: skip
def test_what_is_no_mail_is_skipped_and_said_to_be(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Inbox.msf").write_bytes(content)
    assert list(files.mails(tmp_path)) == [Skipped("Inbox.msf")]


def test_a_pipe_in_the_folder_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    assert list(files.mails(tmp_path)) == []
