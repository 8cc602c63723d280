"""Reading digests: those made, who gets them, what became of their letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from opsdesk.clock.models import Task, TaskState
from opsdesk.journal.models import Entry, Generation
from opsdesk.kernel.permissions import Act, may
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.people import queries as people
from opsdesk.people.models import Person
from opsdesk.review.digest_calendar import Due, Rhythm, due_of, last_due, next_due
from opsdesk.review.digest_composing import calendar_of, desk_of
from opsdesk.review.digest_document import DigestDocument, from_json
from opsdesk.review.models import Digest, Subscription
from opsdesk.review.timers import MAIL

# So many digests before one are looked through for the last that reached somebody.
LOOKED_BACK = 15
MAILED, WAITING, FAILING, DEAD, CALLED_OFF = "mailed", "waiting", "failing", "dead", "called_off"


class DigestUnknown(Refusal):
    message = gettext_noop("There is no digest %(digest)s of this desk.")


class NobodyWorks(Refusal):
    message = gettext_noop("Nobody works at the desk %(desk)s on %(day)s, so that there is no digest of it.")


@dataclass(frozen=True, slots=True)
class Made:
    """A digest with its number."""

    id: int
    document: DigestDocument


@dataclass(frozen=True, slots=True)
class DigestPage:
    """Digests, the newest first; `after` is the number from which the next page goes on, None at the end."""

    rows: tuple[Made, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who asked for which digests; `gets`: still may, and is active."""

    id: int
    name: str
    rhythms: tuple[str, ...]
    gets: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a digest's letter to a person. `next_try_at` None: nobody tries it."""

    person_id: int
    name: str
    state: str
    problem: str
    tries: int
    next_try_at: datetime | None
    at: datetime | None

    @property
    def may_retry(self) -> bool:
        return self.state in (FAILING, DEAD)


def page(desk: str, rhythm: str = "", *, after: int | None = None, size: int = 30) -> DigestPage:
    """A desk's digests, of one rhythm or of both, those that end last first; an unknown `after` is none."""
    chosen = Digest.objects.filter(desk=desk)
    if rhythm:
        chosen = chosen.filter(kind=rhythm)
    if after is not None and (last := Digest.objects.filter(id=after, desk=desk).first()):
        chosen = chosen.filter(Q(until__lt=last.until) | Q(until=last.until, id__lt=last.id))
    found = list(chosen.order_by("-until", "-id")[: size + 1])
    rows = tuple(Made(row.id, from_json(row.document)) for row in found[:size])
    return DigestPage(rows, rows[-1].id if len(found) > size else None)


def digest(desk: str, digest_id: int) -> Made:
    """One digest of a desk. Refuses `DigestUnknown`."""
    row = Digest.objects.filter(id=digest_id, desk=desk).first()
    if row is None:
        raise DigestUnknown(digest=digest_id)
    return Made(row.id, from_json(row.document))


def by_id(digest_id: int) -> Made:
    """The digest of that number."""
    row = Digest.objects.get(id=digest_id)
    return Made(row.id, from_json(row.document))


def newest(desk: str, rhythm: Rhythm) -> Made | None:
    """The digest of a rhythm that ends last."""
    row = Digest.objects.filter(desk=desk, kind=rhythm.value).order_by("-until").first()
    return Made(row.id, from_json(row.document)) if row else None


def due_at(desk: str, rhythm: Rhythm, until: datetime) -> Made | None:
    """The digest that ends at an instant."""
    row = Digest.objects.filter(desk=desk, kind=rhythm.value, until=until).first()
    return Made(row.id, from_json(row.document)) if row else None


def due_on(desk: str, rhythm: Rhythm, day: date) -> Due:
    """When the digest of a day, or of its week, is due. Refuses `NobodyWorks`, `NoDigests`, `NoSuchDesk`."""
    definition = desk_of(desk)
    due = due_of(rhythm, calendar_of(definition), day)
    if due is None:
        raise NobodyWorks(desk=definition.name, day=day.isoformat())
    return due


def last_before(desk: str, rhythm: Rhythm, now: datetime) -> Due | None:
    """The newest digest that was due by now."""
    return last_due(rhythm, calendar_of(desk_of(desk)), until=now)


def next_after(desk: str, rhythm: Rhythm, now: datetime) -> Due | None:
    """The next one to come."""
    return next_due(rhythm, calendar_of(desk_of(desk)), after=now)


def rhythms_of(person_id: int, desk: str) -> frozenset[str]:
    """Which digests a person asked for."""
    rows = Subscription.objects.filter(person_id=person_id, desk=desk)
    return frozenset(rows.values_list("kind", flat=True))


