"""What this machine can do at best: other figures mean something only beside these, from the same run."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from email.parser import BytesParser
from pathlib import Path

PAGE = b"x" * 4096
HEAD = (
    b"From: Ann <ann@example.com>\r\nTo: desk@example.com\r\nSubject: The lift\r\n"
    b"Message-ID: <1@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
)
MAIL = HEAD + b"It does not move.\r\n" * 500


def rate(job: Callable[[], object], *, seconds: float = 1.5) -> float:
    """How often a second the job is done, over at least the given time."""
    begun = time.perf_counter()
    count = 0
    while (passed := time.perf_counter() - begun) < seconds:
        job()
        count += 1
    return count / passed


def flushes(folder: Path) -> float:
    with (folder / "flushed").open("wb", buffering=0) as file:

        def flush() -> None:
            file.write(PAGE)
            os.fdatasync(file.fileno())

        return rate(flush)


def commits(folder: Path) -> float:
    """Commits of one 11 KB row to SQLite as Opsdesk opens it: write-ahead, every commit on disk."""
    connection = sqlite3.connect(folder / "limits.sqlite3", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE mail (raw BLOB)")
    try:
        return rate(lambda: connection.execute("INSERT INTO mail VALUES (?)", (MAIL,)))
    finally:
        connection.close()


def parse() -> None:
    BytesParser().parsebytes(MAIL)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("OPSDESK_HOME")) as name:
        folder = Path(name)
        print(f"flushes of 4 KB to the disk          {flushes(folder):10,.0f} a second")
        print(f"SQLite commits of one mail, FULL     {commits(folder):10,.0f} a second")
        print(f"mails of 10 KB parsed, one process   {rate(parse):10,.0f} a second")


if __name__ == "__main__":
    main()
