"""The cast of the tests: a desk, its people, and builders for what they work on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from opsdesk.cases import queries, settings
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Case, Target
from opsdesk.cases.opening import Opening, open_request
from opsdesk.clock.actions import publish_shipped
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import EVERY_DESK, Actor, Role
from opsdesk.kernel.memory import forget
from opsdesk.people import queries as people
from opsdesk.people.models import Membership, Person, QueueSeat
from opsdesk.vault.models import Document

MONDAY = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
FIRST_DAY = date(2020, 1, 1)
PASSWORD = "a-long-enough-password"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person and the actor they are."""

    person: Person
    actor: Actor

    @property
    def id(self) -> int:
        return self.person.id


def desk(now: datetime = MONDAY) -> None:
    """Publish the shipped calendars and desks: once for real, from then on with the rows which that wrote."""
    if Document.objects.exists() or Target.objects.exists():
        publish(now)
    elif _published:
        forget()
        documents, facts, targets = (_of_now(rows, now) for rows in _published)
        made = Document.objects.bulk_create(Document(**row) for row in documents)
        Entry.objects.bulk_create(
            Entry(**row | {"subject_id": document.id}) for row, document in zip(facts, made, strict=True)
        )
        Target.objects.bulk_create(Target(**row) for row in targets)
    else:
        publish(now)
        facts = Entry.objects.filter(subject_kind="document").order_by("subject_id")
        _published.extend(
            _rows(rows) for rows in (Document.objects.order_by("id"), facts, Target.objects.order_by("id"))
        )


def publish(now: datetime) -> None:
    """Publish the shipped calendars and desks as an installation does."""
    publish_shipped(now=now)
    settings.publish_shipped_desks(now=now)


# What an installation publishes at first: parsing and checking it anew took most of many tests' set-up.
_published: list[list[dict[str, Any]]] = []
_ITS_OWN = {"id", "xact"}
_MOMENTS = {"happened_at", "published_at", "recorded_at"}


def _rows(found: QuerySet[Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in _ITS_OWN} for row in found.values()]


def _of_now(rows: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    return [row | dict.fromkeys(_MOMENTS & row.keys(), now) for row in rows]


def somebody(
    name: str,
    roles: Iterable[Role],
    seats: Iterable[str] = (),
    desk: str = "support",
    *,
    password: bool = False,
) -> Somebody:
    """A person with roles and seats on a desk since long ago."""
    person = Person(email=f"{name.lower()}@desk.example", name=name.capitalize(), joined_at=MONDAY)
    if password:
        person.set_password(PASSWORD)
    else:
        person.set_unusable_password()
    person.save()
    for role in roles:
        on = EVERY_DESK if role is Role.ADMIN else desk
        Membership.objects.create(person=person, desk=on, role=role.value, from_on=FIRST_DAY)
    for queue in seats:
        QueueSeat.objects.create(person=person, desk=desk, queue=queue, from_on=FIRST_DAY)
    return Somebody(person, people.actor(person.id, MONDAY))


def operator(name: str = "olga", **more: bool) -> Somebody:
    return somebody(name, [Role.OPERATOR], ["ops"], **more)


def engineer(name: str = "enzo", seats: Iterable[str] = ("core-support",), **more: bool) -> Somebody:
    return somebody(name, [Role.ENGINEER], seats, **more)


def product_engineer(
    name: str = "petra", seats: Iterable[str] = ("core-engineering",), **more: bool
) -> Somebody:
    return somebody(name, [Role.ENGINEER], seats, **more)


def lead(name: str = "lena", **more: bool) -> Somebody:
    return somebody(name, [Role.LEAD], [], **more)


def admin(name: str = "ada", **more: bool) -> Somebody:
    return somebody(name, [Role.ADMIN], [], **more)


def viewer(name: str = "vera", **more: bool) -> Somebody:
    return somebody(name, [Role.VIEWER], [], **more)


def stranger(name: str = "stan", **more: bool) -> Somebody:
    """A person with no role on the support desk."""
    return somebody(name, [Role.OPERATOR], [], desk="elsewhere", **more)


def request_at(
    opened_at: datetime = MONDAY, *, subject: str = "The assistant repeats itself", **more: object
) -> Case:
    """A request that came in at an instant."""
    fields: dict[str, object] = {
        "desk": "support",
        "subject": subject,
        "excerpt": "It says everything twice since this morning.",
        "requester_email": "sam@dealer.example",
        "requester_name": "Sam Dealer",
        "account_id": None,
        "opened_at": opened_at,
    }
    return open_request(Opening(**(fields | more)), now=opened_at)  # type: ignore[arg-type]


def definition() -> DeskDefinition:
    """The shipped support desk as published."""
    return queries.desk("support")
