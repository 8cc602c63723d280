"""Coming in, going out, and one's own settings."""

from allauth.account.views import LoginView, LogoutView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from opsdesk.cases import queries as cases
from opsdesk.kernel.actor import SYSTEM, Actor, Role
from opsdesk.people import actions as people
from opsdesk.people.models import Person
from opsdesk.web.account.forms import ChangePasswordForm, PasswordForm, ProfileForm
from opsdesk.web.account.invitations import invited
from opsdesk.web.http import Request, page, sent
from opsdesk.web.refusals import status_of, submitted

sign_in = LoginView.as_view(template_name="account/sign_in.html")
sign_out = LogoutView.as_view(template_name="account/sign_out.html")


def home(request: Request) -> HttpResponse:
    """Send everybody to where their day begins."""
    return redirect(landing(request.actor))


def landing(actor: Actor) -> str:
    """Admin: health; lead of any desk: the findings; operator and engineer: my queue; others: all cases."""
    if actor.is_admin:
        return reverse("health")
    desks = [desk.key for desk in cases.desks() if actor.roles_on(desk.key)]
    if not desks:
        return reverse("profile")
    if any(actor.leads(desk) for desk in desks):
        return reverse("findings")
    works = actor.roles_on(desks[0]) & {Role.OPERATOR, Role.ENGINEER}
    return reverse("mine" if works else "all_cases", args=[desks[0]])


@login_not_required
@never_cache
@sensitive_post_parameters()
def invitation(request: Request, number: str, token: str) -> HttpResponse:
    """Set a password by an invitation's link."""
    person = invited(number, token)
    if person is None:
        return page(request, "account/invitation_gone.html", {}, status=410)
    form = PasswordForm(sent(request))

    def act(data: dict[str, str]) -> Person:
        return people.set_password(
            person_id=person.id, password=data["password"], actor=SYSTEM, now=request.now
        )

    if submitted(form, act):
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")
    return page(request, "account/invitation.html", {"form": form, "invited": person}, status=status_of(form))


def profile(request: Request) -> HttpResponse:
    """One's own name, colours, language, zone, keys and signature."""
    person = request.person
    form = ProfileForm(
        sent(request), initial={name: getattr(person, name) for name in ProfileForm.base_fields}
    )

    def act(data: dict[str, object]) -> Person:
        return people.update_profile(person_id=person.id, actor=request.actor, now=request.now, **data)  # type: ignore[arg-type]

    if submitted(form, act):
        messages.success(request, _("Kept."))
        return redirect("profile")
    return page(request, "account/profile.html", {"form": form}, status=status_of(form))


@sensitive_post_parameters()
def change_password(request: Request) -> HttpResponse:
    """A new password for whoever knows the old one; other sessions end."""
    form = ChangePasswordForm(sent(request), person=request.person)

    def act(data: dict[str, str]) -> Person:
        return people.set_password(
            person_id=request.person.id, password=data["password"], actor=request.actor, now=request.now
        )

    if changed := submitted(form, act):
        update_session_auth_hash(request, changed)
        messages.success(request, _("The password is changed."))
        return redirect("profile")
    return page(request, "account/change_password.html", {"form": form}, status=status_of(form))


@login_not_required
def sign_up_closed(request: Request) -> HttpResponse:
    """Nobody signs up: people are invited."""
    return page(request, "account/inactive.html", {"closed": True}, status=403)


@login_not_required
def inactive(request: Request) -> HttpResponse:
    """The page of somebody who was deactivated."""
    return page(request, "account/inactive.html", {"closed": False}, status=403)


def keys(request: Request) -> HttpResponse:
    """All keys on one page."""
    return page(request, "account/keys.html#table" if request.htmx else "account/keys.html", {})
