"""What an admin does with webhooks."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from opsdesk.deals import overview
from opsdesk.kernel.refusal import Refusal
from opsdesk.links import actions, deliveries, queries
from opsdesk.links.actions import Draft
from opsdesk.links.models import Endpoint
from opsdesk.links.queries import EndpointRow
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, back_address, go, page, sent, wants_fragment
from opsdesk.web.once import shown_once
from opsdesk.web.refusals import message_of, submitted
from opsdesk.web.webhooks.forms import EndpointForm, ReplayForm, RotateForm, YesForm
from opsdesk.web.webhooks.views import check_admin


def add(request: Request) -> HttpResponse:
    """A new endpoint; its secret is shown in the answer and never again."""
    check_admin(request)
    form = EndpointForm(sent(request), scopes=overview.keys())

    def act(data: dict[str, Any]) -> tuple[Endpoint, str]:
        return actions.add(_draft(data), actor=request.actor, now=request.now)

    if added := submitted(form, act):
        return _show_secret(request, *added)
    title, button, back = _("A new endpoint"), _("Add it"), reverse("webhooks")
    intro = _("It is told what happens from now on. Its secret is shown once, on the next page.")
    dialog = Dialog(title, reverse("add_webhook"), button, back, form, intro=intro, draft="webhook")
    return show(request, dialog)


def change(request: Request, endpoint_id: int) -> HttpResponse:
    """Another name, address or choice."""
    check_admin(request)
    row = queries.endpoint(endpoint_id, request.now)
    initial = {"name": row.name, "url": row.url, "kinds": row.kinds, "scopes": row.scopes}
    scopes = sorted({*overview.keys(), *row.scopes})
    form = EndpointForm(sent(request), initial=initial, scopes=scopes)

    def act(data: dict[str, Any]) -> Endpoint:
        return actions.change(endpoint_id, _draft(data), actor=request.actor, now=request.now)

    if submitted(form, act):
        return _done(request, endpoint_id, _("It is kept."))
    return _ask(request, row, "change_webhook", _("Change %(name)s"), _("Keep it"), form)


def rotate(request: Request, endpoint_id: int) -> HttpResponse:
    """A new secret, shown in the answer and never again."""
    check_admin(request)
    form = RotateForm(sent(request))

    def act(data: dict[str, Any]) -> tuple[Endpoint, str]:
        return actions.rotate(endpoint_id, at_once=data["at_once"], actor=request.actor, now=request.now)

    if rotated := submitted(form, act):
        return _show_secret(request, *rotated)
    row = queries.endpoint(endpoint_id, request.now)
    intro = _(
        "For 24 hours both secrets sign, so that the receiver can change over without missing anything."
    )
    title, button = _("A new secret for %(name)s"), _("Make it")
    return _ask(request, row, "webhook_secret", title, button, form, intro=intro)


def switch_off(request: Request, endpoint_id: int) -> HttpResponse:
    """Tell it nothing for a while, after asking."""
    intro = _("What waits and what happens meanwhile is kept, and sent when it is switched on again.")
    return _yes(
        request,
        endpoint_id,
        "webhook_off",
        actions.switch_off,
        words=(_("Switch %(name)s off?"), _("Switch it off"), intro, _("It is told nothing.")),
        danger=True,
    )


def switch_on(request: Request, endpoint_id: int) -> HttpResponse:
    """Tell it on, after asking."""
    intro = _("What was kept meanwhile is sent first.")
    words = (_("Switch %(name)s on?"), _("Switch it on"), intro, _("It is told on."))
    return _yes(request, endpoint_id, "webhook_on", actions.switch_on, words=words)


def remove(request: Request, endpoint_id: int) -> HttpResponse:
    """Never tell it anything again, after asking."""
    intro = _("What waits for it is dropped and its secret forgotten. What was sent stays on record.")
    words = (_("Remove %(name)s?"), _("Remove it"), intro, _("It is removed."))
    return _yes(
        request, endpoint_id, "remove_webhook", actions.remove, words=words, danger=True, to="webhooks"
    )


@require_POST
def send_test(request: Request, endpoint_id: int) -> HttpResponse:
    """Send an event that tells nothing; its page shows what comes of it."""
    try:
        delivery = actions.send_test(endpoint_id, actor=request.actor, now=request.now)
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
        return go(request, reverse("webhooks"))
    messages.success(request, _("A test is on its way. This page shows what comes of it."))
    return go(request, reverse("delivery", args=[delivery.id]))


def replay_all(request: Request, endpoint_id: int) -> HttpResponse:
    """Send again all that lies here."""
    check_admin(request)
    form = ReplayForm(sent(request))

    def act(data: dict[str, Any]) -> int:
        by: dict[str, Any] = {"actor": request.actor, "now": request.now}
        return deliveries.replay_all(endpoint_id, states=data["states"], **by)

    if number := submitted(form, act):
        told = ngettext("%(n)d event is sent again.", "%(n)d events are sent again.", number)
        return _done(request, endpoint_id, told % {"n": number})
    row = queries.endpoint(endpoint_id, request.now)
    intro = _("Each goes out under the id it had, so a receiver that has it knows it.")
    title, button = _("Send again to %(name)s?"), _("Send again")
    return _ask(request, row, "replay_webhook", title, button, form, intro=intro)


def drop(request: Request, endpoint_id: int) -> HttpResponse:
    """Send nothing of what waits or is held, after asking."""
    intro = _("Nothing of what waits, fails or is held goes out by itself. It can be sent again later.")
    words = (_("Drop what waits for %(name)s?"), _("Drop it"), intro, _("It is dropped."))
    return _yes(request, endpoint_id, "drop_webhook", deliveries.drop_waiting, words=words, danger=True)


@require_POST
def replay(request: Request, delivery_id: int) -> HttpResponse:
    """Send one again."""
    try:
        deliveries.replay(delivery_id, actor=request.actor, now=request.now)
        messages.success(request, _("It is sent again, under the same id."))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, back_address(request, reverse("webhooks")))


def _draft(data: dict[str, Any]) -> Draft:
    return Draft(data["name"], data["url"], tuple(data["kinds"]), tuple(data["scopes"]))


def _show_secret(request: Request, endpoint: Endpoint, secret: str) -> HttpResponse:
    template = "webhooks/secret.html#secret" if wants_fragment(request) else "webhooks/secret.html"
    shown = page(request, template, {"endpoint": endpoint, "secret": secret})
    shown["Cache-Control"] = "no-store"
    return shown_once(shown, after=reverse("webhook", args=[endpoint.id]))


def _yes(
    request: Request,
    endpoint_id: int,
    name: str,
    verb: Callable[..., object],
    *,
    words: tuple[str, str, str, str],
    danger: bool = False,
    to: str = "",
) -> HttpResponse:
    """Ask, then do it. `words`: title, button, what it means, and what is said afterwards."""
    check_admin(request)
    form = YesForm(sent(request))
    title, button, intro, done = words

    def act(data: dict[str, Any]) -> bool:
        verb(endpoint_id, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        return _done(request, endpoint_id, done, to=to)
    row = queries.endpoint(endpoint_id, request.now)
    return _ask(request, row, name, title, button, form, intro=intro, danger=danger)


def _ask(
    request: Request,
    row: EndpointRow,
    name: str,
    title: str,
    button: str,
    form: BaseForm,
    *,
    intro: str = "",
    danger: bool = False,
) -> HttpResponse:
    action, back = reverse(name, args=[row.id]), reverse("webhook", args=[row.id])
    titled = title % {"name": row.name}
    return show(request, Dialog(titled, action, button, back, form, intro=intro, danger=danger))


def _done(request: Request, endpoint_id: int, text: str, *, to: str = "") -> HttpResponse:
    messages.success(request, text)
    return go(request, reverse(to) if to else reverse("webhook", args=[endpoint_id]))
