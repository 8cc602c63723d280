"""Reading a file: every row becomes events in order, or is kept aside with why."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from opsdesk.cases.queries import mail_desk
from opsdesk.history import rows
from opsdesk.history.actions import BRINGING, MAP, note
from opsdesk.history.events import Misfit, RowReader
from opsdesk.history.files import MOST_LOOKED_AT, Export, FileUnreadable, reading
from opsdesk.history.instants import instant, micros
from opsdesk.history.maps import HistoryMap, read_map
from opsdesk.history.models import Import, Piece, RowAside
from opsdesk.history.rows import Row
from opsdesk.history.spill import AT_ONCE, Spill
from opsdesk.history.told import Line
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
    except BaseException as problem:
        spill.close()
        if first_time and isinstance(problem, FileUnreadable):
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
    with reading(export, most=MOST_LOOKED_AT if most else 0) as (file, counted):
        columns, every = rows.rows(file, mapped, name=export.name)
        reader = RowReader(mapped, columns, now=micros(now))
        for rows_now, lines, misfits in _sorted_out(islice(every, most), reader):
            spill.add(lines)
            if misfits:
                keep(misfits)
            number, aside = rows_now, aside + len(misfits)
            hear(counted.count)
    return number, aside


class Stopped(Exception):
    """It is no longer wanted."""


def heard(imported: Import) -> Hear:
    """Writes down how far the reading is, now and then; raises `Stopped` once the import is withdrawn."""
    told = 0

    def hear(count: int) -> None:
        nonlocal told
        if count - told >= TOLD_EVERY:
            told = count
            wanted = Import.objects.filter(id=imported.id, state__in=BRINGING)
            if not wanted.update(bytes_read=count):
                raise Stopped

    return hear


def words_of(raw: object) -> str:
    """A row as it is kept: its text, or its fields as JSON."""
    text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
    return text.replace("\x00", "")[:LONGEST_ROW]


def _sorted_out(
    every: Iterable[Row], reader: RowReader
) -> Iterator[tuple[int, list[Line], list[tuple[int, Row, Misfit]]]]:
    """Some at a time: how many rows there were by then, what they say, those that fit nowhere."""
    number, lines, misfits = 0, list[Line](), list[tuple[int, Row, Misfit]]()
    for number, row in enumerate(every, start=1):
        try:
            lines += reader.read(row)
        except Misfit as misfit:
            misfits.append((number, row._replace(raw=words_of(row.raw)), misfit))
        if len(lines) + len(misfits) >= AT_ONCE:
            yield number, lines, misfits
            lines, misfits = [], []
    yield number, lines, misfits


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
    """Nothing of a file that could not be read is kept."""
    failed = {"state": Import.State.FAILED, "problem": problem, "finished_at": now}
    if Import.objects.filter(id=imported.id, state=Import.State.READING).update(**failed):
        RowAside.objects.filter(imported=imported).delete()
        Piece.objects.filter(imported=imported).delete()
        note("import.failed", imported, actor=SYSTEM, now=now)
    imported.refresh_from_db()
