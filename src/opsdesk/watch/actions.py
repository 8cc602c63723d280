"""Incidents and what they stop: a SEV0 of a scope stops its new deals, in the transaction that opens it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from opsdesk.cases.incidents import DESK, FAMILY, OTHER, Severity, open_incident
from opsdesk.cases.models import Case, CaseState
from opsdesk.deals import scopes
from opsdesk.deals.models import Scope
from opsdesk.deals.refusals import ScopeUnknown
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.watch.checks import NO_TIMER, Found
from opsdesk.watch.models import Alarm, Fault

# So many faults an incident names; its page lists them all.
NAMED = 20
LEDGER, TIMERS = f"{FAMILY}.ledger", f"{FAMILY}.timers"
MONEY_WRONG = gettext_noop("The money ledger is wrong")
TIMERS_WRONG = gettext_noop("A deadline has no timer")
# What is kept are the phrase, numbers and codes; the pages say it again in the reader's language.
FAULT_OF_A_DEAL = gettext_noop("Deal %(deal)s: %(fault)s")
STOPPED_BY_SWEEP = gettext_noop("The ledger sweep found faults: see incident %(case)s.")
STOPPED_BY_HAND = gettext_noop("SEV0, reported by hand: see incident %(case)s.")


@transaction.atomic
def report(
    *,
    subject: str,
    words: str,
    severity: str,
    scope: str = "",
    type: str = OTHER,
    actor: Actor,
    now: datetime,
) -> Case:
    """Open an incident by hand. A SEV0 that names its scope stops it, whoever reports it.

    Refuses who may not work on the desk, `ScopeUnknown`, and `Invalid` fields.
    """
    check_may(actor, Act.NOTE, desk=DESK)
    held = _held(scope) if scope else None
    case = open_incident(
        subject=subject, words=words, severity=severity, scope=scope, type=type, actor=actor, now=now
    )
    if held is not None and severity == Severity.SEV0:
        _stop(held, case, STOPPED_BY_HAND, faults=0, now=now)
    return case


@transaction.atomic
def raise_alarm(scope: str, faults: Sequence[Found], *, now: datetime) -> Case | None:
    """Keep the faults of a scope; open a SEV0 and stop it, unless one is unresolved: then None.

    Of two sweeps at once one opens it.
    """
    held = _held(scope)
    known = set(Fault.objects.filter(gone_at=None, deal__scope=held).values_list("deal_id", "kind"))
    fresh = [each for each in faults if (each.deal_id, each.kind) not in known]
    rows.insert_rows([Fault(deal_id=each.deal_id, kind=each.kind, seen_at=now) for each in fresh])
    unresolved = [CaseState.OPEN.value, CaseState.WAITING.value]
    if Alarm.objects.filter(scope=held, case__state__in=unresolved).exists():
        return None
    timers_only = all(each.kind == NO_TIMER for each in faults)
    case = open_incident(
        subject=TIMERS_WRONG if timers_only else MONEY_WRONG,
        words=_words(faults),
        severity=Severity.SEV0.value,
        scope=scope,
        type=TIMERS if timers_only else LEDGER,
        actor=SYSTEM,
        now=now,
    )
    _stop(held, case, STOPPED_BY_SWEEP, faults=len(faults), now=now)
    return case


def _stop(scope: Scope, case: Case, why: str, *, faults: int, now: datetime) -> None:
    """Stop the scope and note that this incident did; one that is stopped already stays so."""
    scopes.stop(scope=scope.key, reason=why % {"case": case.id}, cause=scopes.BY_SEV0, actor=SYSTEM, now=now)
    rows.insert_row(Alarm(scope_id=scope.id, case_id=case.id, faults=faults, raised_at=now))
    record(
        kind="scope.alarmed",
        subject_kind="scope",
        subject_id=scope.id,
        actor=SYSTEM,
        happened_at=now,
        now=now,
        payload={"scope": scope.key, "case": case.id, "faults": faults},
    )


def _held(key: str) -> Scope:
    """The scope, held until the transaction ends where the engine has row locks."""
    country, _, category = key.partition(".")
    found = Scope.objects.filter(country=country, category=category)
    if connection.features.has_select_for_update:
        # Rows that refer to the scope may be written meanwhile by who holds their deal, and waits for nobody.
        found = found.select_for_update(no_key=True)
    scope = found.first()
    if scope is None:
        raise ScopeUnknown(scope=key)
    return scope


def _words(faults: Sequence[Found]) -> str:
    """The first deals with what is wrong, a line each."""
    lines = [FAULT_OF_A_DEAL % {"deal": each.deal_id, "fault": each.kind} for each in faults[:NAMED]]
    more = len(faults) - len(lines)
    return "\n".join([*lines, *([f"+ {more}"] if more > 0 else [])])
