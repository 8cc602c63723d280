"""The tables of a page of numbers, each of which is also a file: what is shown is what is saved.

A view makes `Table`s of `Cell`s, and gives the file if one is asked for:

    if (file := table_file(request, tables)) is not None:
        return file

The page draws each with `{% include "numbers/table.html" with table=table %}`.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

from django.http import Http404, HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

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
    """

    text: str
    value: Value = None
    href: str = ""
    note: str = ""
    chip: str = ""
    state: str = ""
    shade: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `is_number` stands to the right.

    `href`: the address at which the table is sorted by it; `order`: how it is now, as `aria-sort` says it.
    """

    title: str
    is_number: bool = True
    href: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row is its heading. `csv` and `xlsx`: the addresses of its files."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    empty: str = ""
    csv: str = ""
    xlsx: str = ""

    @property
    def lines(self) -> list[list[tuple[Cell, Column]]]:
        """The rows that are drawn, each cell with its column."""
        return [list(zip(row, self.columns, strict=True)) for row in self.rows[:SHOWN]]

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
    head = [column.title for column in found.columns]
    lines = [[cell.text if cell.value is None else cell.value for cell in row] for row in found.rows]
    return file_response(kind, key, found.title, head, lines)


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