def recipients(desk: str, rhythm: Rhythm, now: datetime) -> tuple[int, ...]:
    """To whom a digest goes: who asked for it and may read the desk now."""
    rows = Subscription.objects.filter(desk=desk, kind=rhythm.value).order_by("person_id")
    return tuple(each for each in rows.values_list("person_id", flat=True) if may_get(each, desk, now))


def may_get(person_id: int, desk: str, now: datetime) -> bool:
    """Whether a person may read the desk; nobody who was deactivated may."""
    return may(people.actor(person_id, now), Act.READ, desk=desk)


def subscribers(desk: str, now: datetime) -> tuple[Subscriber, ...]:
    """Everybody who asked for a desk's digests, by name."""
    found: dict[int, list[str]] = {}
    rows = Subscription.objects.filter(desk=desk).order_by("person__name", "person_id", "kind")
    for person_id, kind in rows.values_list("person_id", "kind"):
        found.setdefault(person_id, []).append(kind)
    names = people.names(found)
    return tuple(
        Subscriber(id, names[id], tuple(kinds), may_get(id, desk, now)) for id, kinds in found.items()
    )


def wants(person_id: int, document: DigestDocument) -> bool:
    """Whether a person asks for digests of this desk and rhythm still."""
    return document.rhythm.value in rhythms_of(person_id, document.desk)


def letter_key(digest_id: int, person_id: int) -> str:
    """The key of a digest's letter to a person: there is one."""
    return f"{MAIL}:{digest_id}:{person_id}"


def posted(made: Made) -> tuple[Posted, ...]:
    """What became of a digest's letters, by the persons' names."""
    tasks = _letters([made.id], made.document.to)
    names = people.names(made.document.to)
    found = [
        _posted(task, names.get(person, ""), person)
        for person in made.document.to
        if (task := tasks.get(letter_key(made.id, person)))
    ]
    return tuple(sorted(found, key=lambda each: (each.name, each.person_id)))


def missed(made: Made, person_id: int) -> tuple[DigestDocument, ...]:
    """The digests before this one that did not reach a person since the last that did, the newest first.

    Of those that ended before a restore nobody knows.
    """
    left: list[DigestDocument] = []
    for each in _before(made, person_id):
        if gone_out(each.id, person_id):
            break
        left.append(each.document)
    return tuple(left)


def gone_out(digest_id: int, person_id: int) -> bool:
    """Whether a server has taken a digest's letter to a person."""
    facts = Entry.objects.filter(subject_kind="digest", subject_id=digest_id, kind="digest.mailed")
    return facts.filter(payload__person=person_id).exists()


def in_hand(made: Made, person_id: int, now: datetime) -> bool:
    """Whether a letter before this one is being handed over: nobody knows yet whether it is missed."""
    tasks = _letters([each.id for each in _before(made, person_id)], [person_id]).values()
    leased = [task.leased_until for task in tasks if task.state == TaskState.ARMED]
    return any(until is not None and until > now for until in leased)


def restored_at() -> datetime | None:
    """When the database was last restored from a backup."""
    found = Generation.objects.filter(reason="restored").order_by("-id")
    return found.values_list("started_at", flat=True).first()


def _before(made: Made, person_id: int) -> list[Made]:
    """The digests before this one since a person asked for them, the newest first."""
    begun = Subscription.objects.filter(person_id=person_id, desk=made.document.desk)
    since = begun.filter(kind=made.document.rhythm.value).values_list("since", flat=True).first()
    if since is None:
        return []
    since = max(since, restored_at() or since)
    before = Digest.objects.filter(desk=made.document.desk, kind=made.document.rhythm.value)
    rows = before.filter(until__lt=made.document.until, until__gt=since).order_by("-until")[:LOOKED_BACK]
    return [Made(row.id, from_json(row.document)) for row in rows]


def address_of(person_id: int) -> tuple[str, str, str]:
    """A person's name, mail address and language ("": the installation's)."""
    return Person.objects.values_list("name", "email", "language").get(id=person_id)


def _letters(digests: Sequence[int], persons: Sequence[int]) -> dict[str, Task]:
    keys = [letter_key(digest, person) for digest in digests for person in persons]
    return {task.unique_key: task for task in Task.objects.filter(unique_key__in=keys)}


def _posted(task: Task, name: str, person_id: int) -> Posted:
    armed = task.state == TaskState.ARMED
    return Posted(
        person_id=person_id,
        name=name,
        state=_state(task),
        problem=task.last_error,
        tries=task.attempts,
        next_try_at=task.run_at if armed else None,
        at=task.finished_at,
    )


def _state(task: Task) -> str:
    if task.state == TaskState.ARMED:
        return FAILING if task.last_error else WAITING
    return {TaskState.DONE.value: MAILED, TaskState.DEAD.value: DEAD}.get(task.state, CALLED_OFF)
