"""Persons, their roles and seats. Each action is one transaction with its journal entry."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor, Role
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.people import queries, rules
from opsdesk.people.models import Membership, Person, QueueSeat, SavedView
from opsdesk.vault import queries as documents


@transaction.atomic
def invite(*, email: str, name: str, actor: Actor, now: datetime) -> Person:
    """Add a person who can't sign in until a password is set. Refuses `EmailTaken`, `NotAnAdmin`."""
    rules.check_admin(actor, Act.MANAGE_PEOPLE)
    address, called = rules.cleaned_email(email), rules.cleaned_name(name)
    _check_free(address)
    person = Person(email=address, name=called, joined_at=now)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        _check_free(address)
        raise
    _record("person.invited", person.id, actor, now)
    return person


@transaction.atomic
def make_first_admin(*, email: str, name: str, now: datetime) -> Person:
    """Make sure that this address is an active admin: the installation's way in, and back in.

    Only whoever runs the installation's commands gets here; twice the same changes nothing.
    """
    person = Person.objects.filter(email=rules.cleaned_email(email)).first()
    if person is None:
        person = invite(email=email, name=name, actor=SYSTEM, now=now)
    elif not person.is_active:
        person = reactivate(person_id=person.id, actor=SYSTEM, now=now)
    grant(person_id=person.id, desk=EVERY_DESK, role=Role.ADMIN, actor=SYSTEM, now=now)
    return person


@transaction.atomic
def set_password(*, person_id: int, password: str, actor: Actor, now: datetime) -> Person:
    """Set one's own password (the system: that of whoever followed an invitation link).

    `Invalid` says what the password lacks.
    """
    rules.check_self(actor, person_id)
    person = _person(person_id)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid("password", " ".join(str(each) for each in error.messages)) from None
    person.set_password(password)
    person.save(update_fields=["password"])
    _record("person.password_set", person_id, actor, now)
    return person


@transaction.atomic
def update_profile(
    *,
    person_id: int,
    name: str,
    zone: str,
    language: str,
    theme: str,
    keys_on: bool,
    signature: str | None = None,
    actor: Actor,
    now: datetime,
) -> Person:
    """How one's own pages look, and what stands below one's answers (None: what stood there).

    An empty language follows the browser.
    """
    rules.check_self(actor, person_id)
    person = _person(person_id)
    person.name = rules.cleaned_name(name)
    rules.check_zone(zone)
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid("language", gettext_noop("Choose one of the languages."))
    if theme not in Person.Theme.values:
        raise Invalid("theme", gettext_noop("Choose one of the themes."))
    person.zone, person.language, person.theme, person.keys_on = zone, language, theme, keys_on
    if signature is not None:
        person.signature = rules.cleaned_signature(signature)
    person.save(update_fields=["name", "zone", "language", "theme", "keys_on", "signature"])
    _record("person.profile_changed", person_id, actor, now)
    return person


@transaction.atomic
def deactivate(*, person_id: int, actor: Actor, now: datetime) -> Person:
    """Take away every right at once; roles, seats and history stay. Refuses `LastAdmin`."""
    rules.check_admin(actor, Act.MANAGE_PEOPLE)
    person = _person(person_id)
    if person.is_active:
        _check_admin_remains(person, now)
        _switch(person, False)
        _record("person.deactivated", person_id, actor, now)
    return person


@transaction.atomic
def reactivate(*, person_id: int, actor: Actor, now: datetime) -> Person:
    """Give a person back the roles and seats that still hold."""
    rules.check_admin(actor, Act.MANAGE_PEOPLE)
    person = _person(person_id)
    if not person.is_active:
        _switch(person, True)
        _record("person.reactivated", person_id, actor, now)
    return person


@transaction.atomic
def grant(
    *, person_id: int, desk: str, role: str, from_on: date | None = None, actor: Actor, now: datetime
) -> Membership:
    """Give a role on a desk (`*`: every desk) from a day on, today when none is named.

    The same role again changes nothing, unless it now begins earlier.
    """
    rules.check_admin(actor, Act.MANAGE_PEOPLE)
    person, known = _person(person_id), rules.known_role(role)
    rules.check_role_fits(known, desk)
    _check_desk(desk)
    start = from_on or rules.today(now)
    row, new = Membership.objects.get_or_create(
        person=person, desk=desk, role=known.value, until_on=None, defaults={"from_on": start}
    )
    if new or _begins_earlier(row, start):
        _record("role.granted", person_id, actor, now, desk=desk, role=known.value, from_on=start.isoformat())
    return row


@transaction.atomic
def revoke(
    *, person_id: int, desk: str, role: str, until_on: date | None = None, actor: Actor, now: datetime
) -> Membership:
    """Take a role away from a day on (out), today when none is named. Refuses `NoSuchRole`, `LastAdmin`."""
    rules.check_admin(actor, Act.MANAGE_PEOPLE)
    person, known = _person(person_id), rules.known_role(role)
    row: Membership | None = Membership.objects.filter(
        person=person, desk=desk, role=known.value, until_on=None
    ).first()
    if row is None:
        raise rules.NoSuchRole(name=person.name, role=known.value, desk=desk)
    if known is Role.ADMIN:
        _check_admin_remains(person, now)
    end = _ended(row, until_on, now)
    _record("role.revoked", person_id, actor, now, desk=desk, role=known.value, until_on=end.isoformat())
    return row


