"""What a person's record may hold, and the refusals of this room. Pure."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from opsdesk.kernel.actor import EVERY_DESK, Actor, ActorKind, Role
from opsdesk.kernel.permissions import Act, NotAnAdmin, may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop

LONGEST_SIGNATURE = 2_000


class NotYourProfile(Refusal):
    message = gettext_noop("This is somebody else's to change.")


class UnknownPerson(Refusal):
    message = gettext_noop("There is no person number %(person_id)s.")


class UnknownRole(Refusal):
    message = gettext_noop("There is no role “%(role)s”. Roles are %(roles)s.")


class UnknownDesk(Refusal):
    message = gettext_noop("There is no desk “%(desk)s”. Desks are %(desks)s.")


class AdminIsEverywhere(Refusal):
    message = gettext_noop("An admin is one on every desk: give the role on “*”.")


class EmailTaken(Refusal):
    message = gettext_noop("%(email)s is the address of %(name)s already.")


class LastAdmin(Refusal):
    message = gettext_noop("%(name)s is the last admin. Make somebody else an admin first.")


class NoSuchRole(Refusal):
    message = gettext_noop("%(name)s doesn't have the role %(role)s on the %(desk)s desk.")


class NoSuchSeat(Refusal):
    message = gettext_noop("%(name)s doesn't sit in %(queue)s of the %(desk)s desk.")


class UnknownView(Refusal):
    message = gettext_noop("That saved view is gone.")


class NotYourView(NotAnAdmin):
    message = gettext_noop("This view is somebody else's: only they or an admin may take it away.")


def today(now: datetime) -> date:
    """The day on which roles and seats are looked at: the UTC date."""
    return now.astimezone(UTC).date()


def known_role(role: str) -> Role:
    """The role of that code, or `UnknownRole`."""
    try:
        return Role(role)
    except ValueError:
        raise UnknownRole(role=role, roles=", ".join(Role)) from None


def check_role_fits(role: Role, desk: str) -> None:
    """An admin is one everywhere; the other roles may be given on one desk or on all."""
    if role is Role.ADMIN and desk != EVERY_DESK:
        raise AdminIsEverywhere


def check_admin(actor: Actor, act: Act) -> None:
    """The right must hold on every desk."""
    if not may(actor, act, desk=EVERY_DESK):
        raise NotAnAdmin(act=act.value)


def check_removes_view(actor: Actor, owner_id: int, *, shared: bool) -> None:
    """One's own view; an admin takes any away. To anybody else a view that is not shared is not there."""
    if actor.id != owner_id and not may(actor, Act.MANAGE_PEOPLE, desk=EVERY_DESK):
        raise NotYourView(act=Act.MANAGE_PEOPLE.value) if shared else UnknownView


def check_self(actor: Actor, person_id: int) -> None:
    """A person's own things are theirs; the installation's commands may set them up."""
    if actor.kind is not ActorKind.SYSTEM and actor.id != person_id:
        raise NotYourProfile


def cleaned_email(email: str) -> str:
    """The address as it is stored: trimmed, lower case. `Invalid` when it is none."""
    cleaned = email.strip().lower()
    try:
        validate_email(cleaned)
    except ValidationError:
        raise Invalid("email", gettext_noop("Write an e-mail address such as ann@example.com.")) from None
    if len(cleaned) > 254:
        raise Invalid("email", gettext_noop("An e-mail address has at most 254 characters."))
    return cleaned


def cleaned_name(name: str, *, most: int = 120) -> str:
    """One line without spaces around it. `Invalid` when nothing is left or it is too long."""
    cleaned = " ".join(name.replace("\x00", "").split())
    if not cleaned:
        raise Invalid("name", gettext_noop("Write a name."))
    if len(cleaned) > most:
        raise Invalid("name", gettext_noop("That name is too long."))
    return cleaned


def cleaned_signature(text: str) -> str:
    """The lines without what surrounds them; a delimiter on top is left out, each answer gets its own."""
    lines = [line.rstrip() for line in text.replace("\x00", "").splitlines()]
    cleaned = "\n".join(lines).strip("\n")
    cleaned = cleaned.removeprefix("--\n").strip("\n")
    if len(cleaned) > LONGEST_SIGNATURE:
        raise Invalid("signature", gettext_noop("A signature has at most 2,000 letters."))
    return cleaned


def check_view(page: str, query: str) -> None:
    """`page` is a page's code, `query` what stands after the `?` of its address."""
    if not page or len(page) > 40:
        raise Invalid("page", gettext_noop("There is no such page."))
    if len(query) > 4000 or query.startswith("?") or any(ord(each) < 33 for each in query):
        raise Invalid("query", gettext_noop("These filters can't be kept."))


def check_zone(zone: str) -> None:
    if zone not in _zones():
        raise Invalid("zone", gettext_noop("Choose a time zone such as Asia/Seoul."))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
