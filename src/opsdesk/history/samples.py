"""The beginning of a file, looked at before there is a map: its form, its columns, the values in them."""

import csv
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import IO

from opsdesk.history import looks, xes
from opsdesk.history.files import MOST_LOOKED_AT, Export, FileUnreadable, NoRows, NoTable, reading
from opsdesk.history.instants import instant, read_instant
from opsdesk.history.lines import lines_of
from opsdesk.history.rows import records_of, text_of

ROWS = 2000
LOOKED_AT = 50
SHORTEST_INSTANT = 8
SHORT = 60
MOST_COLUMNS = 1000
FORMS = (
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
)


@dataclass(slots=True)
class Sample:
    """What the first rows show. `values`: of each column, what stands there and how often.

    `each`: the list inside a JSON object that the rows come from. `instants`: the columns that hold instants,
    with the form they are written in, empty where it needs no name. `delimiter`, `encoding`: as given, of
    `auto` what they were found to be. `short`: what is not long of each row.
    """

    format: str
    delimiter: str = "auto"
    encoding: str = "auto"
    each: str = ""
    rows: int = 0
    values: dict[str, Counter[str]] = field(default_factory=dict)
    instants: dict[str, str] = field(default_factory=dict)
    short: list[dict[str, str]] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        return list(self.values)

    def is_one_row_a_case(self, case: str) -> bool:
        return self.rows > 1 and len(self.values.get(case, ())) == self.rows

    def changing(self, case: str, column: str) -> tuple[int, int]:
        """In how many cases a column says different things, and how many say it more than once."""
        said: dict[str, list[str]] = {}
        for row in self.short:
            if case in row and column in row:
                said.setdefault(row[case], []).append(row[column])
        several = [words for words in said.values() if len(words) > 1]
        return sum(len(set(words)) > 1 for words in several), len(several)


def sample(export: Export, *, delimiter: str = "auto", encoding: str = "auto") -> Sample:
    """Look at the beginning of a file. Refuses `FileUnreadable`, `NoTable`, `NoRows`."""
    try:
        with reading(export, most=MOST_LOOKED_AT) as (file, _):
            head = file.read(looks.HEAD)
        if looks.is_no_text(head):
            raise NoTable(name=export.name)
        found = Sample(looks.format_of(head), delimiter, encoding)
        with reading(export, most=MOST_LOOKED_AT) as (file, _):
            for row in islice(_rows(file, found), ROWS):
                _add(found, row)
    except (EOFError, OSError, zlib.error, csv.Error, xes.NotXes, UnicodeError, LookupError) as problem:
        raise FileUnreadable(name=export.name, format="CSV, XES, JSON lines", problem=problem) from None
    if not found.rows:
        raise NoRows(name=export.name)
    forms = {name: _form(values) for name, values in found.values.items()}
    found.instants = {name: form for name, form in forms.items() if form is not None}
    return found


def _rows(file: IO[bytes], found: Sample) -> Iterator[dict[str, str]]:
    if found.format == "xes":
        return xes.events(file)
    return _json_rows(file, found) if found.format == "jsonl" else _csv_rows(file, found)


def _csv_rows(file: IO[bytes], found: Sample) -> Iterator[dict[str, str]]:
    text = text_of(file, found.encoding)
    records = records_of(text, found.delimiter)
    found.delimiter, found.encoding, names = records.delimiter, text.encoding, records.header
    if len(names) > MOST_COLUMNS:
        raise csv.Error(f"it has more than {MOST_COLUMNS} columns")
    found.values = {name: Counter() for name in names if name}
    for record in records:
        if len(record.fields) == len(names):
            yield dict(zip(names, record.fields, strict=True))


def _json_rows(file: IO[bytes], found: Sample) -> Iterator[dict[str, str]]:
    text = text_of(file, found.encoding)
    found.encoding = text.encoding
    for line in lines_of(text):
        try:
            outer = json.loads(line)
        except (ValueError, RecursionError):
            continue
        flat = dict(_flat(outer, ""))
        found.each = found.each or next((path for path, value in flat.items() if _is_list(value)), "")
        inner = flat.get(found.each)
        whole = _texts(flat)
        for one in inner if isinstance(inner, list) else [{}]:
            yield {**whole, **_texts(dict(_flat(one, "")))}


def _texts(flat: dict[str, object]) -> dict[str, str]:
    return {path: str(value) for path, value in flat.items() if not isinstance(value, list)}


def _flat(found: object, before: str) -> Iterator[tuple[str, object]]:
    """The values of an object with their dotted paths, a few steps deep."""
    for name, value in found.items() if isinstance(found, dict) else ():
        path = f"{before}{name}"
        if isinstance(value, dict) and path.count(".") < 3:
            yield from _flat(value, f"{path}.")
        elif value is not None and not isinstance(value, dict):
            yield path, value


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _add(found: Sample, row: dict[str, str]) -> None:
    found.rows += 1
    for name, value in row.items():
        if name and value.strip():
            found.values.setdefault(name, Counter())[value.strip()[:200]] += 1
    found.short.append(
        {name: words for name, value in row.items() if 0 < len(words := value.strip()) <= SHORT}
    )


def _form(values: Counter[str]) -> str | None:
    """In which form most of the values are instants; None where hardly one is."""
    some = [value for value in values if len(value) >= SHORTEST_INSTANT][:LOOKED_AT]
    fitting = {form: sum(_fits(value, form) for value in some) for form in ("", *FORMS)}
    best = max(fitting, key=lambda form: fitting[form])
    tied = [form for form in fitting if fitting[form] == fitting[best]]
    if len(tied) > 1:
        best = max(tied, key=lambda form: sum(_fits(value, form) for value in values))
    return best if some and fitting[best] * 10 >= min(len(values), LOOKED_AT) * 7 else None


def first_instants(
    found: Sample, columns: Iterable[str], *, form: str, zone: tzinfo, size: int = 3
) -> list[tuple[str, datetime | None]]:
    """The first values of columns as they stand there and as they would be read."""
    forms = (form,) if form else ()
    values = [value for name in columns for value in islice(found.values.get(name, ()), size)][:size]
    read = [(value, read_instant(value, zone, forms)) for value in values]
    return [(value, None if at is None else instant(at).astimezone(zone)) for value, at in read]


def stands_still(found: Sample, case: str, column: str) -> bool:
    """Whether a column says the same in all rows of every case, so that no time would pass."""
    changing, several = found.changing(case, column)
    return several > 0 and not changing


def may_be_mistaken(found: Sample, columns: Iterable[str], form: str) -> bool:
    """Whether every value could as well have its day and its month the other way round."""
    other = form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    values = [value for name in columns for value in found.values.get(name, ())]
    return other != form and bool(values) and all(_fits(value, other) for value in values)


def _fits(value: str, form: str) -> bool:
    return read_instant(value, UTC, (form,) if form else ()) is not None
