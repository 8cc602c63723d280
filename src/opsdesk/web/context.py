"""What base.html needs: the moment, the person's settings, and the way to every page."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition, QueueDef
from opsdesk.cases.lists import Badge, Badges, badges
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.deals.ground import DISPUTES
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, may
from opsdesk.people.models import Person
from opsdesk.web.labels import ROLES, shipped
from opsdesk.web.moments import Moments
from opsdesk.web.numbers.building import building


@dataclass(frozen=True, slots=True)
class NavQueue:
    """A queue in the navigation. `open` and `waiting` count its cases; `sits` says it is one's own."""

    name: str
    address: str
    tier: int
    open: int
    waiting: int
    sits: bool
    last_resort: bool
    here: bool


@dataclass(frozen=True, slots=True)
class NavDesk:
    """A desk in the navigation. `new_request` is empty for who may not write one down.

    `pages` are those that only this desk has.
    """

    name: str
    mine: str
    mine_open: int
    all: str
    new_request: str
    funnel: str
    definition: str
    queues: tuple[NavQueue, ...]
    pages: "tuple[NavPage, ...]" = ()


@dataclass(frozen=True, slots=True)
class NavPage:
    """A page of the house, or of one desk, in the navigation."""

    name: str
    address: str
    here: bool


def page(request: HttpRequest) -> dict[str, object]:
    """The context every template has. `nav` asks the database only when a whole page draws it."""
    now: datetime | None = getattr(request, "now", None)
    actor: Actor | None = getattr(request, "actor", None)
    person: Person | None = getattr(request, "person", None)
    known: dict[str, object] = {
        "now": now,
        "moments": Moments(now) if now else None,
        "actor": actor,
        "person": person,
        "theme": Person.Theme.SYSTEM,
        "keys_on": False,
        "nav": (),
        "house": (),
        "building": None,
    }
    if actor is None or person is None:
        return known
    return known | {
        "theme": person.theme,
        "keys_on": person.keys_on,
        "roles": ", ".join(sorted({str(ROLES[grant.role]) for grant in actor.grants})),
        "nav": SimpleLazyObject(lambda: navigation(actor, person, request.path)),
        "house": SimpleLazyObject(lambda: house(actor, request.path)),
        "building": SimpleLazyObject(lambda: building(now) if now else None),
    }


def navigation(actor: Actor, person: Person, path: str) -> tuple[NavDesk, ...]:
    """The desks the person has a role on, with their queues and counts."""
    desks = [desk for desk in cases.desks() if actor.roles_on(desk.key)]
    return tuple(_desk(desk, badges(desk.key, person_id=person.id), actor, path) for desk in desks)


def house(actor: Actor, path: str) -> tuple[NavPage, ...]:
    """The pages that belong to no desk; an admin's own among them."""
    mailboxes = ((_("Mailboxes"), reverse("mailboxes")),) if actor.is_admin else ()
    webhooks = ((_("Webhooks"), reverse("webhooks")),) if actor.is_admin else ()
    tokens = ((_("Tokens"), reverse("tokens")),) if actor.is_admin else ()
    brings = any(may(actor, Act.BRING_HISTORY, desk=desk.key) for desk in cases.desks())
    imports = ((_("Imports"), reverse("imports")),) if brings else ()
    reads_mail = any(may(actor, Act.READ, desk=desk.key) for desk in cases.mail_desks())
    mail = ((_("Intake"), reverse("ledger")), (_("Letters"), reverse("letters"))) if reads_mail else ()
    pages = (
        (_("Findings"), reverse("findings")),
        (_("Questions"), reverse("questions")),
        *mail,
        *imports,
        *mailboxes,
        *webhooks,
        *tokens,
        (_("Accounts"), reverse("accounts")),
        (_("People"), reverse("people")),
        (_("Calendars"), reverse("calendars")),
        (_("Health"), reverse("health")),
    )
    return tuple(NavPage(name, address, path.startswith(address)) for name, address in pages)


def _desk(desk: DeskDefinition, counts: Badges, actor: Actor, path: str) -> NavDesk:
    if desk.key == DEALS:
        return _deals(desk, counts, actor, path)
    writes = may(actor, Act.HANDLE_MAIL, desk=desk.key)
    return NavDesk(
        name=shipped(desk.name),
        mine=reverse("mine", args=[desk.key]),
        mine_open=counts.mine,
        all=reverse("all_cases", args=[desk.key]),
        new_request=reverse("new_request", args=[desk.key]) if writes else "",
        funnel=reverse("funnel", args=[desk.key]),
        definition=reverse("desk", args=[desk.key]),
        queues=tuple(_queue(desk, queue, counts, actor, path) for queue in desk.queues),
        pages=(
            NavPage(_("Numbers"), numbers := reverse("flow", args=[desk.key]), path.startswith(numbers)),
            *((_reviews(desk, path), _digests(desk, path)) if desk.takes_mail else ()),
        ),
    )


def _deals(desk: DeskDefinition, counts: Badges, actor: Actor, path: str) -> NavDesk:
    """The deals desk: its disputes are a list of their own, and nobody writes down a request there."""
    pages = (
        (_("Numbers"), reverse("dashboards")),
        (_("Deals"), reverse("deals")),
        (_("Scopes"), reverse("scopes")),
        (_("Incidents"), reverse("incidents")),
        (_("Playbooks"), reverse("playbooks")),
    )
    return NavDesk(
        name=shipped(desk.name),
        mine=reverse("mine", args=[desk.key]),
        mine_open=counts.mine,
        all=reverse("all_cases", args=[desk.key]),
        new_request="",
        funnel="",
        definition=reverse("desk", args=[desk.key]),
        queues=tuple(_queue(desk, queue, counts, actor, path) for queue in desk.queues),
        pages=(
            *(NavPage(name, address, path.startswith(address)) for name, address in pages),
            _reviews(desk, path),
            _digests(desk, path),
        ),
    )


def _reviews(desk: DeskDefinition, path: str) -> NavPage:
    address = reverse("reviews", args=[desk.key])
    return NavPage(_("Reviews"), address, path.startswith(address))


def _digests(desk: DeskDefinition, path: str) -> NavPage:
    address = reverse("digests", args=[desk.key])
    return NavPage(_("Digests"), address, path.startswith(address))


def _queue(desk: DeskDefinition, queue: QueueDef, counts: Badges, actor: Actor, path: str) -> NavQueue:
    badge = counts.queues.get(queue.key, Badge())
    own_list = desk.key == DEALS and queue.key == DISPUTES
    address = reverse("disputes") if own_list else reverse("queue", args=[desk.key, queue.key])
    return NavQueue(
        name=shipped(queue.name),
        address=address,
        tier=queue.tier,
        open=badge.open,
        waiting=badge.waiting,
        sits=actor.sits_in(desk.key, queue.key),
        last_resort=queue.last_resort,
        here=path == address,
    )
