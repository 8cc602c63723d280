"""Raw mails from files: an .eml, an mbox, a Maildir, or a folder of them. Nothing is changed there.

Read as a stream: one mail is in memory at a time. What cannot be read is told, and the rest goes on.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_MAIL = 256 * 1024 * 1024
_SUFFIXES = (".eml", ".mbox")
_FROM_LINE = b"From "
_ESCAPED = re.compile(rb"^>+From ")
_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One mail as it lies in its file. `label` says where, relative to the path that was given."""

    label: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a place in one, that could not be read, and why."""

    label: str
    problem: str


def mails(path: Path) -> Iterator[Found | Unreadable]:
    """Every mail below `path`, in an order that is the same each time."""
    for file in _files(path):
        label = file.name if file == path else str(file.relative_to(path))
        try:
            with file.open("rb") as stream:
                yield from _of_file(stream, label)
        except OSError as error:
            yield Unreadable(label, error.strerror or str(error))


def total_bytes(path: Path) -> int:
    """How much there is to read: for a progress bar."""
    return sum(file.stat().st_size for file in _files(path) if file.is_file())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        here = Path(folder)
        in_maildir = here.name in ("cur", "new") and (here.parent / "cur").is_dir()
        for name in sorted(names):
            if in_maildir or name.lower().endswith(_SUFFIXES):
                yield here / name


def _of_file(stream: BinaryIO, label: str) -> Iterator[Found | Unreadable]:
    if stream.peek(len(_FROM_LINE))[: len(_FROM_LINE)] == _FROM_LINE:  # type: ignore[attr-defined]
        yield from _of_mbox(stream, label)
        return
    raw = stream.read(MAX_MAIL + 1)
    yield Found(label, raw) if len(raw) <= MAX_MAIL else _too_large(label)


def _of_mbox(stream: BinaryIO, label: str) -> Iterator[Found | Unreadable]:
    """Mails of an mbox: each begins with a line `From ` at the start or after a blank line.

    `>From ` loses one `>`, as mboxrd has it; the blank line before the next mail is not part of a mail.
    """
    number, size = 0, 0
    lines: list[bytes] = []
    blank, starts = True, True
    while line := stream.readline(_LINE):
        if starts and blank and line.startswith(_FROM_LINE):
            if number:
                yield _mail_of(lines, size, f"{label}#{number}")
            number, size, lines, blank = number + 1, 0, [], False
        else:
            size += len(line)
            if size <= MAX_MAIL:
                lines.append(line[1:] if starts and _ESCAPED.match(line) else line)
            blank = starts and line in (b"\n", b"\r\n")
        starts = line.endswith(b"\n")
    yield _mail_of(lines, size, f"{label}#{number}")


def _mail_of(lines: list[bytes], size: int, label: str) -> Found | Unreadable:
    if size > MAX_MAIL:
        return _too_large(label)
    if lines and lines[-1] in (b"\n", b"\r\n"):
        lines = lines[:-1]
    return Found(label, b"".join(lines))


def _too_large(label: str) -> Unreadable:
    return Unreadable(label, f"larger than {MAX_MAIL // (1024 * 1024)} MB")
