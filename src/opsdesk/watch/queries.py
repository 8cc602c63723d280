"""The sweep of the money ledger for pages: when it was last done, at how much it looked, what is wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opsdesk.cases.models import CaseState
from opsdesk.watch.models import Alarm, Fault, Sweep

LATE_AFTER = timedelta(minutes=3)


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
    return SweepState(
        swept_at=row.swept_at if row else None,
        took_ms=row.took_ms if row else 0,
        checked=row.checked if row else 0,
        round_ended_at=row.round_ended_at if row else None,
        faults=tuple(faults()),
        alarms=tuple(alarms()),
    )


def faults(*, limit: int = 100) -> list[FaultRow]:
    """What is wrong now, the longest standing first."""
    found = Fault.objects.filter(gone_at=None).select_related("deal__scope").order_by("seen_at", "id")
    return [FaultRow(each.deal_id, each.deal.scope.key, each.kind, each.seen_at) for each in found[:limit]]


def alarms() -> list[AlarmRow]:
    """The incidents the sweep opened that are not ended, oldest first."""
    unresolved = (CaseState.OPEN, CaseState.WAITING)
    found = Alarm.objects.filter(case__state__in=unresolved).select_related("scope").order_by("id")
    return [AlarmRow(each.scope.key, each.case_id, each.raised_at) for each in found]


def alarm_of(case_id: int) -> str | None:
    """The scope whose faults opened an incident; None where it was opened otherwise."""
    found = Alarm.objects.filter(case_id=case_id).select_related("scope").first()
    return found.scope.key if found else None
