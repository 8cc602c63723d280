"""Raising an issue on behalf of the buyer, with the files that show it."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.deals.ground import DESK, DISPUTES, load
from opsdesk.deals.lifecycle import Move, State, check_fits
from opsdesk.deals.refusals import NotInInspection
from opsdesk.disputes import actions, evidence, timers
from opsdesk.disputes import queries as disputes
from opsdesk.disputes.models import Dispute
from opsdesk.disputes.refusals import RaisedMeanwhile
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.deals.forms import IssueForm
from opsdesk.web.deals.timeline import names_of, who
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, or_404, sent
from opsdesk.web.moments import Moments
from opsdesk.web.refusals import message_of, submitted


def raise_issue(request: Request, deal_id: int) -> HttpResponse:
    """The form; once sent, each file is kept, then the issue is raised and the deadline runs."""
    timers.catch_up(deal_id, now=request.now)
    check_may(request.actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1)
    deal = load(deal_id)
    if deal.state == State.ISSUE and request.method == "GET":
        return _to_the_dispute(request, deal_id)
    if request.method == "GET":
        check_fits(Move.RAISE_ISSUE, State(deal.state), deal=deal_id)
    form = IssueForm(sent(request), request.FILES or None, terms=disputes.terms_of(deal))
    if raised := submitted(form, lambda data: _act(request, deal_id, form, data)):
        due = Moments(request.now).full(raised.due_at)
        messages.success(request, _("The issue is raised. It is to be ruled until %(due)s.") % {"due": due})
        return go(request, reverse("deal", args=[deal_id]))
    form.kept = evidence.state_of(deal_id).files
    dialog = Dialog(
        _("Raise an issue on deal %(id)s") % {"id": deal_id},
        reverse("raise_issue", args=[deal_id]),
        _("Raise the issue"),
        reverse("deal", args=[deal_id]),
        form,
        intro=_(
            "On behalf of the buyer. Approval by silence is called off, the holdback stays held, and the "
            "deadline of the dispute begins to run. It can’t be taken back."
        ),
        fields="deals/issue_fields.html",
        draft=f"issue:{deal_id}",
    )
    return show(request, dialog, {"deal_id": deal_id})


def _act(request: Request, deal_id: int, form: IssueForm, data: dict[str, Any]) -> Dispute | None:
    """Keep the files first: what came is not lost if the rest is refused."""
    files: list[UploadedFile[Any]] = data.pop("photos")
    for file in files:
        try:
            evidence.add(
                deal_id=deal_id, data=file.read(), name=file.name or "", actor=request.actor, now=request.now
            )
        except Refusal as refusal:
            form.add_error("photos", f"{file.name}: {message_of(refusal)}")
    if form.errors:
        return None
    try:
        return actions.raise_issue(deal_id=deal_id, actor=request.actor, now=request.now, **data)
    except NotInInspection:
        if first := disputes.of_deal(deal_id):
            form.add_error(None, _with_the_way(_raised_by(first), first))
            return None
        raise


def _to_the_dispute(request: Request, deal_id: int) -> HttpResponse:
    """The issue is raised already: there is nothing to ask, but somewhere to go."""
    first = or_404(disputes.of_deal(deal_id))
    messages.info(request, message_of(_raised_by(first)))
    return go(request, reverse("dispute", args=[first.id]))


def _raised_by(first: Dispute) -> RaisedMeanwhile:
    by = who(first.raised_by_kind, first.raised_by_id, names_of((), [first]))
    return RaisedMeanwhile(by=by, reason=first.reason, dispute=first.id)


def _with_the_way(refusal: RaisedMeanwhile, first: Dispute) -> SafeString:
    form = '{} {} <a href="{}">{}</a>'
    kept, way = _("Your text is still here to copy."), _("To the dispute")
    return format_html(form, message_of(refusal), kept, reverse("dispute", args=[first.id]), way)
