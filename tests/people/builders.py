"""Persons for this room's tests."""

from datetime import UTC, datetime

from opsdesk.journal.queries import EntryValue, history
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor, Role
from opsdesk.people import actions, queries
from opsdesk.people.models import Person
from opsdesk.vault.actions import publish

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
LATER = datetime(2026, 10, 9, 9, tzinfo=UTC)


def a_desk(key: str = "support") -> None:
    publish(kind="desk", name=key, source=f"key: {key}\n", note="", actor=SYSTEM, now=NOW)


def somebody(name: str = "Ann", **roles: Role) -> Person:
    """A person with a role on each named desk."""
    person = actions.invite(email=f"{name}@desk.example", name=name, actor=SYSTEM, now=NOW)
    for desk, role in roles.items():
        actions.grant(person_id=person.id, desk=desk, role=role, actor=SYSTEM, now=NOW)
    return person


def an_admin(name: str = "Root") -> tuple[Person, Actor]:
    person = somebody(name)
    actions.grant(person_id=person.id, desk=EVERY_DESK, role=Role.ADMIN, actor=SYSTEM, now=NOW)
    return person, acting(person)


def recorded(person: Person) -> list[EntryValue]:
    """What the journal says of a person, oldest first."""
    return list(reversed(history("person", person.id)))


def kinds(person: Person) -> list[str]:
    return [entry.kind for entry in recorded(person)]


def acting(person: Person, now: datetime = NOW) -> Actor:
    return queries.actor(person.id, now)
