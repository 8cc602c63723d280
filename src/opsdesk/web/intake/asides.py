"""Setting the picked mails of the ledger aside: asked on GET, done on POST, told mail by mail."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import asides
from opsdesk.mail.asides import Aside
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, page, sent, wants_fragment, with_query
from opsdesk.web.intake.desks import readable_desk
from opsdesk.web.intake.forms import SetAsideManyForm
from opsdesk.web.refusals import message_of

NAMED = 12


def set_aside_many(request: Request) -> HttpResponse:
    """One reason for all of them."""
    desk = readable_desk(request)
    check_may(request.actor, Act.SET_ASIDE_IN_BULK, desk=desk.key)
    source = request.POST if request.method == "POST" else request.GET
    numbers = [text for text in source.getlist("arrival") if text.isdecimal() and len(text) < 19]
    picked = [int(text) for text in numbers][: SetAsideManyForm.MOST]
    form = SetAsideManyForm(sent(request), picked=picked)
    back = with_query(reverse("ledger"), outcome="quarantined", desk=request.GET.get("desk", ""))
    if form.is_bound and form.is_valid():
        reason, chosen = form.cleaned_data["reason"], form.cleaned_data["arrival"]
        found = asides.set_aside_many(chosen, reason=reason, actor=request.actor, now=request.now)
        return _told(request, found, back)
    named = ", ".join(str(number) for number in picked[:NAMED]) + (" …" if len(picked) > NAMED else "")
    intro = ngettext(
        "%(n)d mail picked: arrival %(numbers)s. It opens nothing, and can be run again later.",
        "%(n)d mails picked: arrivals %(numbers)s. They open nothing, and can be run again later.",
        len(picked),
    ) % {"n": len(picked), "numbers": named}
    title = _("Set these mails aside")
    action = with_query(reverse("set_aside_many"), desk=request.GET.get("desk", ""))
    return show(request, Dialog(title, action, _("Set them aside"), back, form, intro=intro, danger=True))


def _told(request: Request, found: tuple[Aside, ...], back: str) -> HttpResponse:
    done = sum(one.refusal is None for one in found)
    context = {
        "results": [(one.arrival_id, message_of(one.refusal) if one.refusal else "") for one in found],
        "done": done,
        "title": ngettext("%(n)d mail is set aside", "%(n)d mails are set aside", done) % {"n": done},
        "back": back,
    }
    template = "intake/asides.html#results" if wants_fragment(request) else "intake/asides.html"
    return page(request, template, context)
