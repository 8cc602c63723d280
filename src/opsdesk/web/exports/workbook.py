"""A workbook written while it is sent: a million rows pass through, none of them stays in memory."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, count, islice
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter
from openpyxl.xml.constants import CONTYPES_NS, PKG_REL_NS, REL_NS, SHEET_MAIN_NS, WORKSHEET_TYPE, XLSX

from opsdesk.web.funnel.export import Value

# What the format can hold: rows of a sheet, letters of a cell, letters of a sheet's name.
MOST_ROWS, MOST_LETTERS, MOST_NAME = 1_048_576, 32_767, 31
# An entry of more than 2 GiB would need a form of archive that spreadsheets take for broken.
MOST_BYTES = 1_900_000_000
AT_ONCE = 500

_START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LETTERS = tuple(map(get_column_letter, range(1, 703)))
# Most texts hold none of them, and are written as they are.
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f&<>\ufffe\uffff]")
_IN_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Line = Sequence[Value | Decimal]


def workbook(
    title: str, head: Line, lines: Iterable[Line], *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> Iterator[bytes]:
    """The bytes of a workbook, as they are made.

    What does not fit on one sheet goes on on the next: the sheet's last row says so, each begins with `head`.
    """
    outlet, rest = _Outlet(), iter(lines)
    names: list[str] = []
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=4) as book:
        first: Line | None = None
        while first is not None or not names:
            names.append(_name(title, len(names)))
            with book.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as sheet:
                mine = chain([first] if first is not None else [], rest)
                sheet.write(f'{_START}<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData>{_row(1, head)}'.encode())
                written, number = 0, 1
                while some := list(islice(mine, min(AT_ONCE, most_rows - 1 - number))):
                    rows = "".join(map(_row, count(number + 1), some)).encode()
                    written, number = written + len(rows), number + len(some)
                    sheet.write(rows)
                    yield outlet.taken()
                    if written > most_bytes:
                        break
                first = next(mine, None)
                if first is not None:
                    on = _("It goes on on the sheet %(name)s") % {"name": _name(title, len(names))}
                    sheet.write(_row(number + 1, [on]).encode())
                sheet.write(b"</sheetData></worksheet>")
            yield outlet.taken()
        for path, text in _frame(names):
            book.writestr(path, _START + text)
    yield outlet.taken()


class _Outlet:
    """What an archive is written to: it keeps what was not yet taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _row(number: int, line: Line) -> str:
    cells = "".join([_cell(f"{letter}{number}", each) for letter, each in zip(_LETTERS, line, strict=False)])
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Value | Decimal) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, int | float | Decimal):
        return f'<c r="{place}"><v>{value}</v></c>'
    text = value if len(value) <= MOST_LETTERS else f"{value[: MOST_LETTERS - 1]}…"
    if _ODD.search(text):
        text = escape(_IN_NO_XML.sub("", text))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _name(title: str, before: int) -> str:
    """The name of a sheet, the first without a number."""
    number = f" {before + 1}" if before else ""
    plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in title)
    return f"{plain[: MOST_NAME - len(number)].strip()}{number}" or "1"


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The parts of a workbook that say which sheets there are."""
    parts = [(f"sheet{number}", f"rId{number}", name) for number, name in enumerate(names, 1)]
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/{file}.xml" ContentType="{WORKSHEET_TYPE}"/>'
        for file, _id, _name in parts
    )
    types = (
        f'<Types xmlns="{CONTYPES_NS}"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{XLSX}"/>{kinds}</Types>'
    )
    yield "[Content_Types].xml", types
    yield "_rels/.rels", _related([("officeDocument", "rId1", "xl/workbook.xml")])
    yield (
        "xl/_rels/workbook.xml.rels",
        _related([("worksheet", id, f"worksheets/{file}.xml") for file, id, _name in parts]),
    )
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" r:id="{id}"/>'
        for number, (_file, id, name) in enumerate(parts, 1)
    )
    book = f'<workbook xmlns="{SHEET_MAIN_NS}" xmlns:r="{REL_NS}"><sheets>{sheets}</sheets></workbook>'
    yield "xl/workbook.xml", book


def _related(targets: Iterable[tuple[str, str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{id}" Type="{REL_NS}/{kind}" Target="{target}"/>' for kind, id, target in targets
    )
    return f'<Relationships xmlns="{PKG_REL_NS}">{each}</Relationships>'
