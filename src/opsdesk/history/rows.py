"""The rows of an export, each with its line and the values of the columns that a map asks for.

A row that can't be read is a row too, with why. What makes the whole file unreadable is `FileUnreadable`.
"""

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import IO, NamedTuple

from charset_normalizer import from_bytes

from opsdesk.history import xes
from opsdesk.history.files import FileUnreadable
from opsdesk.history.lines import Records, TooLong, lines_of
from opsdesk.history.maps import HistoryMap
from opsdesk.history.nested import Nested, at
from opsdesk.history.nested import text as value_of
from opsdesk.kernel.refusal import gettext_noop

SNIFFED = 1 << 16
OLD_ENCODINGS = ("cp1252", "cp1251", "cp949", "cp932", "gb18030")
TOO_FEW = gettext_noop("it has %(found)s fields, the first line has %(wanted)s")
NO_JSON = gettext_noop("this line is no JSON object")
NO_CSV = gettext_noop("this line is not CSV, or too long")


NEEDED = ("case", "time", "activity", "status", "queue")


class ColumnMissing(FileUnreadable):
    message = gettext_noop("The file has no column %(column)s. It has %(known)s.")


class Row(NamedTuple):
    """One row: its line (from 1), the values asked for without outer blanks, the row as it stands there.

    `why` says what is wrong with one that can't be read, with `details` for its places.
    """

    line: int
    values: Sequence[str]
    raw: object
    why: str = ""
    details: Mapping[str, object] = {}


def rows(file: IO[bytes], mapped: HistoryMap, *, name: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns whose values the rows have, of those asked for, and every row. Refuses `FileUnreadable`."""
    if mapped.format != "csv":
        found = _json_rows(file, mapped) if mapped.format == "jsonl" else _xes_rows(file, mapped)
        return mapped.wanted, _checked(found, mapped, name)
    try:
        columns, found = _csv_rows(file, mapped)
    except (EOFError, zlib.error, UnicodeError, OSError, csv.Error) as problem:
        raise FileUnreadable(name=name, format="csv", problem=problem) from None
    return columns, _checked(found, mapped, name)


def _checked(found: Iterator[Row], mapped: HistoryMap, name: str) -> Iterator[Row]:
    try:
        yield from found
    except (EOFError, zlib.error, UnicodeError, OSError) as problem:
        raise FileUnreadable(name=name, format=mapped.format, problem=problem) from None
    except xes.NotXes as problem:
        raise FileUnreadable(name=name, format="xes", problem=problem) from None


def text_of(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """The bytes as text; of `auto` by the mark of byte order, else UTF-8, else by what it looks like."""
    buffered = io.BufferedReader(file, SNIFFED)  # type: ignore[type-var]
    name = encoding if encoding != "auto" else _encoding(buffered.peek(SNIFFED))
    return io.TextIOWrapper(buffered, encoding=name, errors="replace", newline="")


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[: max(0, len(head) - 4)].decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if problem.start < len(head) - 8:
            return _old_encoding(head)
    return "utf-8-sig"


def _old_encoding(head: bytes) -> str:
    """What isn't UTF-8 may be written as Windows does in one of several parts of the world."""
    found = from_bytes(head, cp_isolation=list(OLD_ENCODINGS)).best()
    return found.encoding if found and found.encoding in OLD_ENCODINGS else OLD_ENCODINGS[0]


def records_of(text: io.TextIOWrapper, delimiter: str) -> Records:
    """The records of a CSV file; of `auto` by the delimiter that its first line has most of."""
    return Records(text, "" if delimiter == "auto" else delimiter.replace("\\t", "\t"))


def _csv_rows(file: IO[bytes], mapped: HistoryMap) -> tuple[tuple[str, ...], Iterator[Row]]:
    records = records_of(text_of(file, mapped.encoding), mapped.delimiter)
    _check_columns(records.header, mapped)
    places = _places(records.header, mapped.wanted)
    return tuple(places), _csv_values(records, list(places.values()))


def _csv_values(records: Records, places: Sequence[int]) -> Iterator[Row]:
    width, pick = len(records.header), _picker(places)
    for line, fields, raw in records:
        if len(fields) == width:
            yield Row(line, list(map(str.strip, pick(fields))), fields)
        elif raw:
            yield Row(line, (), raw, NO_CSV)
        elif fields:
            yield Row(line, (), fields, TOO_FEW, {"found": len(fields), "wanted": width})


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Gives the fields at those places, in their order."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda fields: [fields[place] for place in places]


def _check_columns(header: Sequence[str], mapped: HistoryMap) -> None:
    """What a case comes out of must be there; what only describes it may be left out."""
    known = {name.casefold() for name in header}
    needed = [names for role, names in mapped.columns.items() if role in NEEDED]
    needed += [tuple(mapped.moments)] if mapped.moments else []
    for names in needed:
        if not known & {name.casefold() for name in names}:
            raise ColumnMissing(column=", ".join(names), known=", ".join(header))


def _places(header: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Where each of the columns stands that are there."""
    known = {name: place for place, name in reversed(list(enumerate(header)))}
    folded = {name.casefold(): place for name, place in known.items()}
    places = {name: known.get(name, folded.get(name.casefold(), -1)) for name in wanted}
    return {name: place for name, place in places.items() if place >= 0}


def _json_rows(file: IO[bytes], mapped: HistoryMap) -> Iterator[Row]:
    nested, wanted = Nested(mapped) if mapped.each else None, mapped.wanted
    for line, text in enumerate(lines_of(text_of(file, mapped.encoding)), start=1):
        if not text.strip():
            continue
        try:
            found = None if isinstance(text, TooLong) else json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            yield Row(line, (), text.rstrip("\r\n"), NO_JSON)
            continue
        if nested is None:
            yield Row(line, [value_of(at(found, name)) for name in wanted], found)
            continue
        yield from (Row(line, values, raw) for values, raw in nested.rows(found))


def _xes_rows(file: IO[bytes], mapped: HistoryMap) -> Iterator[Row]:
    wanted = mapped.wanted
    for line, found in enumerate(xes.events(file), start=1):
        yield Row(line, [found.get(name, "").strip() for name in wanted], found)
