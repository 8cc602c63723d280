"""Ruling on a dispute: choose the outcome, say why, look at what it does with the money, confirm."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals.refusals import SecondLookNeeded
from opsdesk.disputes import rulings as room
from opsdesk.disputes.card import RulingRow
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.deals import amounts, labels
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.disputes.look import Look, look_at
from opsdesk.web.disputes.ruling_form import CONFIRM, LOOK, RulingForm, Summary
from opsdesk.web.http import Request, go, sent
from opsdesk.web.refusals import message_of, put_on


def ruling(request: Request, dispute_id: int) -> HttpResponse:
    """The dialog on GET; on POST `step` says how far: `look` shows the summary, `confirm` rules."""
    look = look_at(request, dispute_id)
    form = RulingForm(sent(request), look=look)
    if not form.is_bound:
        look.check_may_rule()
    if form.is_bound and look.ruling is not None and look.ruling.by_id == request.actor.id:
        return _ruled_before(request, look, look.ruling)
    if not form.is_bound or not form.is_valid():
        return _form(request, look, form)
    try:
        look.check_may_rule()
        summary = form.summary()
        step = request.POST.get("step", LOOK)
        if step == CONFIRM and look.looks_again and not form.cleaned_data["looked_again"]:
            form.add_error("looked_again", message_of(SecondLookNeeded()))
            step = LOOK
        if step == CONFIRM:
            return _ruled(request, look, form)
        return _summary(request, look, form, summary) if step == LOOK else _again(request, look)
    except Refusal as refusal:
        return _refused(request, dispute_id, form, refusal)


def _ruled(request: Request, look: Look, form: RulingForm) -> HttpResponse:
    done = room.rule(
        dispute_id=look.dispute.id,
        choice=form.choice(),
        actor=request.actor,
        now=request.now,
        seen_version=form.cleaned_data["seen_version"],
    )
    told = _("Ruled: %(outcome)s. %(buyer)s to the buyer, %(seller)s to the seller.") % {
        "outcome": labels.word(labels.OUTCOMES, done.outcome),
        "buyer": amounts.written(look.money(done.to_buyer_minor)),
        "seller": amounts.written(look.money(done.to_seller_minor)),
    }
    messages.success(request, told)
    return go(request, reverse("dispute", args=[look.dispute.id]))


def _ruled_before(request: Request, look: Look, done: RulingRow) -> HttpResponse:
    """One's own ruling, confirmed once more: what came of it stands on the page, with the way to the next."""
    told = _("You have ruled this already: %(outcome)s. Nothing was paid twice.")
    messages.info(request, told % {"outcome": labels.word(labels.OUTCOMES, done.outcome)})
    return go(request, reverse("dispute", args=[look.dispute.id]))


def _refused(request: Request, dispute_id: int, form: RulingForm, refusal: Refusal) -> HttpResponse:
    """The same form with what was typed and what happened; the next try counts from what is there now."""
    put_on(form, refusal)
    look = look_at(request, dispute_id)
    form.now_seen(look.deal.version)
    return _form(request, look, form)


def _again(request: Request, look: Look) -> HttpResponse:
    """Back from the summary to the form, filled in as it was."""
    data = {name: request.POST.get(name, "") for name in RulingForm.base_fields}
    return _form(request, look, RulingForm(look=look, initial=data))


def _form(request: Request, look: Look, form: RulingForm) -> HttpResponse:
    dialog = Dialog(
        title=_("Rule on dispute %(id)s") % {"id": look.dispute.id},
        action=reverse("dispute_ruling", args=[look.dispute.id]),
        button=_("Look at the result"),
        back=reverse("dispute", args=[look.dispute.id]),
        form=form,
        fields="disputes/ruling_fields.html",
        buttons="disputes/ruling_buttons.html" if look.options else "",
        draft=f"ruling:{look.dispute.id}",
        noun="ruling",
        head="disputes/head.html",
    )
    return show(request, dialog, {"look": look, "choices": form.offers()})


def _summary(request: Request, look: Look, form: RulingForm, summary: Summary) -> HttpResponse:
    dialog = Dialog(
        title=_("Is this the ruling?"),
        action=reverse("dispute_ruling", args=[look.dispute.id]),
        button=_("Confirm the ruling"),
        back=reverse("dispute", args=[look.dispute.id]),
        form=form,
        fields="disputes/ruling_summary.html",
        buttons="disputes/summary_buttons.html",
        noun="ruling",
        head="disputes/head.html",
    )
    return show(
        request, dialog, {"look": look, "summary": summary, "nothing": look.money(0), "data": _kept(form)}
    )


def _kept(form: RulingForm) -> dict[str, Any]:
    """What was typed, to be sent on with the confirmation."""
    return {name: form.data.get(name, "") for name in form.fields if name != "looked_again"}
