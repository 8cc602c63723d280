"""Since when a finding is red: the worker looks every ten minutes and writes what began and what ended.

A finding ends with another verdict. While there is none (too few, too many still open) what was red stands:
nothing has shown that it is over.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.bands import State
from opsdesk.insight.findings import queries
from opsdesk.insight.findings.finding import Finding, Group, none_wanted, urgency
from opsdesk.insight.findings.periods import period_of
from opsdesk.insight.findings.queries import Changed, Findings, unchanged
from opsdesk.insight.registry import Tally
from opsdesk.journal import rows
from opsdesk.journal.actions import Draft, record_many
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.period import Period
from opsdesk.watch.models import Fault, Look, Standing

EVERY = timedelta(minutes=10)
# A clock that was set back is waited for so long; then the look goes by the clock there is.
PATIENCE = timedelta(hours=1)
SUBJECT = "finding"
NO_VERDICT = frozenset({State.NOT_YET_KNOWN, State.TOO_FEW, State.NOTHING})


def findings(
    desk: DeskDefinition, period: Period, *, now: datetime, changed: Changed = unchanged
) -> Findings:
    """A desk's findings, with what the sweep of the money ledger knows."""
    found = queries.findings(desk, period, now=now, changed=changed)
    if desk.key != DEALS:
        return found
    return replace(found, found=tuple(sorted([*found.found, _faults()], key=urgency)))


def _faults() -> Finding:
    scopes = list(
        Fault.objects.filter(gone_at=None)
        .order_by("id")
        .values_list("deal__scope__country", "deal__scope__category")
    )
    counts: dict[str, int] = {}
    for country, category in scopes:
        counts[f"{country}.{category}"] = counts.get(f"{country}.{category}", 0) + 1
    n = len(scopes)
    facts = {"scopes": tuple(sorted(counts.items()))}
    return Finding("integrity_faults", DEALS, Group.ALARM, none_wanted(n), Tally(n), facts=facts, weight=10)


def step(now: datetime) -> int:
    """Look, if nobody has in these ten minutes; a step of the worker's sources lane."""
    slot = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % EVERY
    row = _look(now)
    if timedelta(0) <= row.slot - slot < PATIENCE:
        return 0
    if rows.update_rows(Look, {"slot": slot}, id=row.id, slot=row.slot):
        look(now=now)
    return 0


def look(*, now: datetime) -> int:
    """Write which findings became red and which ended; how many are red. Of two looks at once one writes."""
    began = monotonic()
    row = _look(now)
    seen = {desk.key: _verdicts(desk, now) for desk in cases.desks()}
    write(row, seen, took_ms=int((monotonic() - began) * 1000), now=now)
    return sum(state is State.RED for states in seen.values() for state in states.values())


@transaction.atomic
def write(row: Look, seen: Mapping[str, Mapping[str, State]], *, took_ms: int, now: datetime) -> bool:
    """Write what was seen after the look `row`; False where somebody wrote another look since."""
    changes = {"number": row.number + 1, "looked_at": now, "took_ms": took_ms}
    if not rows.update_rows(Look, changes, id=row.id, number=row.number):
        return False
    for desk, states in seen.items():
        _write(desk, states, now=now)
    return True


def _look(now: datetime) -> Look:
    """The one row."""
    found = Look.objects.first()
    if found is None:
        Look.objects.bulk_create([Look(id=1, slot=now - 2 * PATIENCE)], ignore_conflicts=True)
        found = Look.objects.get(id=1)
    return found


def _verdicts(desk: DeskDefinition, now: datetime) -> dict[str, State]:
    found = findings(desk, period_of(desk, now), now=now).found
    return {each.key: each.state for each in found}


def _write(desk: str, states: Mapping[str, State], *, now: datetime) -> None:
    standing = {row.key: row for row in Standing.objects.filter(desk=desk, ended_at=None)}
    red = [key for key, state in states.items() if state is State.RED and key not in standing]
    begun = [Standing(desk=desk, key=key, red_at=now) for key in red]
    rows.insert_rows(begun)
    going_on = {State.RED, *NO_VERDICT}
    over = [row for key, row in standing.items() if states.get(key, State.NOTHING) not in going_on]
    for row in over:
        rows.update_rows(Standing, {"ended_at": max(now, row.red_at)}, id=row.id)
    facts = [_fact("finding.became_red", row, now) for row in begun]
    record_many([*facts, *(_fact("finding.ended", row, now) for row in over)], now=now)


def _fact(kind: str, row: Standing, now: datetime) -> Draft:
    return Draft(kind, SUBJECT, row.id, SYSTEM, now, {"desk": row.desk, "finding": row.key})


def red_since(desk: str) -> dict[str, datetime]:
    """The findings of a desk that stand as red, by key, with since when."""
    found = Standing.objects.filter(desk=desk, ended_at=None)
    return dict(found.values_list("key", "red_at"))


def looked_at() -> datetime | None:
    """When the findings were last looked at; None: never."""
    return Look.objects.values_list("looked_at", flat=True).first()
