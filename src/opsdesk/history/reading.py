"""Reading a file: every row becomes events in order, or is kept aside with why."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from opsdesk.cases.queries import mail_desk
from opsdesk.history import rows
from opsdesk.history.actions import MAP, note
from opsdesk.history.events import Happened, Misfit, RowReader
from opsdesk.history.files import Export, FileUnreadable, reading
from opsdesk.history.instants import instant, micros
from opsdesk.history.maps import HistoryMap, read_map
from opsdesk.history.models import Import, RowAside
from opsdesk.history.rows import Row
from opsdesk.history.spill import AT_ONCE, Spill
from opsdesk.kernel.actor import SYSTEM

LONGEST_ROW = 4000
TOLD_EVERY = 1 << 20
Keep = Callable[[Sequence[tuple[int, Row, Misfit]]], None]
Hear = Callable[[int], None]


def read_file(imported: Import, export: Export, path: Path, *, now: datetime, hear: Hear) -> Spill:
    """Read the file and put its events in order in a temporary file at `path`; `hear` is told the bytes read.

    Rows that fit nowhere are kept. Done again after that, it only makes the temporary file anew.
    Refuses `FileUnreadable`.
    """
    spill = Spill.made(path)
    first_time = imported.state == Import.State.READING
    keep = _keeper(imported) if first_time else _forget
    try:
        counted = fill(spill, export, map_of(imported), now=imported.asked_at, keep=keep, hear=hear)
    except FileUnreadable as problem:
        spill.close()
        if first_time:
            _fail(imported, str(problem), now=now)
        raise
    ordered = spill.sort()
    if first_time:
        _has_read(imported, counted, ordered, now=now)
    return spill


def map_of(imported: Import) -> HistoryMap:
    """The map of an import, for its desk as it stands."""
    return read_map(imported.map, source=MAP, desk=mail_desk(imported.desk))


def fill(
    spill: Spill,
    export: Export,
    mapped: HistoryMap,
    *,
    now: datetime,
    keep: Keep,
    hear: Hear,
    most: int | None = None,
) -> tuple[int, int]:
    """Put what the rows say into `spill` and give those that fit nowhere to `keep`; (rows, those kept).

    `most`: so many rows from the beginning, all of them unless said.
    """
    number = aside = 0
    with reading(export) as (file, counted):
        columns, every = rows.rows(file, mapped, name=export.name)
        reader, found = RowReader(mapped, columns, now=micros(now)), islice(every, most)
        while some := list(islice(enumerate(found, start=number + 1), AT_ONCE)):
            fitting, misfits = _sorted_out(some, reader)
            spill.add(fitting)
            if misfits:
                keep(misfits)
            number = some[-1][0]
            aside += len(misfits)
            hear(counted.count)
    return number, aside


def heard(imported: Import) -> Hear:
    """Writes down how far the reading is, now and then."""
    told = 0

    def hear(count: int) -> None:
        nonlocal told
        if count - told >= TOLD_EVERY:
            told = count
            Import.objects.filter(id=imported.id, state=Import.State.READING).update(bytes_read=count)

    return hear


def words_of(raw: object) -> str:
    """A row as it is kept: its text, or its fields as JSON."""
    text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
    return text.replace("\x00", "")[:LONGEST_ROW]


def _sorted_out(
    some: Iterable[tuple[int, Row]], reader: RowReader
) -> tuple[list[Happened], list[tuple[int, Row, Misfit]]]:
    fitting, misfits = [], []
    for number, row in some:
        try:
            fitting.append(reader.read(row))
        except Misfit as misfit:
            misfits.append((number, row, misfit))
    return fitting, misfits


def _keeper(imported: Import) -> Keep:
    def keep(misfits: Sequence[tuple[int, Row, Misfit]]) -> None:
        """Once each, whoever reads the file again."""
        RowAside.objects.bulk_create(
            [
                RowAside(
                    imported=imported,
                    number=number,
                    line=row.line,
                    words=words_of(row.raw),
                    why=misfit.why,
                    details=misfit.details,
                )
                for number, row, misfit in misfits
            ],
            ignore_conflicts=True,
        )

    return keep


def _forget(misfits: Sequence[tuple[int, Row, Misfit]]) -> None:
    return


@transaction.atomic
def _has_read(
    imported: Import, counted: tuple[int, int], ordered: tuple[int, int | None, int | None], *, now: datetime
) -> None:
    total, first, last = ordered
    changed = Import.objects.filter(id=imported.id, state=Import.State.READING).update(
        state=Import.State.WRITING,
        bytes_read=imported.file_bytes,
        rows=counted[0],
        rows_aside=counted[1],
        events=total,
        first_at=instant(first) if first is not None else None,
        last_at=instant(last) if last is not None else None,
    )
    if changed:
        note("import.read", imported, actor=SYSTEM, now=now, rows=counted[0], aside=counted[1])
    imported.refresh_from_db()


@transaction.atomic
def _fail(imported: Import, problem: str, *, now: datetime) -> None:
    failed = {"state": Import.State.FAILED, "problem": problem, "finished_at": now}
    Import.objects.filter(id=imported.id, state=Import.State.READING).update(**failed)
    note("import.failed", imported, actor=SYSTEM, now=now)
    imported.refresh_from_db()
