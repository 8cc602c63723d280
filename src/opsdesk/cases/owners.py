"""Giving requests the account that their requester's address belongs to now.

What came in before its account was entered gets it then: the newest at once, with the account, the rest by
a task in pieces. A request whose address belongs to nobody any more keeps the account it has; so does one
whose account a person chose or an import brought.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from opsdesk.accounts import actions as accounts
from opsdesk.accounts import queries as known
from opsdesk.accounts.models import Account
from opsdesk.accounts.rules import NewAccount, candidates
from opsdesk.cases.ground import settle, stand
from opsdesk.cases.importing import IMPORTED
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case, CaseKind
from opsdesk.cases.refusals import NotARequest
from opsdesk.cases.timers import GIVE_ACCOUNT, TASK_KINDS
from opsdesk.clock.actions import schedule
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal import queries as journal
from opsdesk.journal.actions import Draft, record_many
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import SYSTEM, Actor

FOUND, CHOSEN = "case.account_found", "case.account_chosen"
# So many numbers of cases are looked through in one transaction, and so many times in one task.
STEP, AT_ONCE = 5_000, 20
TOGETHER = 1_000
# Mail that was being placed while the account was entered is committed by then.
LOOK_AGAIN = timedelta(minutes=1)


class _Asked(NamedTuple):
    id: int
    email: str
    before: int | None


@transaction.atomic
def enter(wanted: NewAccount, *, actor: Actor, now: datetime) -> Account:
    """Enter a customer and give it its requests. Refuses what `accounts.actions.add` refuses."""
    account = accounts.add_many([wanted], actor=actor, now=now)[0]
    _begin(account.id, now=now)
    return account


@transaction.atomic
def change(*, account_id: int, wanted: NewAccount, actor: Actor, now: datetime) -> Account:
    """Change a customer, all but its key, and give it its requests. Refuses what that refuses."""
    account = accounts.change(
        account_id=account_id,
        name=wanted.name,
        domains=wanted.domains,
        addresses=wanted.addresses,
        live_on=wanted.live_on,
        left_on=wanted.left_on,
        actor=actor,
        now=now,
    )
    _begin(account.id, now=now)
    return account


@transaction.atomic
def choose(*, case_id: int, account_id: int | None, actor: Actor, now: datetime) -> Case:
    """Say whose request it is, or that it is nobody's; it stays so whatever addresses become.

    Who may set its type may. Refuses `UnknownAccount`, and `NotARequest` for a dispute or an incident.
    """
    ground = stand(case_id, Move.CLASSIFY, actor=actor, now=now)
    if ground.case.kind != CaseKind.REQUEST:
        raise NotARequest(case=case_id)
    if account_id is not None:
        known.get(account_id)
    before = ground.case.account_id
    if before == account_id:
        return ground.case
    payload = {"account": account_id, "before": before}
    return settle(ground, Move.CLASSIFY, {"account_id": account_id}, payload=payload, event=CHOSEN)


def is_under_way(account_id: int) -> bool:
    """Whether older requests are still looked through for this account."""
    tasks = Task.objects.armed().filter(kind=GIVE_ACCOUNT, subject_kind="account", subject_id=account_id)
    return any(task.payload["rest"] for task in tasks)


def give(task: TaskValue, now: datetime) -> None:
    """Some pieces, the newest requests first, each a transaction of its own; then the next task goes on."""
    high, down_to = int(task.payload["from"] or _newest()), int(task.payload["down_to"])
    for _ in range(AT_ONCE):
        if high <= down_to:
            return
        give_piece(task.subject_id, high - STEP, high, now=now)
        high -= STEP
    if high > down_to:
        payload = {**task.payload, "from": high}
        _arm(task.subject_id, f"{task.unique_key.partition('+')[0]}+{high}", now, payload, now=now)


@transaction.atomic
def give_piece(account_id: int, above: int, up_to: int, *, now: datetime) -> int:
    """Give the account its requests of the numbers `above` < n <= `up_to`; how many there were."""
    asked = [_Asked(*row) for row in _of_others(account_id).filter(id__gt=above, id__lte=up_to)]
    owned = _owned(account_id, {each.email for each in asked})
    given = 0
    wanted = [each for each in asked if each.email in owned]
    for start in range(0, len(wanted), TOGETHER):
        given += _give(account_id, wanted[start : start + TOGETHER], now)
    return given


def _begin(account_id: int, *, now: datetime) -> None:
    newest = _newest()
    give_piece(account_id, newest - STEP, newest, now=now)
    rest = newest > STEP
    key = f"{GIVE_ACCOUNT}:{account_id}:{journal.newest_id()}"
    payload = {"from": None, "down_to": 0 if rest else newest - STEP, "rest": rest}
    _arm(account_id, key, now if rest else now + LOOK_AGAIN, payload, now=now)


def _newest() -> int:
    return int(Case.objects.aggregate(newest=Max("id"))["newest"] or 0)


def _of_others(account_id: int) -> "QuerySet[Case, tuple[int, str, int | None]]":
    others = Q(account__isnull=True) | ~Q(account=account_id)
    rows = Case.objects.filter(others, kind=CaseKind.REQUEST).exclude(requester_email="")
    return rows.values_list("id", "requester_email", "account_id")


def _owned(account_id: int, emails: Collection[str]) -> set[str]:
    """Those of the addresses that belong to this account, and not, by a nearer name, to another."""
    card = known.card(account_id)
    names = {*card.domains, *card.addresses}
    close = sorted(email for email in emails if any(not names.isdisjoint(one) for one in candidates(email)))
    owners = [known.find_many(close[at : at + TOGETHER]) for at in range(0, len(close), TOGETHER)]
    return {email for some in owners for email, owner in some.items() if owner and owner.id == account_id}


def _give(account_id: int, wanted: Sequence[_Asked], now: datetime) -> int:
    ids = [each.id for each in wanted]
    list(Case.objects.filter(id__in=ids).order_by("id").select_for_update().values_list("id"))
    kept = _kept(ids, [CHOSEN]) | _kept([each.id for each in wanted if each.before is not None], [IMPORTED])
    given = [each for each in wanted if each.id not in kept]
    Case.objects.filter(id__in=[each.id for each in given]).update(account_id=account_id)
    payloads = {each.before: {"account": account_id, "before": each.before} for each in given}
    facts = [Draft(FOUND, "case", each.id, SYSTEM, now, payloads[each.before]) for each in given]
    record_many(facts, now=now)
    return len(given)


def _kept(ids: Collection[int], because: Collection[str]) -> set[int]:
    """Those whose account was settled by one of these facts."""
    entries = Entry.objects.filter(subject_kind="case", subject_id__in=ids, kind__in=because)
    return set(entries.values_list("subject_id", flat=True))


def _arm(account_id: int, key: str, due_at: datetime, payload: Mapping[str, Any], *, now: datetime) -> None:
    schedule(
        kind=GIVE_ACCOUNT,
        lane=TASK_KINDS[GIVE_ACCOUNT],
        unique_key=key,
        subject_kind="account",
        subject_id=account_id,
        due_at=due_at,
        now=now,
        payload=payload,
    )