@transaction.atomic
def seat(
    *, person_id: int, desk: str, queue: str, from_on: date | None = None, actor: Actor, now: datetime
) -> QueueSeat:
    """Seat a person in a queue from a day on, today when none is named; the same again changes nothing."""
    check_may(actor, Act.SEAT_PEOPLE, desk=desk)
    person = _person(person_id)
    _check_desk(desk)
    start = from_on or rules.today(now)
    row, new = QueueSeat.objects.get_or_create(
        person=person, desk=desk, queue=queue, until_on=None, defaults={"from_on": start}
    )
    if new or _begins_earlier(row, start):
        _record("person.seated", person_id, actor, now, desk=desk, queue=queue, from_on=start.isoformat())
    return row


@transaction.atomic
def unseat(
    *, person_id: int, desk: str, queue: str, until_on: date | None = None, actor: Actor, now: datetime
) -> QueueSeat:
    """End a seat on a day (out), today when none is named. Refuses `NoSuchSeat`."""
    check_may(actor, Act.SEAT_PEOPLE, desk=desk)
    person = _person(person_id)
    row: QueueSeat | None = QueueSeat.objects.filter(
        person=person, desk=desk, queue=queue, until_on=None
    ).first()
    if row is None:
        raise rules.NoSuchSeat(name=person.name, desk=desk, queue=queue)
    end = _ended(row, until_on, now)
    _record("person.unseated", person_id, actor, now, desk=desk, queue=queue, until_on=end.isoformat())
    return row


@transaction.atomic
def save_view(*, page: str, name: str, query: str, shared: bool, actor: Actor, now: datetime) -> SavedView:
    """Keep a page's filters under a name; one's own view of that page and name is overwritten."""
    if actor.id is None:
        raise rules.NotYourProfile
    called = rules.cleaned_name(name, most=80)
    rules.check_view(page, query)
    view, _ = SavedView.objects.update_or_create(
        owner_id=actor.id,
        page=page,
        name=called,
        removed_at=None,
        defaults={"query": query, "shared": shared, "saved_at": now},
    )
    _record("view.saved", view.id, actor, now, "view", page=page, shared=shared)
    return view


@transaction.atomic
def remove_view(*, view_id: int, actor: Actor, now: datetime) -> SavedView:
    """Take a view off all pages: its owner may, and an admin. Refuses `UnknownView`, `NotYourView`."""
    queries.check_removable(view_id, actor=actor)
    view = SavedView.objects.get(id=view_id)
    view.removed_at = now
    view.save(update_fields=["removed_at"])
    _record("view.removed", view.id, actor, now, "view")
    return view


def _person(person_id: int) -> Person:
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise rules.UnknownPerson(person_id=person_id)
    return person


def _check_free(email: str) -> None:
    holder = Person.objects.filter(email=email).first()
    if holder is not None:
        raise rules.EmailTaken(email=email, name=holder.name)


def _check_desk(desk: str) -> None:
    known = documents.names("desk")
    if desk != EVERY_DESK and desk not in known:
        raise rules.UnknownDesk(desk=desk, desks=", ".join(known) or "-")


def _begins_earlier(row: Membership | QueueSeat, start: date) -> bool:
    if row.from_on <= start:
        return False
    row.from_on = start
    row.save(update_fields=["from_on"])
    return True


def _ended(row: Membership | QueueSeat, until_on: date | None, now: datetime) -> date:
    """End the row; the past is not rewritten, and what has not begun never holds."""
    day = rules.today(now)
    if until_on is not None and until_on < day:
        raise Invalid("until_on", gettext_noop("A role or a seat ends today or later."))
    end = max(until_on or day, row.from_on)
    row.until_on = end
    row.save(update_fields=["until_on"])
    return end


def _switch(person: Person, active: bool) -> None:
    person.is_active = active
    person.save(update_fields=["is_active"])


def _check_admin_remains(person: Person, now: datetime) -> None:
    """Somebody else stays an admin for good. Locks the rows, so that two admins can't remove each other."""
    admins = Membership.objects.select_for_update().filter(
        role=Role.ADMIN.value, until_on__isnull=True, from_on__lte=rules.today(now)
    )
    people = [each.person_id for each in admins.order_by("id")]
    active = Person.objects.filter(id__in=people, is_active=True)
    if person.id in people and not active.exclude(id=person.id).exists():
        raise rules.LastAdmin(name=person.name)


def _record(
    kind: str, subject_id: int, actor: Actor, now: datetime, subject_kind: str = "person", **payload: Any
) -> None:
    record(
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
