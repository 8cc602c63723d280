"""What an admin does with mailboxes."""

from dataclasses import asdict
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.cases import queries as cases
from opsdesk.kernel.refusal import Refusal
from opsdesk.mailboxes import actions, changing, checking, queries
from opsdesk.mailboxes.actions import Draft
from opsdesk.mailboxes.models import Mailbox
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.mailboxes.forms import AddForm, ChangeForm, SecretForm, YesForm
from opsdesk.web.mailboxes.views import check_admin
from opsdesk.web.refusals import message_of, status_of, submitted


def add(request: Request) -> HttpResponse:
    """Set a mailbox up."""
    check_admin(request)
    form = AddForm(sent(request), desks=cases.mail_desks())

    def act(data: dict[str, Any]) -> Mailbox:
        return actions.add(_draft(data, request.now), actor=request.actor, now=request.now)

    if added := submitted(form, act):
        messages.success(request, _("The mailbox is set up. The worker reads it in a moment."))
        return go(request, reverse("mailbox", args=[added.id]))
    return page(request, "mailboxes/add.html", {"form": form}, status=status_of(form))


def change(request: Request, mailbox_id: int) -> HttpResponse:
    """Mend what was typed."""
    check_admin(request)
    before = changing.as_set_up(mailbox_id)
    form = ChangeForm(sent(request), desks=cases.mail_desks(), initial=asdict(before) | {"start": "keep"})

    def act(data: dict[str, Any]) -> bool:
        wanted = _draft({"key": before.key, **data}, request.now, keep=before.start_at)
        changing.change(mailbox_id=mailbox_id, wanted=wanted, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        return _done(request, mailbox_id, _("Kept. It is tried at once."))
    title, button = _("Change %(key)s"), _("Keep it")
    intro = _("Another server or account is read from its first mail; what is known already opens nothing.")
    return _ask(request, mailbox_id, "change_mailbox", title, button, form, intro=intro)


def remove(request: Request, mailbox_id: int) -> HttpResponse:
    """Take away one that never took a mail in, after asking."""
    check_admin(request)
    form = YesForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        changing.remove(mailbox_id=mailbox_id, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        messages.success(request, _("The mailbox is removed."))
        return go(request, reverse("mailboxes"))
    intro = _("No mail was taken in by it, so nothing is lost, and its name is free again.")
    title, button = _("Remove %(key)s?"), _("Remove it")
    return _ask(request, mailbox_id, "remove_mailbox", title, button, form, intro=intro, danger=True)


def _draft(data: dict[str, Any], now: datetime, *, keep: datetime | None = None) -> Draft:
    starts = {"now": now, "all": None, "keep": keep}
    chosen, day = data.pop("start"), data.pop("from_date")
    if chosen == "day":
        zone = cases.desk(data["desk"]).zone
        starts["day"] = datetime.combine(day, time.min, zone)
    return Draft(start_at=starts[chosen], **data)


@require_POST
def try_out(request: Request, mailbox_id: int) -> HttpResponse:
    """Sign in and open the folder; say how it went."""
    check_admin(request)
    tried = checking.try_out(mailbox_id)
    if tried.problem:
        messages.error(request, f"{tried.problem} {tried.remedy} {tried.detail}")
    else:
        messages.success(request, _("It opens: %(n)s mails lie there.") % {"n": tried.mails})
    return go(request, reverse("mailbox", args=[mailbox_id]))


def secret(request: Request, mailbox_id: int) -> HttpResponse:
    """Another password."""
    check_admin(request)
    form = SecretForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        actions.authorise(mailbox_id=mailbox_id, secret=data["secret"], actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        return _done(request, mailbox_id, _("The new password is kept, and tried at once."))
    title, button = _("A new password for %(key)s"), _("Keep it")
    return _ask(request, mailbox_id, "mailbox_secret", title, button, form)


def switch_off(request: Request, mailbox_id: int) -> HttpResponse:
    """Read it no more, after asking."""
    check_admin(request)
    form = YesForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        actions.switch_off(mailbox_id=mailbox_id, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        return _done(request, mailbox_id, _("It is read no more."))
    intro = _("Mail stays on the server and is fetched when it is switched on again; meanwhile it waits.")
    title, button = _("Switch %(key)s off?"), _("Switch it off")
    return _ask(request, mailbox_id, "mailbox_off", title, button, form, intro=intro, danger=True)


def switch_on(request: Request, mailbox_id: int) -> HttpResponse:
    """Read it on from where it was, after asking."""
    check_admin(request)
    form = YesForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        actions.switch_on(mailbox_id=mailbox_id, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        return _done(request, mailbox_id, _("It is read on from where it was."))
    intro = _("All that came meanwhile is fetched, and was opened when it reached the server.")
    title, button = _("Switch %(key)s on?"), _("Switch it on")
    return _ask(request, mailbox_id, "mailbox_on", title, button, form, intro=intro)


@require_POST
def reconcile(request: Request, mailbox_id: int) -> HttpResponse:
    """Have it compared by its reader."""
    try:
        actions.ask_to_reconcile(mailbox_id=mailbox_id, actor=request.actor, now=request.now)
        messages.success(request, _("It is compared as soon as its reader can, usually within seconds."))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, reverse("mailbox", args=[mailbox_id]))


def _ask(
    request: Request,
    mailbox_id: int,
    name: str,
    title: str,
    button: str,
    form: Any,
    *,
    intro: str = "",
    danger: bool = False,
) -> HttpResponse:
    row = queries.mailbox(mailbox_id, request.now)
    action, back = reverse(name, args=[mailbox_id]), reverse("mailbox", args=[mailbox_id])
    titled = title % {"key": row.key}
    return show(request, Dialog(titled, action, button, back, form, intro=intro, danger=danger))


def _done(request: Request, mailbox_id: int, text: str) -> HttpResponse:
    messages.success(request, text)
    return go(request, reverse("mailbox", args=[mailbox_id]))
