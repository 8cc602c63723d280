"""Once a minute, by whichever worker is first: does the money add up, and will every deadline be kept?

Faults of a scope open one SEV0 incident and stop the scope, in one transaction. While that incident is
unresolved nothing new is opened; resolved with a fault still there, another one is, within a minute.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from opsdesk.deals import ledger
from opsdesk.deals.lifecycle import State
from opsdesk.disputes import audit
from opsdesk.journal import rows
from opsdesk.watch import checks
from opsdesk.watch.actions import raise_alarm
from opsdesk.watch.checks import Found, Place
from opsdesk.watch.models import Fault, Sweep

# A clock that was set back is waited for so long; then the sweep goes by the clock there is.
PATIENCE = timedelta(minutes=10)
MOST_BATCHES = 20


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
        raise_alarm(key, [each for each in standing if each.scope == key], now=now)
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
    places: dict[str, Any] = dict(row.places)
    untimed: list[Found] = []
    for state in (State.INSPECTION, State.ISSUE):
        missing, place = checks.next_timers(state, Place.read(places.get(state.value)))
        untimed += missing
        places[state.value] = place.written()
    changes |= {
        "transfer_id": transfer,
        "ruling_id": ruling,
        "ruling_after": ruling_after,
        "deal_after": deal_after,
        "places": places,
    }
    if deal_after == 0:
        changes |= {"round_began_at": now, "round_ended_at": now}
    every = [*found, *newer, *older, *checks.undecided(), *slice_, *untimed]
    return every, checked + number


def _gone(standing: Sequence[Found], *, now: datetime) -> None:
    """Note which known faults are there no more."""
    there = {(fault.deal_id, fault.kind) for fault in standing}
    for fault in Fault.objects.filter(gone_at=None):
        if (fault.deal_id, fault.kind) not in there:
            rows.update_rows(Fault, {"gone_at": now}, id=fault.id)
