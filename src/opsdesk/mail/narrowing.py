"""The filters of a search, from what was typed to conditions on cases, kinds of entries and a time."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from opsdesk.accounts.models import Account
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.lists import UNRESOLVED_SQL
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.people.models import Person
from opsdesk.search import places
from opsdesk.search.asking import Filter, Note
from opsdesk.search.models import Kind

END = 1 << 62
STATES = ("open", "waiting", "resolved", "merged", "void")
MARKS = ("unresolved", "unassigned", "mine", "overdue", "reopened")
PLACES = {"subjects": Kind.CASE, "messages": Kind.MESSAGE, "notes": Kind.NOTE}
ME, NOBODY = "me", "nobody"
_NAMED = 20
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")

NO_QUEUE = gettext_noop("There is no queue “%(value)s”, so it was left out. There are: %(known)s.")
NO_TYPE = gettext_noop("There is no type “%(value)s”, so it was left out. The families are: %(known)s.")
NO_DESK = gettext_noop("You have no desk “%(value)s”, so it was left out. There are: %(known)s.")
NO_MARK = gettext_noop("“is:%(value)s” means nothing and was left out. There are: %(known)s.")
NO_PLACE = gettext_noop("“in:%(value)s” means nothing and was left out. There are: %(known)s.")
NO_ACCOUNT = gettext_noop("No account is called “%(value)s”, so it was left out.")
NO_PERSON = gettext_noop("Nobody here is called “%(value)s”, so it was left out.")
NO_DATE = gettext_noop(
    "“%(value)s” is no date and was left out. Write 2026-10-01, 2026-10, 2026, today or yesterday."
)
NOT_WITHOUT = gettext_noop("“-%(name)s:” can't be left away; write the other bound instead.")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the search as it was understood: a filter's name and what it stands for."""

    name: str
    value: str
    negated: bool = False


@dataclass(slots=True)
class Narrowing:
    """What the filters ask for. `cases`: of a case; `indexed`: the part of it that leads along an index,
    `unresolved`: along one of the unresolved cases of a desk.

    Entries count from the id `first` up to, not including, `end`; of `kinds`, or of any where none is named.
    """

    cases: Q = field(default_factory=Q)
    indexed: Q = field(default_factory=Q)
    unresolved: bool = False
    first: int = 0
    end: int = END
    kinds: tuple[int, ...] = ()
    parts: list[Part] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def bound(self, start: date | None, end: date | None, zone: ZoneInfo) -> None:
        if start is not None:
            self.first = max(self.first, places.first_of(datetime.combine(start, time(), zone)))
        if end is not None:
            self.end = min(self.end, places.first_of(datetime.combine(end, time(), zone)))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when and where, and the desks they may read."""

    actor: Actor
    now: datetime
    zone: ZoneInfo
    desks: tuple[DeskDefinition, ...]


_Meaning = tuple[Q, bool, str] | Note


def narrowing(filters: Sequence[Filter], asker: Asker) -> Narrowing:
    """What these filters ask for. Of several values of a filter any will do; marks must all hold."""
    found = Narrowing()
    either: dict[str, list[tuple[Q, bool]]] = {}
    for each in filters:
        if each.name in ("before", "after", "on"):
            _by_date(each, asker, found)
        elif each.name == "in":
            _by_kind(each, found)
        else:
            _by_case(each, asker, found, either)
    for choices in either.values():
        any_of = Q()
        for condition, _ in choices:
            any_of |= condition
        found.cases &= any_of
        found.indexed &= any_of if all(by_index for _, by_index in choices) else Q()
    return found


def _by_case(each: Filter, asker: Asker, found: Narrowing, either: dict[str, list[tuple[Q, bool]]]) -> None:
    meaning = _MEANINGS[each.name](each.value, asker)
    if isinstance(meaning, Note):
        found.notes.append(meaning)
        return
    condition, by_index, shown = meaning
    found.parts.append(Part(each.name, shown, each.negated))
    if each.negated:
        found.cases &= ~condition
    else:
        group = f"is:{each.value}" if each.name == "is" and each.value.lower() in MARKS else each.name
        either.setdefault(group, []).append((condition, by_index))
        found.unresolved |= each.name == "is" and by_index and each.value.lower() != "mine"


def _by_kind(each: Filter, found: Narrowing) -> None:
    value = each.value.lower()
    name = next((name for name in PLACES if name.startswith(value.removesuffix("s"))), "")
    if not name:
        found.notes.append(_unknown(NO_PLACE, each.value, PLACES))
        return
    kinds = {kind for other, kind in PLACES.items() if (other == name) != each.negated}
    found.kinds = tuple(sorted(kinds & set(found.kinds) if found.kinds and each.negated else kinds))
    found.parts.append(Part("in", name, each.negated))


def _by_date(each: Filter, asker: Asker, found: Narrowing) -> None:
    if each.negated:
        found.notes.append(Note(NOT_WITHOUT, {"name": each.name}))
        return
    days = _days(each.value.lower(), asker.now.astimezone(asker.zone).date())
    if days is None:
        found.notes.append(Note(NO_DATE, {"value": each.value}))
        return
    start, end = days
    found.bound(start if each.name != "before" else None, None, asker.zone)
    found.bound(None, {"before": start, "on": end}.get(each.name), asker.zone)
    found.parts.append(Part(each.name, each.value))


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The days a word or a date stands for: the first, and the first one after."""
    if text in ("today", "yesterday"):
        start = today - timedelta(days=text == "yesterday")
        return start, start + timedelta(days=1)
    read = _DATE.fullmatch(text)
    if read is None:
        return None
    year, month, day = (int(part) if part else None for part in read.groups())
    try:
        start = date(year or 0, month or 1, day or 1)
        if day:
            return start, start + timedelta(days=1)
        after = (start.year + 1, 1) if not month or month == 12 else (start.year, month + 1)
        return start, date(*after, 1)
    except (ValueError, OverflowError):
        return None


