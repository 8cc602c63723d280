"""Imports for the pages: the list, one of them, its rows kept aside, where a case comes from."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from opsdesk.cases.definition import NOWHERE
from opsdesk.cases.redaction import ERASED
from opsdesk.history.actions import BRINGING
from opsdesk.history.events import Misfit
from opsdesk.history.models import Import, Origin, RowAside
from opsdesk.history.reading import words_of
from opsdesk.history.refusals import ImportUnknown
from opsdesk.history.rows import Row
from opsdesk.people import queries as people

ASIDES = 50
BUSY = (Import.State.READING, Import.State.WRITING, Import.State.WITHDRAWING, Import.State.RETURNING)


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that fits nowhere: its place in the file, the row, why. `id`: what erases it, else 0."""

    number: int
    line: int
    words: str
    why: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class AsidePage:
    """Some of them in their order; `after` is the number to go on from, None at the end."""

    rows: tuple[Aside, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as it stands. `percent` is of what it is doing now."""

    id: int
    desk: str
    state: str
    file_name: str
    tool: str
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    placed: bool
    problem: str
    rows: int
    rows_aside: int
    events: int
    cases: int
    stays: int
    still_open: int
    known: int
    changed: int
    first_at: datetime | None
    last_at: datetime | None
    unmatched: dict[str, dict[str, int]]
    percent: int

    @property
    def is_busy(self) -> bool:
        return self.state in BUSY

    @property
    def may_be_stopped(self) -> bool:
        return self.state in BRINGING

    @property
    def was_stopped(self) -> bool:
        """It was withdrawn before all of it was written."""
        return self.state == Import.State.WITHDRAWN and self.finished_at is None


def imports(desks: tuple[str, ...]) -> tuple[ImportRow, ...]:
    """The imports of desks, the newest first, with those that are still being mapped."""
    found = list(Import.objects.filter(desk__in=desks).order_by("-id"))
    names = people.names({row.asked_by_id for row in found if row.asked_by_id})
    return tuple(_row(row, names) for row in found)


def imported(import_id: int) -> ImportRow:
    """One of them. Refuses `ImportUnknown`."""
    row = get(import_id)
    return _row(row, people.names({row.asked_by_id} if row.asked_by_id else set()))


def get(import_id: int) -> Import:
    """The row. Refuses `ImportUnknown`."""
    row = Import.objects.filter(id=import_id).first()
    if row is None:
        raise ImportUnknown(number=import_id)
    return row


def asides(import_id: int, *, after: int = 0, size: int = ASIDES) -> AsidePage:
    """Rows kept aside, in the order of the file."""
    rows = RowAside.objects.filter(imported_id=import_id, number__gt=after).order_by("number")[: size + 1]
    found = [_aside(row) for row in rows]
    return AsidePage(tuple(found[:size]), found[size - 1].number if len(found) > size else None)


def _aside(row: RowAside) -> Aside:
    """One that was erased says so."""
    words, details = row.words, row.details
    if words == ERASED:
        words, details = gettext(ERASED), {**details, "value": gettext(ERASED)}
        return Aside(row.number, row.line, words, in_words(row.why, details))
    return Aside(row.number, row.line, words, in_words(row.why, details), row.id)


def nowhere(import_id: int) -> int:
    """How many of its cases are open and stand in no queue."""
    return Origin.objects.filter(imported_id=import_id, stands=True, case__queue=NOWHERE).count()


def of_the_same_file(import_id: int) -> list[tuple[int, str, datetime]]:
    """Other imports of the same file at the same desk, the newest first: number, state, when it was asked."""
    row = get(import_id)
    same = Import.objects.filter(desk=row.desk, file_digest=row.file_digest).exclude(id=import_id)
    there = same.exclude(state__in=[Import.State.DRAFT, Import.State.FAILED]).order_by("-id")
    return list(there.values_list("id", "state", "asked_at")[:5])


def known_under(desk: str, subjects: Mapping[str, str]) -> tuple[str, int]:
    """Of cases given by another tool's numbers, with their subjects: under which tool most of them stand at a
    desk with the same, and how many; ("", 0) where none does."""
    # With the few tools named the index finds each case; without, every imported one is gone through.
    tools = list(
        Import.objects.filter(desk=desk).exclude(origin="").values_list("origin", flat=True).distinct()
    )
    rows = Origin.objects.filter(desk=desk, tool__in=tools, key__in=list(subjects), stands=True)
    there = rows.values_list("tool", "key", "case__subject")
    found = Counter(tool for tool, key, subject in there if subject == subjects[key])
    return max(found.items(), key=lambda each: (each[1], each[0]), default=("", 0))


def first_cases(import_id: int, size: int = 10) -> list[tuple[int, str, str]]:
    """(number, the other tool's id, subject) of its first cases."""
    rows = Origin.objects.filter(imported_id=import_id, stands=True).order_by("case_id")
    return list(rows.values_list("case_id", "key", "case__subject")[:size])


def every_aside(import_id: int) -> Iterator[Aside]:
    """All of them, some at a time."""
    after: int | None = 0
    while after is not None:
        page = asides(import_id, after=after, size=1000)
        yield from page.rows
        after = page.after


def aside_of(number: int, row: Row, misfit: Misfit) -> Aside:
    """The same for a row that is not kept."""
    return Aside(number, row.line, words_of(row.raw), in_words(misfit.why, misfit.details))


def in_words(why: str, details: dict[str, Any]) -> str:
    return gettext(why) % details


def origin_of(case_id: int) -> Origin | None:
    """Where a case comes from; None of one that began here."""
    return Origin.objects.filter(case_id=case_id).select_related("imported").first()


def _row(row: Import, names: dict[int, str]) -> ImportRow:
    same = {
        name: getattr(row, name)
        for name in ImportRow.__dataclass_fields__
        if name not in ("tool", "asked_by", "percent")
    }
    return ImportRow(
        **same, tool=row.origin, asked_by=names.get(row.asked_by_id or 0, ""), percent=_percent(row)
    )


def _percent(row: Import) -> int:
    if row.state == Import.State.READING:
        return 100 * row.bytes_read // row.file_bytes if row.file_bytes else 0
    if row.state == Import.State.WRITING:
        return 100 * row.position // row.events if row.events else 100
    if row.state in (Import.State.WITHDRAWING, Import.State.RETURNING) and row.cases:
        standing = row.origins.filter(stands=row.state == Import.State.RETURNING).count()
        return 100 * standing // row.cases
    return 100
