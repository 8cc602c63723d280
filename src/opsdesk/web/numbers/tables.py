"""The tables of a page of numbers, each of which is also a file: what is shown is what is saved.

A view makes `Table`s of `Cell`s, and gives the file if one is asked for:

    if (file := table_file(request, tables)) is not None:
        return file

The page draws each with `{% include "numbers/table.html" with table=table %}`.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import overload

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from opsdesk.insight.registry import Unit
from opsdesk.web.funnel.export import DANGEROUS, Value
from opsdesk.web.http import Request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
SHEET_NAME = 31
# So many rows are drawn; a file holds all.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is what is read, `value` what a file holds: the plain number, a share as a fraction of 1.

    `href`: the list behind it; `note`: what stands small beside it; `chip`: the class of a state in words.
    `beside`: of what is more than one number the columns that a file has of it in place of `value`, by code.
    """

    text: str
    value: Value = None
    href: str = ""
    note: str = ""
    chip: str = ""
    state: str = ""
    shade: int = 0
    beside: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `is_number` stands to the right.

    `href`: the address at which the table is sorted by it; `order`: how it is now, as `aria-sort` says it.
    """

    title: str
    is_number: bool = True
    href: str = ""
    order: str = ""


Row = tuple[Cell, ...]


class Made(Sequence[Row]):
    """Rows that are made where they are looked at, one for each of `keys`: of a long table few are drawn."""

    def __init__(self, keys: Sequence[str], make: Callable[[str], Row]) -> None:
        self._keys, self._make = keys, make

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Made": ...
    def __getitem__(self, at: int | slice) -> "Row | Made":
        if isinstance(at, slice):
            return Made(self._keys[at], self._make)
        return self._make(self._keys[at])


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row is its heading. `csv` and `xlsx`: the addresses of its files."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    note: str = ""
    empty: str = ""
    csv: str = ""
    xlsx: str = ""

    @property
    def lines(self) -> list[list[tuple[Cell, Column]]]:
        """The rows that are drawn, each cell with its column."""
        return [list(zip(row, self.columns, strict=True)) for row in self.rows[:SHOWN]]

    @property
    def shown(self) -> int:
        """How many rows are drawn."""
        return min(len(self.rows), SHOWN)

    @property
    def is_cut(self) -> bool:
        """Whether the page draws less than there is."""
        return len(self.rows) > SHOWN


def heading(text: str, href: str = "", note: str = "") -> Cell:
    """The first cell of a row."""
    return Cell(text, text, href, note)


def table_file(request: Request, tables: Iterable[Table]) -> HttpResponse | None:
    """The table the address asks for as a file (`table=KEY&as=csv`); None where it asks for none."""
    key, kind = request.GET.get("table", ""), request.GET.get("as", "")
    if not key:
        return None
    found = next((table for table in tables if table.key == key), None)
    if found is None or kind not in ("csv", "xlsx"):
        raise Http404
    head, lines = filed(found)
    return file_response(kind, key, found.title, head, lines)


def filed(table: Table) -> tuple[list[str], list[list[Value]]]:
    """The headings and the rows of a table's file: a column of ranges becomes one for each of their ends."""
    rows = list(table.rows)
    parts = [_parts(row[n] for row in rows) for n in range(len(table.columns))]
    head = [
        _("%(column)s: %(part)s") % {"column": column.title, "part": _(PARTS[part])} if part else column.title
        for column, found in zip(table.columns, parts, strict=True)
        for part in found
    ]
    lines = [
        [value for cell, found in zip(row, parts, strict=True) for value in _values(cell, found)]
        for row in rows
    ]
    return head, lines


def _parts(cells: Iterable[Cell]) -> list[str]:
    """Of which parts a column is in a file: of those of any of its cells; mostly of one without a name."""
    found = {part: None for cell in cells for part, _value in cell.beside}
    return [part for part in PARTS if part in found] or [""]


def _values(cell: Cell, parts: Sequence[str]) -> Iterable[Value]:
    if parts == [""]:
        return (cell.text if cell.value is None else cell.value,)
    known = dict(cell.beside)
    return (known.get(part, "") for part in parts)


# In the order in which they stand in a file.
PARTS = {
    "low": gettext_noop("low"),
    "high": gettext_noop("high"),
    "of": gettext_noop("of"),
    Unit.SECONDS.value: gettext_noop("seconds"),
    Unit.WORKING_SECONDS.value: gettext_noop("seconds of working time"),
    Unit.DAYS.value: gettext_noop("days"),
    "at_least": gettext_noop("at least"),
    "missing": gettext_noop("without a time"),
    "range_low": gettext_noop("range from"),
    "range_high": gettext_noop("range to"),
}


def file_response(
    kind: str, name: str, title: str, head: Sequence[str], lines: Iterable[Sequence[Value]]
) -> HttpResponse:
    """Lines as a CSV or XLSX file to keep. What a spreadsheet would take for a formula has an apostrophe."""
    body = xlsx_bytes(title, head, lines) if kind == "xlsx" else csv_bytes(head, lines)
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "table"
    return HttpResponse(
        body,
        content_type=XLSX if kind == "xlsx" else CSV,
        headers={"Content-Disposition": f'attachment; filename="{plain}.{kind}"'},
    )


def csv_bytes(head: Sequence[str], lines: Iterable[Sequence[Value]]) -> bytes:
    """A CSV file, with the mark by which spreadsheets know its letters."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow([safe(text) for text in head])
    writer.writerows([safe(value) for value in line] for line in lines)
    return file.getvalue().encode("utf-8-sig")


def xlsx_bytes(title: str, head: Sequence[str], lines: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one sheet, written row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:SHEET_NAME].strip() or "1")
    sheet.append([_plain(text) for text in head])
    for line in lines:
        sheet.append([_plain(value) for value in line])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def safe(value: Value) -> Value:
    """A text that a spreadsheet would take for a formula, with an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def _plain(value: Value) -> Value:
    """The same, without the signs that no workbook may hold."""
    return safe(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value