def _unknown(message: str, value: str, known: Iterable[str]) -> Note:
    return Note(message, {"value": value, "known": ", ".join(known)})


def _queue(value: str, asker: Asker) -> _Meaning:
    queues = [queue for desk in asker.desks for queue in desk.queues]
    found = {queue.key: queue.name for queue in queues if _is(value, queue.key, queue.name)}
    if not found:
        return _unknown(NO_QUEUE, value, (queue.key for queue in queues))
    return Q(queue__in=list(found)), False, ", ".join(found.values())


def _type(value: str, asker: Asker) -> _Meaning:
    families = [family for desk in asker.desks for family in desk.families]
    named = value.removesuffix(".*")
    for family in families:
        if _is(named, family.key, family.name):
            return Q(family=family.key), False, family.name
    leaves = [leaf for family in families for leaf in family.types if _is(named, leaf.key, leaf.name)]
    if not leaves:
        return _unknown(NO_TYPE, value, (family.key for family in families))
    return Q(type__in=[leaf.key for leaf in leaves]), False, ", ".join(leaf.name for leaf in leaves)


def _desk(value: str, asker: Asker) -> _Meaning:
    found = [desk for desk in asker.desks if _is(value, desk.key, desk.name)]
    if not found:
        return _unknown(NO_DESK, value, (desk.key for desk in asker.desks))
    return Q(desk=found[0].key), False, found[0].name


def _is(value: str, key: str, name: str) -> bool:
    return value.casefold() in (key.casefold(), name.casefold())


def _account(value: str, asker: Asker) -> _Meaning:
    named = Account.objects.filter(key__iexact=value)
    rows = list(named or Account.objects.filter(name__icontains=value).order_by("name", "id")[:_NAMED])
    if not rows:
        return Note(NO_ACCOUNT, {"value": value})
    return Q(account__in=[row.id for row in rows]), True, ", ".join(row.name for row in rows)


def _assignee(value: str, asker: Asker) -> _Meaning:
    if value.lower() == NOBODY:
        return Q(assignee__isnull=True), False, NOBODY
    if value.lower() == ME:
        return Q(assignee=asker.actor.id), True, asker.actor.name
    named = Person.objects.filter(Q(name__icontains=value) | Q(email__iexact=value)).order_by("name", "id")
    rows = list(named[:_NAMED])
    if not rows:
        return Note(NO_PERSON, {"value": value})
    return Q(assignee__in=[row.id for row in rows]), True, ", ".join(row.name for row in rows)


def _mark(value: str, asker: Asker) -> _Meaning:
    # A literal: with a bound parameter SQLite can't know that the partial index serves.
    unresolved = Q(RawSQL(UNRESOLVED_SQL, [], output_field=models.BooleanField()))
    meanings: dict[str, tuple[Q, bool]] = {
        "open": (unresolved & Q(state="open"), True),
        "waiting": (unresolved & Q(state="waiting"), True),
        "resolved": (Q(state="resolved"), False),
        "merged": (Q(state="merged"), False),
        "void": (Q(state="void"), False),
        "unresolved": (unresolved, True),
        "unassigned": (unresolved & Q(assignee__isnull=True), True),
        "mine": (Q(assignee=asker.actor.id), True),
        "overdue": (unresolved & Q(state="open", due_at__lt=asker.now), True),
        "reopened": (Q(reopened_count__gt=0), False),
    }
    found = meanings.get(value.lower())
    if found is None:
        return _unknown(NO_MARK, value, meanings)
    return *found, value.lower()


_MEANINGS: dict[str, Callable[[str, Asker], _Meaning]] = {
    "queue": _queue,
    "type": _type,
    "desk": _desk,
    "account": _account,
    "assignee": _assignee,
    "is": _mark,
}
