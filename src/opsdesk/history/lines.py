"""The lines of a text, none of them too long to be held, and the records of a CSV file out of these.

A quote that somebody forgot to close makes the lines after it one field. Here it spoils its own line alone.
"""

import csv
from collections.abc import Iterator
from itertools import chain, count, islice, repeat
from typing import NamedTuple, TextIO

UNIT = "\x1f"
DELIMITERS = ",;\t|"
LONGEST_LINE = 1 << 22
LONGEST_FIELD = 1 << 20
KEPT = 4000
MOST_LINES = 200
LINES_AT_ONCE = 64
END = "\x1e"


class TooLong(str):
    """The beginning of a line that is too long to be read."""

    __slots__ = ()


class Runaway(csv.Error):
    """A record goes on over more lines than any would."""


class Record(NamedTuple):
    """A record of a CSV file with its first line; where it is none, `raw` is the line as it stands there."""

    line: int
    fields: list[str]
    raw: str = ""


def lines_of(text: TextIO) -> Iterator[str]:
    """Every line with its end; of one with more than four million characters its beginning, as `TooLong`."""
    while line := text.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith("\n"):
            yield line
            continue
        while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass
        yield TooLong(line[:KEPT])


def plain(text: str) -> str:
    """Without what no database stores, and what stands between values where they are put by."""
    return text.replace("\x00", "").replace(UNIT, " ")


class Records:
    """The records of a CSV file: `header`, the first one, and then each.

    One that is broken, or that runs over several lines and hasn't as many fields as the header, is read anew
    line by line. Raises `csv.Error` where the header is none.
    """

    def __init__(self, text: TextIO, delimiter: str = "") -> None:
        self._lines = lines_of(text)
        first = next(self._lines, "")
        self.delimiter = delimiter or max(DELIMITERS, key=first.count)
        csv.field_size_limit(LONGEST_FIELD)
        self._feed = _Feed(chain([first] if first else [], self._lines))
        self._reader = csv.reader(self._feed, delimiter=self.delimiter)
        self.header = [name.strip() for name in next(self._reader, [])]

    def __iter__(self) -> Iterator[Record]:
        while lines := list(islice(self._lines, LINES_AT_ONCE)):
            plainly = self._plainly(lines)
            if plainly is None:
                yield from self._one_by_one(lines)
                continue
            yield from map(Record._make, zip(count(self._feed.count + 1), plainly, repeat("")))
            self._feed.count += len(lines)

    def _plainly(self, lines: list[str]) -> list[list[str]] | None:
        """The fields of lines that are a record each; None where one isn't, or has to be looked at closely.

        A line behind them tells whether the last one is over.
        """
        text = "".join(lines)
        if "\x00" in text or UNIT in text or TooLong in set(map(type, lines)):
            return None
        try:
            found = list(csv.reader([*lines, END], delimiter=self.delimiter))
        except csv.Error:
            return None
        return found[:-1] if len(found) == len(lines) + 1 else None

    def _one_by_one(self, lines: list[str]) -> Iterator[Record]:
        """The records that begin in these lines; the last one may take more."""
        feed, width = self._feed, len(self.header)
        feed.coming = iter(lines)
        feed.left = len(lines)
        while feed.left > 0:
            feed.taken.clear()
            line = feed.count + 1
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                yield from self._apart(line)
                continue
            if len(feed.taken) > 1 and (len(fields) != width or _is_unclosed(feed.taken)):
                yield from self._apart(line)
            else:
                yield Record(line, fields)

    def _apart(self, first: int) -> Iterator[Record]:
        """The lines taken for the record that is none, each as one of its own."""
        for number, line in enumerate(list(self._feed.taken), start=first):
            try:
                fields = (
                    [] if isinstance(line, TooLong) else next(csv.reader([line], delimiter=self.delimiter))
                )
            except csv.Error:
                fields = []
            yield Record(number, fields, "" if fields else line[:KEPT])


def _is_unclosed(lines: list[str]) -> bool:
    """Whether a quote is without its other one: the file ended before it was closed."""
    return sum(line.count('"') for line in lines) % 2 == 1


class _Feed:
    """Lines for a reader of CSV, and those it took since they were last cleared.

    `coming` goes before the others; `left`: how many of it are to come. `count`: the lines so far.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.coming: Iterator[str] = iter(())
        self.left = 0
        self.taken: list[str] = []
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise Runaway
        line = next(self.coming, None) or next(self._lines)
        self.left -= 1
        self.count += 1
        if isinstance(line, TooLong):
            self.taken.append(line)
            raise Runaway
        line = plain(line) if "\x00" in line or UNIT in line else line
        self.taken.append(line)
        return line
