"""A case as one page shows it, but for its conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from opsdesk.cases import lifecycle, stays
from opsdesk.cases.definition import NOWHERE, SPLIT_UNDONE, DeskDefinition, QueueDef
from opsdesk.cases.ground import STAYS, WAITS, load
from opsdesk.cases.lifecycle import ROWS, Move, Phase
from opsdesk.cases.models import Case, Note, Presence, Stay, Wait
from opsdesk.cases.nextstep import NextStep, next_step
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.journal import queries as journal
from opsdesk.journal.rows import select_rows
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.permissions import may
from opsdesk.people import queries as people

PRESENT_S = 45
POINTING_HERE = " UNION ALL ".join(
    f"SELECT * FROM (SELECT '{how}', id, subject, state FROM cases_case"
    f" WHERE {field}_id = %s ORDER BY id LIMIT 20) AS {how}"
    for how, field in (
        ("part", "split_from"),
        ("followed_by", "follows"),
        ("claimed_by", "claims"),
        ("absorbed", "merged_into"),
    )
)


@dataclass(frozen=True, slots=True)
class StayRow:
    """One stay with both clocks in seconds; an open one is measured until now."""

    number: int
    queue: str
    tier: int
    last_resort: bool
    entrance: str
    reason: str
    words: str
    entered_at: datetime
    entered_by: str
    first_touch_at: datetime | None
    first_touch_by: str
    left_at: datetime | None
    left_by: str
    exit: str
    assignee: str
    elapsed_s: int
    business_s: int
    waiting_customer_s: int
    waiting_third_party_s: int
    calendar_version: str


@dataclass(frozen=True, slots=True)
class WaitRow:
    """One wait of the case."""

    on: str
    party: str
    expected_at: datetime | None
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note."""

    id: int
    author: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Another case this one hangs together with, and how."""

    how: str
    id: int
    subject: str
    state: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds of the life so far, less the time it stood resolved; the two are never subtracted."""

    elapsed_s: int
    business_s: int
    waiting_customer_s: int
    waiting_third_party_s: int


@dataclass(frozen=True, slots=True)
class CaseCard:
    """Everything of a case but its conversation. `moves`: what the reader may do now."""

    case: Case
    desk: DeskDefinition
    queue: QueueDef
    phase: Phase
    grace_ends_at: datetime | None
    assignee: str
    resolved_by: str
    clocks: Clocks
    next_step: NextStep
    stays: tuple[StayRow, ...]
    waits: tuple[WaitRow, ...]
    notes: tuple[NoteRow, ...]
    links: tuple[Link, ...]
    moves: frozenset[Move]


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has the case on screen; `writing` names their open dialog."""

    name: str
    writing: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One fact of the case with the name of who did it."""

    entry: journal.EntryValue
    by: str


def case_card(case_id: int, *, actor: Actor, now: datetime) -> CaseCard:
    """The case as `actor` sees it. Refuses `CaseUnknown`."""
    case = load(case_id)
    desk = desk_definition(case.desk)
    rows = select_rows(Stay, STAYS, [case.id])
    waits = select_rows(Wait, WAITS, [case.id])
    names = people.names(_ids(case, rows))
    shown = tuple(_stay_row(row, waits, desk, case.country, names, now) for row in rows)
    phase = lifecycle.phase(
        case.state, resolved_at=case.resolved_at, now=now, grace_days=desk.grace_days, kind=case.kind
    )
    moves = allowed(case, phase, rows, actor)
    here = desk.queue(case.queue) if desk.has_queue(case.queue) else desk.queue(desk.entry_queue)
    return CaseCard(
        case=case,
        desk=desk,
        queue=here,
        phase=phase,
        grace_ends_at=case.resolved_at + timedelta(days=desk.grace_days) if case.resolved_at else None,
        assignee=names.get(case.assignee_id or 0, ""),
        resolved_by=names.get(case.resolved_by_id or 0, ""),
        clocks=_clocks(shown),
        next_step=next_step(
            case, phase, moves, calendar=stays.calendar_of(desk, case.queue, case.country), now=now
        ),
        stays=shown,
        waits=tuple(WaitRow(w.on, w.party, w.expected_at, w.began_at, w.ended_at) for w in waits),
        notes=_notes(case),
        links=_links(case),
        moves=moves,
    )


