"""Once a minute, by whichever worker is first: does the money add up, and will every deadline be kept?

Faults of a scope open one SEV0 incident and stop the scope, in one transaction. While that incident is
unresolved nothing new is opened; resolved with a fault still there, another one is, within a minute.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction

from opsdesk.cases.incidents import Severity, open_incident
from opsdesk.cases.models import CaseState
from opsdesk.deals import ledger, scopes
from opsdesk.deals.lifecycle import State
from opsdesk.deals.models import Scope
from opsdesk.disputes import audit
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.watch import checks
from opsdesk.watch.checks import Found, Place
from opsdesk.watch.models import Alarm, Fault, Sweep

# A clock that was set back is waited for so long; then the sweep goes by the clock there is.
PATIENCE = timedelta(minutes=10)
MOST_BATCHES = 20
NAMED = 20
SUBJECT = gettext_noop("The money ledger or a timer is wrong")
STOPPED = gettext_noop("Stopped by the ledger sweep: see the incident.")


def step(now: datetime) -> int:
    """Sweep, if nobody has in this minute; a step of the worker's sources lane."""
    minute = now.replace(second=0, microsecond=0)
    row = Sweep.objects.first() or _begin(minute, now=now)
    if timedelta(0) <= row.minute - minute < PATIENCE:
        return 0
    if rows.update_rows(Sweep, {"minute": minute}, id=row.id, minute=row.minute):
        sweep(now=now)
    return 0


def sweep(*, now: datetime) -> int:
    """Look at all that is new and a slice of the rest, whoever does the same; how many faults there are."""
    began = monotonic()
    row = Sweep.objects.first() or _begin(now, now=now)
    changes: dict[str, Any] = {}
    found, checked = _look(row, changes, now=now)
    known = list(Fault.objects.filter(gone_at=None).values_list("deal_id", "kind"))
    found += checks.again(known) if known else []
    standing = sorted(set(found), key=lambda each: (each.scope, each.deal_id, each.kind))
    for key in dict.fromkeys(each.scope for each in standing):
        _alarm(key, [each for each in standing if each.scope == key], now=now)
    _gone(standing, now=now)
    changes |= {"swept_at": now, "checked": checked, "took_ms": int((monotonic() - began) * 1000)}
    rows.update_rows(Sweep, changes, id=row.id)
    return len(standing)


def _begin(minute: datetime, *, now: datetime) -> Sweep:
    """The one row. What is there already is looked at by and by."""
    before = Sweep(
        id=1,
        minute=minute - timedelta(days=1),
        transfer_id=ledger.newest_transfer(),
        ruling_id=audit.newest_ruling(),
        round_began_at=now,
    )
    Sweep.objects.bulk_create([before], ignore_conflicts=True)
    return Sweep.objects.get(id=1)


def _look(row: Sweep, changes: dict[str, Any], *, now: datetime) -> tuple[list[Found], int]:
    """What is wrong, and at how many deals was looked; how far it came is put into `changes`."""
    found: list[Found] = []
    checked, transfer = 0, row.transfer_id
    for _ in range(MOST_BATCHES):
        some, transfer, number = checks.new_transfers(transfer)
        found, checked = found + some, checked + number
        if not number:
            break
    newer, ruling = checks.new_rulings(row.ruling_id)
    older, ruling_after = checks.next_rulings(row.ruling_after)
    slice_, deal_after, number = checks.next_deals(row.deal_after)
    inspected, inspection = checks.next_timers(
        State.INSPECTION, Place(row.inspection_at, row.inspection_after)
    )
    disputed, issue = checks.next_timers(State.ISSUE, Place(row.issue_at, row.issue_after))
    changes |= {
        "transfer_id": transfer,
        "ruling_id": ruling,
        "ruling_after": ruling_after,
        "deal_after": deal_after,
        "inspection_at": inspection.at,
        "inspection_after": inspection.after,
        "issue_at": issue.at,
        "issue_after": issue.after,
    }
    if deal_after == 0:
        changes |= {"round_began_at": now, "round_ended_at": now}
    every = [*found, *newer, *older, *checks.undecided(), *slice_, *inspected, *disputed]
    return every, checked + number


@transaction.atomic
def _alarm(key: str, faults: Sequence[Found], *, now: datetime) -> None:
    """Keep the faults of a scope; unless its last incident is unresolved, open one and stop the scope."""
    scope = _held(key)
    known = set(Fault.objects.filter(gone_at=None, deal__scope=scope).values_list("deal_id", "kind"))
    fresh = [each for each in faults if (each.deal_id, each.kind) not in known]
    rows.insert_rows([Fault(deal_id=each.deal_id, kind=each.kind, seen_at=now) for each in fresh])
    last = Alarm.objects.filter(scope=scope).select_related("case").order_by("-id").first()
    if last is not None and last.case.state in (CaseState.OPEN, CaseState.WAITING):
        return
    case = open_incident(
        subject=SUBJECT,
        words=_words(faults),
        severity=Severity.SEV0.value,
        scope=key,
        actor=SYSTEM,
        now=now,
    )
    scopes.stop(scope=key, reason=STOPPED, cause=scopes.BY_SEV0, actor=SYSTEM, now=now)
    rows.insert_row(Alarm(scope_id=scope.id, case_id=case.id, faults=len(faults), raised_at=now))
    record(
        kind="scope.alarmed",
        subject_kind="scope",
        subject_id=scope.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload={"case": case.id, "faults": len(faults), "kinds": sorted({fault.kind for fault in faults})},
    )


def _held(key: str) -> Scope:
    """The scope, held until the transaction ends: of two sweeps one opens the incident."""
    country, _, category = key.partition(".")
    found = Scope.objects.filter(country=country, category=category)
    if connection.features.has_select_for_update:
        found = found.select_for_update()
    return found.get()


def _words(faults: Sequence[Found]) -> str:
    """The first deals with what is wrong, a line each."""
    lines = [f"Deal {fault.deal_id}: {fault.kind}" for fault in faults[:NAMED]]
    more = len(faults) - len(lines)
    return "\n".join([*lines, *([f"+ {more}"] if more > 0 else [])])


def _gone(standing: Sequence[Found], *, now: datetime) -> None:
    """Note which known faults are there no more."""
    there = {(fault.deal_id, fault.kind) for fault in standing}
    for fault in Fault.objects.filter(gone_at=None):
        if (fault.deal_id, fault.kind) not in there:
            rows.update_rows(Fault, {"gone_at": now}, id=fault.id)
