"""Who works here: the list, one person, invitations, roles, seats, and the way out."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.kernel.actor import EVERY_DESK, Role
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.people import actions, queries
from opsdesk.people.models import Person
from opsdesk.people.queries import PersonRow
from opsdesk.web.account.invitations import invitation_path
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.once import shown_once
from opsdesk.web.people.forms import ConfirmForm, EndForm, GrantForm, InviteForm, SeatForm
from opsdesk.web.people.sheet import sheet
from opsdesk.web.refusals import submitted


def people(request: Request) -> HttpResponseBase:
    """Everybody with roles and seats."""
    rows = queries.people(request.now)
    if (file := sheet_file(request, sheet(rows))) is not None:
        return file
    return page(
        request, "people/people.html", {"rows": rows, "manages": _manages(request), "desks": cases.desks()}
    )


def person(request: Request, person_id: int) -> HttpResponse:
    """One person: what they may do, where they sit."""
    row = queries.person(person_id, request.now)
    seats = any(may(request.actor, Act.SEAT_PEOPLE, desk=desk.key) for desk in cases.desks())
    return page(request, "people/person.html", {"row": row, "manages": _manages(request), "seats": seats})


def invite(request: Request) -> HttpResponse:
    """Add a person, and show the link that lets them in, once."""
    check_may(request.actor, Act.MANAGE_PEOPLE, desk=EVERY_DESK)
    form = InviteForm(sent(request), desks=cases.desks())

    def act(data: dict[str, Any]) -> Person:
        return _invited(request, data)

    if invited := submitted(form, act):
        return _show_link(request, invited)
    return show(
        request,
        Dialog(
            title=_("Invite a person"),
            action=reverse("invite_person"),
            button=_("Invite"),
            back=reverse("people"),
            form=form,
            intro=_("You get a link to hand on. It works once, for three days."),
        ),
    )


@transaction.atomic
def _invited(request: Request, data: dict[str, Any]) -> Person:
    """The person with the first role and seats, or none of it."""
    by: dict[str, Any] = {"actor": request.actor, "now": request.now}
    desk = EVERY_DESK if data["role"] == Role.ADMIN else data["desk"]
    invited = actions.invite(email=data["email"], name=data["name"], **by)
    actions.grant(person_id=invited.id, desk=desk, role=data["role"], **by)
    for place in data["queues"]:
        seat_desk, _slash, queue = place.partition("/")
        actions.seat(person_id=invited.id, desk=seat_desk, queue=queue, **by)
    return invited


def _show_link(request: Request, invited: Person) -> HttpResponse:
    link = request.build_absolute_uri(invitation_path(invited))
    template = "people/link.html#link" if request.htmx else "people/link.html"
    shown = page(request, template, {"invited": invited, "link": link})
    return shown_once(shown, after=reverse("person", args=[invited.id]))


def link(request: Request, person_id: int) -> HttpResponse:
    """A new link for somebody who has none or lost the password."""
    check_may(request.actor, Act.MANAGE_PEOPLE, desk=EVERY_DESK)
    row = queries.person(person_id, request.now)
    if request.method == "POST" and row.active:
        return _show_link(request, Person.objects.get(id=person_id))
    intro = _("With it the person sets a new password. Hand it on yourself; it works once, for three days.")
    return _confirm(request, row, "person_link", _("A new link for %(name)s"), _("Make the link"), intro)


def role(request: Request, person_id: int) -> HttpResponse:
    """Give a role."""
    row = queries.person(person_id, request.now)
    form = GrantForm(sent(request), desks=cases.desks())

    def act(data: dict[str, Any]) -> object:
        return actions.grant(person_id=person_id, actor=request.actor, now=request.now, **data)

    if submitted(form, act):
        return _done(request, row, _("%(name)s has the role."))
    return _ask(request, row, "person_role", _("A role for %(name)s"), _("Give it"), form)


def role_end(request: Request, person_id: int, desk: str, role: str) -> HttpResponse:
    """Take a role away from a day on."""
    row = queries.person(person_id, request.now)
    form = EndForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return actions.revoke(
            person_id=person_id, desk=desk, role=role, actor=request.actor, now=request.now, **data
        )

    if submitted(form, act):
        return _done(request, row, _("The role of %(name)s ends."))
    action = reverse("person_role_end", args=[person_id, desk, role])
    return _ask(request, row, action, _("End a role of %(name)s?"), _("End it"), form, danger=True)


def seat(request: Request, person_id: int) -> HttpResponse:
    """Seat a person in a queue."""
    row = queries.person(person_id, request.now)
    form = SeatForm(sent(request), desks=cases.desks())

    def act(data: dict[str, Any]) -> object:
        desk, _slash, queue = data["queue"].partition("/")
        by: dict[str, Any] = {"actor": request.actor, "now": request.now}
        return actions.seat(person_id=person_id, desk=desk, queue=queue, from_on=data["from_on"], **by)

    if submitted(form, act):
        return _done(request, row, _("%(name)s has the seat."))
    return _ask(request, row, "person_seat", _("A seat for %(name)s"), _("Seat"), form)


def seat_end(request: Request, person_id: int, desk: str, queue: str) -> HttpResponse:
    """End a seat on a day."""
    row = queries.person(person_id, request.now)
    form = EndForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return actions.unseat(
            person_id=person_id, desk=desk, queue=queue, actor=request.actor, now=request.now, **data
        )

    if submitted(form, act):
        return _done(request, row, _("The seat of %(name)s ends."))
    action = reverse("person_seat_end", args=[person_id, desk, queue])
    return _ask(request, row, action, _("End a seat of %(name)s?"), _("End it"), form, danger=True)


def deactivate(request: Request, person_id: int) -> HttpResponse:
    """End somebody's access at once, after asking."""
    row = queries.person(person_id, request.now)
    intro = _(
        "The person is out with the next click. What they did stays; cases assigned to them stay assigned."
    )
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return actions.deactivate(person_id=person_id, actor=request.actor, now=request.now)

    if submitted(form, act):
        return _done(request, row, _("%(name)s can’t sign in any more."))
    title, button = _("End the access of %(name)s?"), _("End the access")
    return _ask(request, row, "person_deactivate", title, button, form, danger=True, intro=intro)


def reactivate(request: Request, person_id: int) -> HttpResponse:
    """Let somebody in again, after asking."""
    row = queries.person(person_id, request.now)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return actions.reactivate(person_id=person_id, actor=request.actor, now=request.now)

    if submitted(form, act):
        return _done(request, row, _("%(name)s can sign in again."))
    return _ask(request, row, "person_reactivate", _("Let %(name)s in again?"), _("Let in"), form)


def _manages(request: Request) -> bool:
    return may(request.actor, Act.MANAGE_PEOPLE, desk=EVERY_DESK)


def _confirm(
    request: Request, row: PersonRow, name: str, title: str, button: str, intro: str
) -> HttpResponse:
    return _ask(request, row, name, title, button, ConfirmForm(), intro=intro)


def _ask(
    request: Request,
    row: PersonRow,
    name: str,
    title: str,
    button: str,
    form: Any,
    *,
    danger: bool = False,
    intro: str = "",
) -> HttpResponse:
    """A dialog about a person; `name` is an address or the name of one."""
    action = name if name.startswith("/") else reverse(name, args=[row.id])
    back = reverse("person", args=[row.id])
    titled = title % {"name": row.name}
    return show(request, Dialog(titled, action, button, back, form, intro=intro, danger=danger))


def _done(request: Request, row: PersonRow, text: str) -> HttpResponse:
    messages.success(request, text % {"name": row.name})
    return go(request, reverse("person", args=[row.id]))