def allowed(case: Case, phase: Phase, rows: Sequence[Stay], actor: Actor) -> frozenset[Move]:
    """The moves that the table and the actor's rights allow now; none on what stands in no queue."""
    if case.queue == NOWHERE:
        return frozenset()
    return frozenset(
        move
        for move, row in ROWS.items()
        if row.act is not None
        and move is not Move.ABSORB  # the other half of a merge, nobody's move by itself
        and lifecycle.fits(move, phase, case.kind)
        and may(actor, row.act, desk=case.desk, queue=case.queue, tier=case.tier)
        and not (move is Move.RETURN and case.tier == 1)
        and not (move is Move.UNDO_SPLIT and case.split_from_id is None)
        and not (move is Move.UNDO_VOID and case.void_reason == SPLIT_UNDONE)
        and not (move is Move.WITHDRAW_THANKS and stays.interrupted(case, rows) is None)
    )


def history(case_id: int, *, limit: int = 200) -> list[HistoryRow]:
    """What happened to the case, newest first."""
    entries = journal.history("case", case_id, limit=limit)
    names = people.names([entry.actor_id for entry in entries if entry.actor_id])
    return [
        HistoryRow(entry, names.get(entry.actor_id or 0, "") if entry.actor_kind == ActorKind.PERSON else "")
        for entry in entries
    ]


def present(case_id: int, *, except_person: int | None, now: datetime) -> list[Present]:
    """Who else has had the case on screen within the last 45 seconds."""
    rows = Presence.objects.filter(case_id=case_id, seen_at__gt=now - timedelta(seconds=PRESENT_S))
    others = rows.exclude(person_id=except_person or 0).order_by("person__name")
    return [Present(*row) for row in others.values_list("person__name", "writing", "seen_at")]


def _ids(case: Case, rows: Sequence[Stay]) -> set[int]:
    ids = {case.assignee_id, case.resolved_by_id}
    for row in rows:
        ids |= {row.entered_by_id, row.left_by_id, row.first_touch_by_id, row.assignee_id}
    return {found for found in ids if found}


def _stay_row(
    row: Stay,
    waits: Sequence[Wait],
    desk: DeskDefinition,
    country: str,
    names: dict[int, str],
    now: datetime,
) -> StayRow:
    own = [wait for wait in waits if wait.stay_id == row.id]
    measured = (row.elapsed_s, row.business_s, row.waiting_customer_s, row.waiting_third_party_s)
    if row.left_at is None:
        measured = stays.measure(
            row, own, stays.calendar_of(desk, row.queue, country), max(now, row.entered_at)
        )
    return StayRow(
        number=row.number,
        queue=row.queue,
        tier=row.tier,
        last_resort=row.last_resort,
        entrance=row.entrance,
        reason=row.reason,
        words=row.words,
        entered_at=row.entered_at,
        entered_by=names.get(row.entered_by_id or 0, ""),
        first_touch_at=row.first_touch_at,
        first_touch_by=names.get(row.first_touch_by_id or 0, ""),
        left_at=row.left_at,
        left_by=names.get(row.left_by_id or 0, ""),
        exit=row.exit,
        assignee=names.get(row.assignee_id or 0, ""),
        elapsed_s=measured[0] or 0,
        business_s=measured[1] or 0,
        waiting_customer_s=measured[2] or 0,
        waiting_third_party_s=measured[3] or 0,
        calendar_version=row.calendar_version,
    )


def _clocks(rows: Sequence[StayRow]) -> Clocks:
    counted = [row for row in rows if row.exit != "withdrawn"]
    return Clocks(
        elapsed_s=sum(row.elapsed_s for row in counted),
        business_s=sum(row.business_s for row in counted),
        waiting_customer_s=sum(row.waiting_customer_s for row in counted),
        waiting_third_party_s=sum(row.waiting_third_party_s for row in counted),
    )


def _notes(case: Case) -> tuple[NoteRow, ...]:
    rows = Note.objects.filter(case=case).order_by("id")
    return tuple(NoteRow(*row) for row in rows.values_list("id", "author__name", "text", "written_at"))


def _links(case: Case) -> tuple[Link, ...]:
    """The cases this one points to and those that point to it, at most 20 of each."""
    pointing = {
        "follows": case.follows_id,
        "split_from": case.split_from_id,
        "claims": case.claims_id,
        "duplicate_of": case.duplicate_of_id,
        "merged_into": case.merged_into_id,
    }
    ids = [found for found in pointing.values() if found]
    there = Case.objects.in_bulk(ids) if ids else {}
    links = [
        Link(how, found, there[found].subject, there[found].state) for how, found in pointing.items() if found
    ]
    with connection.cursor() as cursor:
        cursor.execute(POINTING_HERE, [case.id] * POINTING_HERE.count("%s"))
        return (*links, *(Link(*row) for row in cursor.fetchall()))
