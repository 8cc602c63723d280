"""Lists as files: whatever a page lists is also saved whole, as CSV or XLSX, written while it is sent.

A view says what its list is, and gives the file if the address asks for one (`table=list&as=csv`):

    if (file := sheet_file(request, sheet)) is not None:
        return file

The page offers it with `{% save_as "list" title %}` (`exports`).
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Any, Generic, TypeVar

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone, translation

from opsdesk.kernel.memory import remembering
from opsdesk.web.exports.workbook import Line, workbook
from opsdesk.web.funnel.export import DANGEROUS, Value
from opsdesk.web.http import Request

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")
# Rows that are read, and rows that are written, at a time.
PAGE, AT_ONCE = 10_000, 200
BYTE_ORDER_MARK = "\ufeff"

R = TypeVar("R")
C = TypeVar("C")
What = Value | Decimal | datetime | date
Columns = Sequence[tuple[str, Callable[[R], What]]]


@dataclass(frozen=True, slots=True)
class Sheet(Generic[R]):
    """A list as a file. `name`: what the file is called, before its moment; `rows`: all, asked for if wanted.

    `columns`: each heading with what a row has there: codes and numbers as they are kept, an amount without
    its currency, a day, or an instant, which is written in `zone` (the reader's where none is given).
    """

    name: str
    title: str
    columns: Columns[R]
    rows: Callable[[], Iterable[R]]
    zone: tzinfo | None = None
    key: str = "list"


def through(page: Callable[[C | None], tuple[Iterable[R], C | None]]) -> Iterator[R]:
    """All rows of a list that is read page by page: `page` gives those after a place and the next place."""
    rows, after = page(None)
    yield from rows
    while after is not None:
        rows, after = page(after)
        yield from rows


def sheet_file(request: Request, *sheets: Sheet[Any]) -> StreamingHttpResponse | None:
    """The list the address asks for as a file; None where it asks for none."""
    key = request.GET.get("table", "")
    if not key:
        return None
    found, kind = next((sheet for sheet in sheets if sheet.key == key), None), request.GET.get("as", "")
    if found is None or kind not in KINDS:
        raise Http404
    return sent_as(kind, found, now=request.now)


def sent_as(kind: str, sheet: Sheet[R], *, now: datetime) -> StreamingHttpResponse:
    """A list as a `csv` or `xlsx` file to keep, named for what it is and when it was so."""
    zone = sheet.zone or timezone.get_current_timezone()
    head = [safe(title) for title, _value in sheet.columns]
    lines = _lines(sheet, zone)
    made = workbook(sheet.title, head, lines) if kind == "xlsx" else _csv(head, lines)
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", sheet.name).strip("-.") or sheet.key
    moment = now.astimezone(zone).strftime("%Y-%m-%d-%H%M")
    return StreamingHttpResponse(
        _made_for(made, language=translation.get_language(), zone=timezone.get_current_timezone()),
        content_type=XLSX if kind == "xlsx" else CSV,
        headers={"Content-Disposition": f'attachment; filename="{plain}-{moment}.{kind}"'},
    )


def safe(value: Value | Decimal) -> Value | Decimal:
    """A text that a spreadsheet would take for a formula, with an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def _lines(sheet: Sheet[R], zone: tzinfo) -> Iterator[Line]:
    values = [value for _title, value in sheet.columns]
    for row in sheet.rows():
        yield [safe(_kept(value(row), zone)) for value in values]


def _kept(value: What, zone: tzinfo) -> Value | Decimal:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _csv(head: Line, lines: Iterator[Line]) -> Iterator[bytes]:
    """A CSV file, with the mark by which spreadsheets know its letters."""
    yield (BYTE_ORDER_MARK + _written([head])).encode()
    while some := list(islice(lines, AT_ONCE)):
        yield _written(some).encode()


def _written(lines: Iterable[Line]) -> str:
    file = StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()


def _made_for(pieces: Iterator[bytes], *, language: str | None, zone: tzinfo) -> Iterator[bytes]:
    """The pieces, in the words of the reader: they are made when the request's language and zone are gone."""
    while True:
        with translation.override(language), timezone.override(zone), remembering():
            piece = next(pieces, None)
        if piece is None:
            return
        # To some servers a piece of nothing is the end.
        if piece:
            yield piece
