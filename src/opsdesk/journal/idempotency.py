"""What a program asks for under a key is done once, and answered alike however often it asks.

The key is taken in a short transaction of its own, so that the same request meanwhile is told to wait. What
was asked for and its stored answer are one transaction: a process that dies leaves both or neither, and a key
without an answer may be tried anew once its lease is over. Who was so slow that another try has taken over
is rolled back.

A person's form has a key, too (`once_waiting`): nobody tells a person to wait, so who sends it twice waits.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from opsdesk.journal.models import IdempotencyKey
from opsdesk.journal.rows import insert_unless_there, select_rows, update_rows
from opsdesk.kernel.refusal import Refusal, gettext_noop

KEPT = timedelta(days=30)
LEASE = timedelta(seconds=60)
SWEPT_AT_ONCE = 500
_OF_OWNER = "WHERE owner_id = %s AND key = %s"


class KeyReused(Refusal):
    message = gettext_noop(
        "This Idempotency-Key was used for another request. Take a new key for a new request; the same"
        " request again must be the same to the byte."
    )


class InFlight(Refusal):
    message = gettext_noop(
        "A request with this Idempotency-Key is being carried out. Send the same again in %(seconds)s"
        " seconds: it gets the answer of the first."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status and a body. `replayed`: it was given before."""

    status: int
    body: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Hold:
    """One try at a key."""

    id: int
    attempt: int


def once(*, owner_id: int, key: str, fingerprint: str, act: Callable[[], Answer], now: datetime) -> Answer:
    """Do `act` under the owner's key, or give the answer it got when it was done.

    `act` runs in a transaction that also keeps its answer; what it raises undoes it and gives the key back.
    Refuses `KeyReused` for another fingerprint, `InFlight` while another try is at it.
    """
    held = _take(owner_id, key, fingerprint, now)
    if isinstance(held, Answer):
        return held
    try:
        with transaction.atomic():
            answer = act()
            _keep(held, answer, now)
            return answer
    except BaseException:
        _give_back(held, now)
        raise


@transaction.atomic
def once_waiting(
    *, owner_id: int, key: str, fingerprint: str, act: Callable[[], Answer], now: datetime
) -> Answer:
    """Do `act` under the owner's key in one transaction with the key, or give the answer it got.

    Who sends the same meanwhile waits until it is done. What `act` raises leaves no key behind.
    Refuses `KeyReused` for another fingerprint.
    """
    held = _take(owner_id, key, fingerprint, now)
    if isinstance(held, Answer):
        return held
    answer = act()
    _keep(held, answer, now)
    return answer


@transaction.atomic
def once_where_done(
    *, owner_id: int, key: str, fingerprint: str, act: Callable[[], Answer | None], now: datetime
) -> Answer | None:
    """`once_waiting` for what may turn out to do nothing: where `act` gives None the key is free again."""
    held = _take(owner_id, key, fingerprint, now)
    if isinstance(held, Answer):
        return held
    answer = act()
    if answer is None:
        IdempotencyKey.objects.filter(id=held.id).delete()
    else:
        _keep(held, answer, now)
    return answer


def given(*, owner_id: int, key: str, fingerprint: str, now: datetime) -> Answer | None:
    """The answer that the owner's key got, None where it got none. Refuses `KeyReused`."""
    for row in select_rows(IdempotencyKey, _OF_OWNER, [owner_id, key]):
        if row.status is None or row.made_at <= now - KEPT:
            return None
        if row.fingerprint != fingerprint:
            raise KeyReused
        return Answer(row.status, row.answer, replayed=True)
    return None


def erase_answers(holding: str) -> int:
    """Take away what was answered wherever it holds this text; how many. The keys stay used."""
    return IdempotencyKey.objects.filter(answer__contains=holding).update(answer="")


def sweep(now: datetime) -> int:
    """Remove a batch of the keys that were kept long enough, the oldest first; how many. A worker's step."""
    old = IdempotencyKey.objects.filter(made_at__lte=now - KEPT).order_by("made_at", "id")
    ids = list(old.values_list("id", flat=True)[:SWEPT_AT_ONCE])
    return IdempotencyKey.objects.filter(id__in=ids, made_at__lte=now - KEPT).delete()[0] if ids else 0


@transaction.atomic
def _take(owner_id: int, key: str, fingerprint: str, now: datetime) -> _Hold | Answer:
    row = IdempotencyKey(owner_id=owner_id, key=key, fingerprint=fingerprint, made_at=now, tried_at=now)
    if insert_unless_there(row, unique=["owner_id", "key"]):
        return _Hold(row.id, row.attempt)
    found = select_rows(IdempotencyKey, _OF_OWNER, [owner_id, key])
    if not found:
        raise InFlight(seconds=1)
    return _of_known(found[0], fingerprint, now)


def _of_known(row: IdempotencyKey, fingerprint: str, now: datetime) -> _Hold | Answer:
    if row.made_at <= now - KEPT:
        blank = {"status": None, "answer": "", "answered_at": None}
        again = {"fingerprint": fingerprint, "made_at": now, **blank}
        return _retake(row, again, now)
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.status is not None:
        return Answer(row.status, row.answer, replayed=True)
    left = row.tried_at + LEASE - now
    if left > timedelta(0):
        raise InFlight(seconds=max(1, min(left, LEASE) // timedelta(seconds=1)))
    return _retake(row, {}, now)


def _retake(row: IdempotencyKey, changes: Mapping[str, object], now: datetime) -> _Hold:
    """Begin the next try, unless somebody else just has."""
    attempt = row.attempt + 1
    set_to = {**changes, "tried_at": now, "attempt": attempt}
    if not update_rows(IdempotencyKey, set_to, id=row.id, attempt=row.attempt):
        raise InFlight(seconds=1)
    return _Hold(row.id, attempt)


def _keep(held: _Hold, answer: Answer, now: datetime) -> None:
    """Keep the answer; refused, and so all undone, where another try has taken over meanwhile."""
    set_to = {"status": answer.status, "answer": answer.body, "answered_at": now}
    if not update_rows(IdempotencyKey, set_to, id=held.id, attempt=held.attempt, status=None):
        raise InFlight(seconds=1)


def _give_back(held: _Hold, now: datetime) -> None:
    """Let the next try begin at once. Where even that fails, the lease ends by itself."""
    with suppress(DatabaseError):
        update_rows(IdempotencyKey, {"tried_at": now - LEASE}, id=held.id, attempt=held.attempt, status=None)
