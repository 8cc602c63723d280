"""What would come of a file, worked out without writing anything: its first cases, and a funnel of all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import mail_desk
from opsdesk.history.actions import MAP, Asked
from opsdesk.history.building import life_of, tiers_of
from opsdesk.history.events import Misfit, described
from opsdesk.history.instants import instant
from opsdesk.history.looks import check_format
from opsdesk.history.maps import HistoryMap, read_map
from opsdesk.history.queries import Aside, aside_of
from opsdesk.history.reading import Hear, fill
from opsdesk.history.rows import Row
from opsdesk.history.rules import Life
from opsdesk.history.spill import Spill, Told

SHOWN = 10
RECEIVED, RESOLVED, ESCALATED, RETURNED, OPEN = range(5)


@dataclass(frozen=True, slots=True)
class PreviewCase:
    """One case as it would be."""

    key: str
    subject: str
    life: Life

    @property
    def times(self) -> list[tuple[datetime, datetime | None]]:
        """From when until when each of its stays would be."""
        return [
            (instant(stay.entered), None if stay.left is None else instant(stay.left))
            for stay in self.life.stays
        ]


@dataclass(slots=True)
class Preview:
    """What would come. `tiers`: of each received, resolved, escalated, returned, open; void cases are out.

    `subjects`: of each case by the number the other tool gives it.
    """

    rows: int = 0
    rows_aside: int = 0
    events: int = 0
    cases: int = 0
    stays: int = 0
    still_open: int = 0
    void: int = 0
    tiers: dict[int, list[int]] = field(default_factory=dict)
    first: list[PreviewCase] = field(default_factory=list)
    subjects: dict[str, str] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)


def preview(asked: Asked, path: Path, *, now: datetime, hear: Hear, most: int | None = None) -> Preview:
    """Read the file, or the `most` first rows of it, by way of a temporary one at `path`.

    Refuses what the import itself would.
    """
    desk = mail_desk(asked.desk)
    mapped = read_map(asked.map, source=MAP, desk=desk)
    check_format(asked.export, mapped.format)
    found, spill = Preview(tiers={queue.tier: [0] * 5 for queue in desk.queues}), Spill.made(path)

    def keep(misfits: Sequence[tuple[int, Row, Misfit]]) -> None:
        room = SHOWN - len(found.asides)
        found.asides += [aside_of(number, row, misfit) for number, row, misfit in misfits[:room]]

    try:
        found.rows, found.rows_aside = fill(
            spill, asked.export, mapped, now=now, keep=keep, hear=hear, most=most
        )
        found.events = spill.sort()[0]
        _add(found, spill.cases(), desk, mapped)
    finally:
        spill.close()
    return found


def _add(found: Preview, cases: Iterable[Told], desk: DeskDefinition, mapped: HistoryMap) -> None:
    tiers = tiers_of(desk)
    for told in cases:
        life = life_of(told, tiers, mapped)
        found.cases += 1
        found.stays += len(life.stays)
        found.still_open += life.here.left is None
        found.void += life.state == "void"
        subject = found.subjects[told.case] = described(told.attributes)["subject"]
        if len(found.first) < SHOWN:
            found.first.append(PreviewCase(told.case, subject, life))
        if life.state != "void":
            _count(found.tiers, life)


def _count(tiers: dict[int, list[int]], life: Life) -> None:
    """By the definitions of the funnel."""
    highest = life.highest_tier
    for tier in {stay.tier for stay in life.stays}:
        numbers = tiers[tier]
        numbers[RECEIVED] += 1
        numbers[RESOLVED] += tier == highest and life.state == "resolved"
        numbers[ESCALATED] += tier < highest
        numbers[RETURNED] += any(stay.tier == tier and stay.exit == "returned" for stay in life.stays)
        numbers[OPEN] += tier == highest and life.state != "resolved"
