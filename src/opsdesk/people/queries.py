"""Reading persons, their roles and seats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from opsdesk.journal.rows import places
from opsdesk.kernel.actor import Actor, ActorKind, Grant, Role, Seat
from opsdesk.people.models import Membership, Person, QueueSeat, SavedView
from opsdesk.people.rules import UnknownPerson, UnknownView, check_removes_view, today

# Each request asks these; as ready SQL they take a third of the time that building them takes.
ROLES = (
    "SELECT p.name, p.is_active, m.desk, m.role FROM people_person p"
    " LEFT JOIN people_membership m ON m.person_id = p.id"
    " AND m.from_on <= %s AND (m.until_on IS NULL OR m.until_on > %s) WHERE p.id = %s"
)
OF_DESK = (
    "SELECT id, name FROM people_person WHERE is_active AND id IN"
    " (SELECT person_id FROM people_membership WHERE desk IN (%s, '*')"
    " AND from_on <= %s AND (until_on IS NULL OR until_on > %s)) ORDER BY name, id"
)
NAMES = "SELECT id, name FROM people_person WHERE id IN"
VIEWS = (
    "SELECT id, name, query, shared, owner_id = %s FROM people_savedview"
    " WHERE (shared OR owner_id = %s) AND page = %s AND removed_at IS NULL"
)
SEATS = (
    "SELECT desk, queue FROM people_queueseat"
    " WHERE person_id = %s AND from_on <= %s AND (until_on IS NULL OR until_on > %s)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person as shown on a case."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role that holds or will; `holds` tells which. `until_on` is the first day without it."""

    desk: str
    role: Role
    from_on: date
    until_on: date | None
    holds: bool


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat that is taken or will be."""

    desk: str
    queue: str
    from_on: date
    until_on: date | None
    holds: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person with the roles and seats that aren't over. `can_sign_in`: active, with a password."""

    id: int
    name: str
    email: str
    active: bool
    can_sign_in: bool
    joined_at: datetime
    last_login_at: datetime | None
    roles: tuple[RoleRow, ...]
    seats: tuple[SeatRow, ...]


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view: one's own, or one that somebody shares."""

    id: int
    name: str
    query: str
    shared: bool
    mine: bool


def actor(person_id: int, now: datetime) -> Actor:
    """The person as an actor, with what holds on the UTC date of `now`: two queries.

    Who is not active has neither grants nor seats. Refuses `UnknownPerson`.
    """
    day = today(now)
    rows = _answers(ROLES, [day, day, person_id])
    if not rows:
        raise UnknownPerson(person_id=person_id)
    name, active = rows[0][:2]
    if not active:
        return Actor(kind=ActorKind.PERSON, id=person_id, name=name)
    seats = _answers(SEATS, [person_id, day, day])
    return Actor(
        kind=ActorKind.PERSON,
        id=person_id,
        name=name,
        grants=frozenset(Grant(desk, Role(role)) for _, _, desk, role in rows if desk and role),
        seats=frozenset(Seat(desk, queue) for desk, queue in seats),
    )


def people(now: datetime) -> list[PersonRow]:
    """Everybody, active ones first, by name: three queries."""
    rows = Person.objects.order_by("-is_active", "name", "id")
    return _rows(list(rows), today(now))


def person(person_id: int, now: datetime) -> PersonRow:
    """One person. Refuses `UnknownPerson`."""
    row = Person.objects.filter(id=person_id).first()
    if row is None:
        raise UnknownPerson(person_id=person_id)
    return _rows([row], today(now))[0]


def by_email(email: str) -> Name | None:
    """The person who signs in with this address."""
    row = Person.objects.filter(email=email.strip().lower().replace("\x00", "")).first()
    return Name(row.id, row.name) if row else None


def persons_of_queue(desk: str, queue: str, now: datetime) -> list[Name]:
    """The active persons who sit in the queue, by name."""
    seated = QueueSeat.objects.holding(today(now)).filter(desk=desk, queue=queue, person__is_active=True)
    rows = seated.order_by("person__name", "person_id").values_list("person_id", "person__name")
    return [Name(*row) for row in rows]


def persons_of_desk(desk: str, now: datetime) -> list[Name]:
    """The active persons with a role on the desk, admins included, by name."""
    day = today(now)
    return [Name(*row) for row in _answers(OF_DESK, [desk, day, day])]


def names(ids: Iterable[int]) -> dict[int, str]:
    """The names of these persons; unknown ids are left out."""
    wanted = tuple(set(ids))
    return dict(_answers(f"{NAMES} ({places(wanted)})", wanted)) if wanted else {}


def signature(person_id: int) -> str:
    """What a person puts below their answers, without the delimiter; "" where there is none."""
    return Person.objects.filter(id=person_id).values_list("signature", flat=True).first() or ""


def has_admin(now: datetime) -> bool:
    """Whether an active admin is there today."""
    held = Membership.objects.holding(today(now)).filter(role=Role.ADMIN.value, person__is_active=True)
    return held.exists()


def views(person_id: int, page: str) -> list[ViewRow]:
    """The saved views of a page that this person sees: their own first, then shared ones, by name."""
    shown = [
        ViewRow(number, name, query, bool(shared), bool(mine))
        for number, name, query, shared, mine in _answers(VIEWS, [person_id, person_id, page])
    ]
    return sorted(shown, key=lambda view: (not view.mine, view.name, view.id))


def check_removable(view_id: int, *, actor: Actor) -> None:
    """Whether this actor may take a saved view away. Refuses `UnknownView`, `NotYourView`."""
    there = SavedView.objects.filter(id=view_id, removed_at__isnull=True)
    found = there.values_list("owner_id", "shared").first()
    if found is None:
        raise UnknownView
    check_removes_view(actor, found[0], shared=found[1])


def _answers(statement: str, values: Sequence[int | str | date]) -> list[tuple[Any, ...]]:
    days = connection.ops.adapt_datefield_value
    given = [days(value) if isinstance(value, date) else value for value in values]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _rows(persons: list[Person], day: date) -> list[PersonRow]:
    roles: dict[int, list[RoleRow]] = {}
    seats: dict[int, list[SeatRow]] = {}
    ids = [each.id for each in persons]
    for each in (
        Membership.objects.not_over(day).filter(person_id__in=ids).order_by("desk", "role", "from_on")
    ):
        row = RoleRow(each.desk, Role(each.role), each.from_on, each.until_on, each.from_on <= day)
        roles.setdefault(each.person_id, []).append(row)
    for taken in (
        QueueSeat.objects.not_over(day).filter(person_id__in=ids).order_by("desk", "queue", "from_on")
    ):
        place = SeatRow(taken.desk, taken.queue, taken.from_on, taken.until_on, taken.from_on <= day)
        seats.setdefault(taken.person_id, []).append(place)
    return [_row(each, roles.get(each.id, []), seats.get(each.id, [])) for each in persons]


def _row(person: Person, roles: list[RoleRow], seats: list[SeatRow]) -> PersonRow:
    return PersonRow(
        id=person.id,
        name=person.name,
        email=person.email,
        active=person.is_active,
        can_sign_in=person.is_active and person.has_usable_password(),
        joined_at=person.joined_at,
        last_login_at=person.last_login,
        roles=tuple(roles),
        seats=tuple(seats),
    )
