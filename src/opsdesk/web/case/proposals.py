"""A mail that asks for several things: the proposed requests, as people accept, correct or refuse them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import proposing
from opsdesk.mail.proposing import Chosen, Offer
from opsdesk.web.case.forms import CaseForm, type_choices
from opsdesk.web.case.look import Look
from opsdesk.web.case.sending import say_done, sending
from opsdesk.web.case.verbs import span_of
from opsdesk.web.case.views import look_at
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, sent
from opsdesk.web.refusals import message_of, put_on


class ProposalForm(CaseForm):
    """For each proposed part: whether it is a request, its words, its subject, its type."""

    def __init__(self, data: Any = None, *, look: Look, offer: Offer) -> None:
        self.offer = offer
        super().__init__(data, look=look)

    def prepare(self, look: Look) -> None:
        for number, part in enumerate(self._parts()):
            words = self.offer.text[part.start : part.end]
            rows = min(8, words.count("\n") + 2)
            self.fields |= {
                f"take{number}": forms.BooleanField(label=_("A request"), required=False, initial=True),
                f"part{number}": forms.CharField(
                    label=_("Its words, as they stand in the message"),
                    widget=forms.Textarea(attrs={"rows": rows}),
                    initial=words,
                    max_length=60_000,
                ),
                f"subject{number}": forms.CharField(label=_("Subject"), initial=part.subject, max_length=400),
                f"type{number}": forms.ChoiceField(
                    label=_("Type"), choices=type_choices(look.desk), required=False
                ),
            }

    def _parts(self) -> tuple[Any, ...]:
        return self.offer.proposal.parts if self.offer.proposal else ()

    def groups(self) -> list[dict[str, Any]]:
        """The fields of each part together, and whether it is the one that stays with the case."""
        names = ("take", "part", "subject", "type")
        return [
            {"number": number + 1, "stays": number == 0} | {name: self[f"{name}{number}"] for name in names}
            for number, _part in enumerate(self._parts())
        ]

    def chosen(self) -> list[Chosen]:
        """The parts that were ticked, where they stand in the text. Refuses `Invalid`."""
        found: list[Chosen] = []
        for number, part in enumerate(self._parts()):
            if self.cleaned_data[f"take{number}"]:
                start, end = span_of(self.offer.text, self.cleaned_data[f"part{number}"], part.start)
                subject, type = self.cleaned_data[f"subject{number}"], self.cleaned_data[f"type{number}"]
                found.append(Chosen(start, end, subject, type))
        return found


def proposal(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """The proposed requests to look at and correct on GET; accepted on POST.

    What was corrected comes back with the reason where somebody else was first.
    """
    look = look_at(request, case_id)
    offer = look.offers.get(message_id)
    if request.method == "POST" and (offer is None or offer.proposal is None):
        offer = _offer_of(look, message_id)
    if offer is None or offer.proposal is None:
        raise Http404
    form = ProposalForm(sent(request), look=look, offer=offer)
    if form.is_bound and form.is_valid():
        try:
            return _accepted(request, form, case_id, message_id)
        except Refusal as refusal:
            put_on(form, refusal, now=request.now)
    dialog = Dialog(
        title=_("One message, several requests"),
        action=reverse("proposal", args=[case_id, message_id]),
        button=_("Accept the split"),
        back=reverse("case", args=[case_id]),
        form=form,
        intro=_("The first stays with this case; each other opens a request, as of when the message came."),
        fields="case/proposal_fields.html",
        noun="proposal",
    )
    return show(request, dialog, {"look": look, "card": look.card, "offer": offer})


def _offer_of(look: Look, message_id: int) -> Offer | None:
    """What was proposed for a message of the customer."""
    texts = (each.text for each in look.incoming() if each.id == message_id)
    return next((proposing.proposed(message_id, text) for text in texts), None)


def _accepted(request: Request, form: ProposalForm, case_id: int, message_id: int) -> HttpResponse:
    def act() -> str:
        opened = proposing.accept(
            case_id=case_id,
            message_id=message_id,
            parts=form.chosen(),
            seen_version=form.cleaned_data["seen_version"],
            actor=request.actor,
            now=request.now,
        )
        return ", ".join(f"#{one.id}" for one in opened)

    done = sending(request, f"case {case_id} proposal {message_id}").once(act)
    count = done.body.count("#")
    said = ngettext("A request was split off: %(n)s.", "Requests were split off: %(n)s.", count)
    say_done(request, done, said % {"n": done.body})
    return go(request, reverse("case", args=[case_id]))


@require_POST
def dismiss(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """It is one request."""
    return _said(request, case_id, message_id, proposing.dismiss, gettext_lazy("One request it is."))


@require_POST
def undo(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """Take the answer back."""
    return _said(request, case_id, message_id, proposing.undo, gettext_lazy("The split is undone."))


def _said(request: Request, case_id: int, message_id: int, action: Any, done: Any) -> HttpResponse:
    look_at(request, case_id)
    try:
        action(case_id=case_id, message_id=message_id, actor=request.actor, now=request.now)
        messages.success(request, str(done))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, reverse("case", args=[case_id]))
