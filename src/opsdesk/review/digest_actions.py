"""Asking for digests, arming and making them, and what becomes of their letters.

Making is part of no other fact: it is recorded. Arming is not.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from opsdesk.clock import actions as clock
from opsdesk.clock import carrying
from opsdesk.clock.models import Task, TaskState
from opsdesk.clock.tasks import TaskValue, delay_after
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.review.digest_calendar import Rhythm
from opsdesk.review.digest_composing import desk_of
from opsdesk.review.digest_document import DigestDocument, to_json
from opsdesk.review.digest_queries import DigestUnknown, letter_key
from opsdesk.review.models import Digest, Subscription
from opsdesk.review.timers import MAIL, MAKE, TASK_KINDS

SUBJECT = "digest"
# With the back-off of tasks (10 s, doubled up to an hour) these are three days.
TRIES = 80
DIGITS = "%Y%m%dT%H%M%SZ"


class NotForYou(Refusal):
    message = gettext_noop("Digests are for persons with an address of their own.")


class NothingFailed(Refusal):
    message = gettext_noop("This letter is not failing, so that there is nothing to try again.")


@transaction.atomic
def subscribe(*, desk: str, rhythm: str, actor: Actor, now: datetime) -> bool:
    """Have a desk's digests mailed to oneself from now on; False where they are already.

    Refuses who may not read the desk, `NoDigests` and an `Invalid` rhythm.
    """
    kind = _rhythm(rhythm)
    row = Subscription(person_id=_person(actor, desk), desk=desk_of(desk).key, kind=kind, since=now)
    if not rows.insert_unless_there(row, unique=["person_id", "desk", "kind"]):
        return False
    _record("digest.subscribed", actor.id or 0, actor, now, desk=desk, rhythm=kind)
    return True


@transaction.atomic
def unsubscribe(*, desk: str, rhythm: str, actor: Actor, now: datetime) -> bool:
    """Have them mailed to oneself no more; False where they were not. Anybody may, whatever they read."""
    kind = _rhythm(rhythm)
    if actor.id is None or not actor.is_person:
        raise NotForYou
    gone, _of = Subscription.objects.filter(person_id=actor.id, desk=desk, kind=kind).delete()
    if gone:
        _record("digest.unsubscribed", actor.id, actor, now, desk=desk, rhythm=kind)
    return bool(gone)


@transaction.atomic
def arm(*, desk: str, rhythm: Rhythm, at: datetime, now: datetime) -> bool:
    """See to it that what is due at an instant is made then; False where that is seen to already."""
    key = f"{MAKE}:{desk}:{rhythm.value}:{at:{DIGITS}}"
    if Task.objects.filter(unique_key=key).exists():
        return False
    payload = {"desk": desk, "rhythm": rhythm.value}
    clock.schedule(
        kind=MAKE,
        lane=TASK_KINDS[MAKE],
        unique_key=key,
        subject_kind="desk",
        subject_id=0,
        due_at=at,
        now=now,
        payload=payload,
    )
    return True


@transaction.atomic
def go_on(*, desk: str, rhythm: Rhythm, made_until: datetime, now: datetime) -> None:
    """Have the rest of many missed ones made at once, after what else is due."""
    clock.schedule(
        kind=MAKE,
        lane=TASK_KINDS[MAKE],
        unique_key=f"{MAKE}:{desk}:{rhythm.value}:after:{made_until:{DIGITS}}",
        subject_kind="desk",
        subject_id=0,
        due_at=now,
        now=now,
        payload={"desk": desk, "rhythm": rhythm.value},
    )


@transaction.atomic
def make(document: DigestDocument, *, now: datetime) -> Digest | None:
    """Keep a digest, and have it mailed to `document.to`; None where there is one that ends then.

    Letters of the one before it that have not gone out go no more: only the newest is mailed.
    """
    made = Digest(
        desk=document.desk,
        kind=document.rhythm.value,
        since=document.since,
        until=document.until,
        made_at=now,
        document=to_json(document),
    )
    before = _newest(document)
    if not _kept(made):
        return None
    if before is not None:
        _call_off(before, now=now)
    for person_id in document.to:
        _post(made, person_id, now=now)
    _record("digest.made", made.id, SYSTEM, now, desk=document.desk, rhythm=made.kind, to=len(document.to))
    return made


@transaction.atomic
def mailed(task: TaskValue, *, now: datetime) -> None:
    """A server has taken the letter."""
    _record("digest.mailed", task.subject_id, SYSTEM, now, person=task.payload["person"])


@transaction.atomic
def withheld(task: TaskValue, *, now: datetime) -> None:
    """The letter goes to nobody: a newer one takes its place, or the person may not read the desk now or
    asks for it no more.
    """
    if carrying.call_off(task, now=now):
        _record("digest.withheld", task.subject_id, SYSTEM, now, person=task.payload["person"])


@transaction.atomic
def withhold_all(*, now: datetime) -> int:
    """Call off what waits in a backup that was restored: it may have been mailed since; how many."""
    waiting = list(Task.objects.armed().filter(kind=MAIL).order_by("id"))
    for task in waiting:
        again = Task.objects.filter(id=task.id)
        again.update(state=TaskState.CANCELLED, finished_at=now, leased_until=None)
        _record("digest.withheld", task.subject_id, SYSTEM, now, person=task.payload["person"])
    return len(waiting)


def not_now(task: TaskValue, *, problem: str, now: datetime) -> None:
    """The letter was not taken now: tried again for three days; then it lies until a person retries."""
    if task.attempts >= TRIES:
        carrying.give_up(task, problem=problem, now=now)
    else:
        carrying.put_off(task, problem=problem, run_at=now + delay_after(task.attempts), now=now)


def never(task: TaskValue, *, problem: str, now: datetime) -> None:
    """Nobody will take the letter: it lies until a person retries, or a newer digest takes its place."""
    carrying.give_up(task, problem=problem, now=now)


@transaction.atomic
def retry(*, desk: str, digest_id: int, person_id: int, actor: Actor, now: datetime) -> None:
    """Try a letter that fails, or lies dead, again at once. Refuses who does not lead the desk,
    `DigestUnknown` and `NothingFailed`.
    """
    check_may(actor, Act.SET_TARGETS, desk=desk)
    if not Digest.objects.filter(id=digest_id, desk=desk).exists():
        raise DigestUnknown(digest=digest_id)
    key = letter_key(digest_id, person_id)
    states = [TaskState.ARMED, TaskState.DEAD]
    failing = Task.objects.filter(unique_key=key, state__in=states).exclude(last_error="")
    if not failing.exists() or not carrying.begin_anew(key, now=now):
        raise NothingFailed
    _record("digest.retried", digest_id, actor, now, person=person_id)


def _kept(made: Digest) -> bool:
    """Whether it is written now; False where one is there. The table takes no row on top of another."""
    same = Digest.objects.filter(desk=made.desk, kind=made.kind, until=made.until)
    if same.exists():
        return False
    try:
        with transaction.atomic():
            rows.insert_row(made)
    except IntegrityError:
        if not same.exists():
            raise
        return False
    return True


def _call_off(made: Digest, *, now: datetime) -> None:
    """Let its letters go out no more, but for those being handed over now: a server may take them yet."""
    idle = Q(leased_until=None) | Q(leased_until__lte=now)
    keys = [letter_key(made.id, person) for person in made.document["to"]]
    unfinished = Task.objects.filter(idle, unique_key__in=keys, state__in=[TaskState.ARMED, TaskState.DEAD])
    unfinished.update(state=TaskState.CANCELLED, finished_at=now, leased_until=None)


def _post(made: Digest, person_id: int, *, now: datetime) -> None:
    clock.schedule(
        kind=MAIL,
        lane=TASK_KINDS[MAIL],
        unique_key=letter_key(made.id, person_id),
        subject_kind=SUBJECT,
        subject_id=made.id,
        due_at=now,
        now=now,
        payload={"person": person_id},
    )


def _newest(document: DigestDocument) -> Digest | None:
    same = Digest.objects.filter(desk=document.desk, kind=document.rhythm.value)
    return same.filter(until__lt=document.until).order_by("-until").first()


def _rhythm(given: str) -> str:
    if given not in list(Rhythm):
        raise Invalid("rhythm", gettext_noop("Choose the end of the day or the week."))
    return Rhythm(given).value


def _person(actor: Actor, desk: str) -> int:
    check_may(actor, Act.READ, desk=desk)
    if actor.id is None or not actor.is_person:
        raise NotForYou
    return actor.id


def _record(kind: str, subject_id: int, actor: Actor, now: datetime, **payload: object) -> None:
    subject_kind = "person" if kind in ("digest.subscribed", "digest.unsubscribed") else SUBJECT
    record(
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
