"""The sweep of the money ledger for pages: when it was last done, at how much it looked, what is wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from opsdesk.cases.incidents import DESK, QUEUE
from opsdesk.cases.models import Case, CaseKind, CaseState
from opsdesk.deals import overview
from opsdesk.watch.models import Alarm, Fault, Sweep

LATE_AFTER = timedelta(minutes=3)
UNRESOLVED = (CaseState.OPEN, CaseState.WAITING)
UNANSWERED, ANSWERED, ENDED = "unanswered", "answered", "ended"
VIEWS = (UNANSWERED, ANSWERED, ENDED)
PAGE = 50
MOST_FAULTS = 100
MOST_RUNNING = 200


@dataclass(frozen=True, slots=True)
class FaultRow:
    deal_id: int
    scope: str
    kind: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """The SEV0 of a scope that is not resolved yet."""

    scope: str
    case_id: int
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What an incident's page says beside the case. `scope` empty: it named none.

    `stopped_at`: since when its scope is stopped; None where it is not, or not by this incident.
    """

    scope: str
    stopped_at: datetime | None
    faults: tuple[FaultRow, ...]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One line of the list of incidents. `answered_at`: when whoever is on call said so."""

    id: int
    severity: str
    subject: str
    scope: str
    state: str
    opened_at: datetime
    answered_at: datetime | None
    assignee: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """A page of incidents; `next_before` is where the next one goes on, None on the last."""

    rows: tuple[IncidentRow, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class SweepState:
    """`swept_at` None: it never ran. `round_ended_at`: when the last round through everything was done."""

    swept_at: datetime | None
    took_ms: int
    checked: int
    round_ended_at: datetime | None
    faults: tuple[FaultRow, ...]
    alarms: tuple[AlarmRow, ...]

    def is_late(self, now: datetime) -> bool:
        return self.swept_at is None or now - self.swept_at > LATE_AFTER


def state() -> SweepState:
    """How the sweep stands."""
    row = Sweep.objects.first()
    if row is None:
        return SweepState(None, 0, 0, None, (), ())
    return SweepState(
        swept_at=row.swept_at,
        took_ms=row.took_ms,
        checked=row.checked,
        round_ended_at=row.round_ended_at,
        faults=tuple(faults()),
        alarms=tuple(alarms()),
    )


def faults(*, limit: int = 100) -> list[FaultRow]:
    """What is wrong now, the longest standing first."""
    found = Fault.objects.filter(gone_at=None).select_related("deal__scope").order_by("seen_at", "id")
    return [FaultRow(each.deal_id, each.deal.scope.key, each.kind, each.seen_at) for each in found[:limit]]


def alarms() -> list[AlarmRow]:
    """The incidents the sweep opened that are not ended, oldest first."""
    found = Alarm.objects.filter(case__state__in=UNRESOLVED).select_related("scope").order_by("id")
    return [AlarmRow(each.scope.key, each.case_id, each.raised_at) for each in found]


def about(case_id: int, subject: str) -> IncidentFacts:
    """What an incident is about: its scope, whether it stopped it, and what is still wrong there."""
    alarm = Alarm.objects.filter(case_id=case_id).select_related("scope").first()
    if alarm is None:
        return IncidentFacts(_scope_of(subject, overview.keys()), None, ())
    here = Fault.objects.filter(gone_at=None, deal__scope=alarm.scope).order_by("seen_at", "id")
    wrong = tuple(
        FaultRow(each.deal_id, alarm.scope.key, each.kind, each.seen_at) for each in here[:MOST_FAULTS]
    )
    # A stop that was lifted since, and set again by somebody else, is none of this incident's.
    stopped_at = alarm.scope.stopped_at if alarm.scope.stopped_at == alarm.raised_at else None
    return IncidentFacts(alarm.scope.key, stopped_at, wrong)


def incidents(view: str, *, before: int | None = None, size: int = PAGE) -> IncidentPage:
    """The incidents of a view: what runs by severity, then the oldest; what ended, the newest first."""
    keys = overview.keys()
    chosen = _in_view(view).select_related("assignee")
    if view != ENDED:
        running = chosen.order_by("severity", "opened_at", "id")[: max(size, MOST_RUNNING)]
        return IncidentPage(tuple(_incident(case, keys) for case in running), None)
    last = Case.objects.filter(id=before).values_list("opened_at", "id").first() if before else None
    if last is not None:
        chosen = chosen.filter(Q(opened_at__lt=last[0]) | Q(opened_at=last[0], id__lt=last[1]))
    found = list(chosen.order_by("-opened_at", "-id")[: size + 1])
    rows = tuple(_incident(case, keys) for case in found[:size])
    return IncidentPage(rows, found[size - 1].id if len(found) > size else None)


def counts() -> dict[str, int]:
    """How many incidents there are in each view."""
    return {view: _in_view(view).count() for view in VIEWS}


def _in_view(view: str) -> "QuerySet[Case]":
    if view == ENDED:
        ours = Case.objects.filter(desk=DESK, kind=CaseKind.INCIDENT)
        return ours.exclude(state__in=UNRESOLVED)
    running = Case.objects.filter(Q(state__in=UNRESOLVED), desk=DESK, queue=QUEUE, kind=CaseKind.INCIDENT)
    return running.filter(first_response_at__isnull=view == UNANSWERED)


def _incident(case: Case, keys: tuple[str, ...]) -> IncidentRow:
    return IncidentRow(
        id=case.id,
        severity=case.severity,
        subject=case.subject,
        scope=_scope_of(case.subject, keys),
        state=case.state,
        opened_at=case.opened_at,
        answered_at=case.first_response_at,
        assignee=case.assignee.name if case.assignee else "",
        ended_at=case.resolved_at or case.voided_at,
    )


def _scope_of(subject: str, keys: tuple[str, ...]) -> str:
    """The scope that begins an incident's subject; empty where none does."""
    key = subject.partition(": ")[0]
    return key if key in keys else ""
