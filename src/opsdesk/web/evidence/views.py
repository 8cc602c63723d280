"""The evidence of a deal: what there is, what is missing, adding to it and taking away from it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.deals.ground import DESK, DISPUTES, load
from opsdesk.deals.lifecycle import State
from opsdesk.disputes import evidence, queries, timers
from opsdesk.disputes.checklist import Checklist
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.evidence.forms import UploadForm
from opsdesk.web.evidence.words import in_language
from opsdesk.web.http import Request, back_address, go, page, sent, with_query
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.refusals import UNPROCESSABLE, message_of, submitted


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of one file. `problem` is empty where it was added."""

    name: str
    problem: str


def of_deal(request: Request, deal_id: int) -> HttpResponse:
    """The deal's evidence; on POST files are added, each by itself: one that is refused stops no other."""
    timers.catch_up(deal_id, now=request.now)
    check_may(request.actor, Act.READ, desk=DESK)
    checklist = _checklist(deal_id)
    form = UploadForm(sent(request), request.FILES or None, checklist=checklist, initial=_asked(request))
    uploads: list[Upload] = []
    if form.is_bound and request.headers.get("X-One-File"):
        return _one_file(request, deal_id, form)
    if form.is_bound and form.is_valid():
        uploads = [_add(request, deal_id, file, form.cleaned_data) for file in form.cleaned_data["files"]]
        if uploads and not any(upload.problem for upload in uploads):
            return _added(request, deal_id, len(uploads))
        checklist = _checklist(deal_id)
    context = {**context_of(request, deal_id, checklist), "form": form, "uploads": uploads}
    template = "evidence/evidence.html#evidence" if _refreshes(request) else "evidence/evidence.html"
    return page(request, template, context, status=UNPROCESSABLE if form.is_bound else 200)


def context_of(request: Request, deal_id: int, checklist: Checklist) -> dict[str, object]:
    """What the checklist and the form below it need."""
    frozen = load(deal_id).state == State.SETTLED
    return {
        "deal_id": deal_id,
        "checklist": checklist,
        "frozen": frozen,
        "may_add": not frozen and may(request.actor, Act.RAISE_ISSUE, desk=DESK, queue=DISPUTES, tier=1),
        "back": back_address(request, reverse("deal_evidence", args=[deal_id])),
    }


def _checklist(deal_id: int) -> Checklist:
    """As it stands, in the reader's language."""
    return in_language(evidence.state_of(deal_id), queries.terms_of(load(deal_id)))


def _asked(request: Request) -> dict[str, str]:
    return {"item": request.GET.get("item", ""), "back": request.GET.get("back", "")}


def _refreshes(request: Request) -> bool:
    return bool(request.htmx) and request.method == "GET"


def _add(request: Request, deal_id: int, file: "UploadedFile[Any]", data: dict[str, Any]) -> Upload:
    name = file.name or ""
    try:
        evidence.add(
            deal_id=deal_id,
            data=file.read(),
            name=name,
            item=data["item"],
            kind=data["kind"],
            actor=request.actor,
            now=request.now,
        )
    except Refusal as refusal:
        return Upload(name, message_of(refusal))
    return Upload(name, "")


def _one_file(request: Request, deal_id: int, form: UploadForm) -> HttpResponse:
    """The answer to a script that sends one file at a time and shows how far each is."""
    problem = _problem(request, deal_id, form)
    words = problem or _("Added.")
    return JsonResponse({"added": not problem, "words": words}, status=UNPROCESSABLE if problem else 200)


def _problem(request: Request, deal_id: int, form: UploadForm) -> str:
    """What is wrong with the one file, in words; empty once it is added."""
    if not form.is_valid():
        return " ".join(str(words) for each in form.errors.values() for words in each)
    files = form.cleaned_data["files"]
    if not files:
        return _("No file came with this.")
    return _add(request, deal_id, files[0], form.cleaned_data).problem


def _added(request: Request, deal_id: int, number: int) -> HttpResponse:
    told = ngettext("%(number)d file is added.", "%(number)d files are added.", number)
    messages.success(request, told % {"number": number})
    return go(request, back_address(request, reverse("deal_evidence", args=[deal_id])))


def withdraw(request: Request, evidence_id: int) -> HttpResponse:
    """Take a file away again, after asking; its bytes and its entry in the journal stay."""
    check_may(request.actor, Act.READ, desk=DESK)
    found = evidence.file_of(evidence_id)
    timers.catch_up(found.deal_id, now=request.now)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        evidence.withdraw(evidence_id=evidence_id, actor=request.actor, now=request.now)
        return True

    back = back_address(request, reverse("deal_evidence", args=[found.deal_id]))
    if submitted(form, act):
        messages.success(request, _("%(name)s is withdrawn.") % {"name": found.name})
        return go(request, back)
    action = with_query(reverse("evidence_withdrawal", args=[evidence_id]), back=back)
    intro = _("%(name)s no longer counts as evidence. That it was there stays in the timeline.")
    dialog = Dialog(
        _("Withdraw this file?"),
        action,
        _("Withdraw"),
        back,
        form,
        intro=intro % {"name": found.name},
        danger=True,
    )
    return show(request, dialog)
