"""Raw mails from files: an .eml, an mbox, a Maildir, or a folder of them. Nothing is changed there.

Many a program's mbox has no suffix (`Inbox`): in a folder, whatever begins like mail is read.

Read as a stream: one mail is in memory at a time. What cannot be read is told, and the rest goes on.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

MAX_MAIL = 256 * 1024 * 1024
_SUFFIXES = (".eml", ".mbox")
_FROM_LINE = b"From "
_ESCAPED = re.compile(rb"^>+From ")
_LINE = 1 << 20
_LOOKS_AT = 4096
_HEADER = re.compile(rb"([!-9;-~]+):[ \t]?")
_OF_MAIL = re.compile(
    rb"(?i)return-path|received|delivered-to|envelope-to|from|to|cc|bcc|sender|reply-to|subject|date|message-id"
    rb"|in-reply-to|references|mime-version|content-[a-z-]+|dkim-signature|arc-[a-z-]+|authentication-results"
    rb"|list-[a-z-]+|resent-[a-z-]+|x-[\w-]+|thread-[a-z]+|user-agent"
)


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


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder that is no mail by its name, nor begins like one."""

    label: str


def mails(path: Path) -> Iterator[Found | Unreadable | Skipped]:
    """Every mail below `path`, and what was skipped there, in an order that is the same each time."""
    for file, sure in _files(path):
        label = file.name if file == path else str(file.relative_to(path))
        try:
            with file.open("rb") as stream:
                if sure or _begins_like_mail(stream):
                    yield from _of_file(stream, label)
                else:
                    yield Skipped(label)
        except OSError as error:
            yield Unreadable(label, error.strerror or str(error))


def total_bytes(path: Path) -> int:
    """How much there is to look at: for a progress bar."""
    return sum(file.stat().st_size for file, _ in _files(path) if file.is_file())


def _files(path: Path) -> Iterator[tuple[Path, bool]]:
    """The files, and whether their place or name says already that they are mail."""
    if not path.is_dir():
        yield path, True
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        here = Path(folder)
        of_maildir = (here.parent / "cur").is_dir()
        if of_maildir and here.name == "tmp":
            continue
        for name in sorted(names):
            in_maildir = of_maildir and here.name in ("cur", "new")
            if (here / name).is_symlink() or (here / name).is_file():
                yield here / name, in_maildir or name.lower().endswith(_SUFFIXES)


def _begins_like_mail(stream: BinaryIO) -> bool:
    """A line `From `, or nothing but header lines up to the first blank one, the first of them a mail's."""
    start = stream.read(_LOOKS_AT)
    stream.seek(0)
    if start.startswith(_FROM_LINE):
        return True
    lines = start.splitlines()
    whole = lines[:-1] if len(start) == _LOOKS_AT else lines
    head = list(takewhile(bytes.strip, whole or lines))
    named = [_HEADER.match(line) for line in head]
    return bool(named and named[0] and _OF_MAIL.fullmatch(named[0][1])) and all(
        match or line[:1] in b" \t" for match, line in zip(named, head, strict=True)
    )


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
