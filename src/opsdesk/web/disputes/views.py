"""A dispute on one page: its clock and the next step on top, what to verify beside it."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from opsdesk.cases import marks
from opsdesk.cases.card import present
from opsdesk.deals import card as deals
from opsdesk.deals.ground import DESK
from opsdesk.mail import conversation
from opsdesk.playbook import queries as playbooks
from opsdesk.web.case.look import Look as CaseLook
from opsdesk.web.case.moves import offered
from opsdesk.web.case.verbs import Verb
from opsdesk.web.deals.timeline import lines_of, names_of, who
from opsdesk.web.disputes.look import Look, look_at
from opsdesk.web.evidence.forms import UploadForm
from opsdesk.web.http import Request, page

# The dialogs of a case that fit a dispute; it is ended by a ruling, and nobody is answered by mail.
OF_A_CASE = frozenset({"note", "wait", "resumption", "escalation", "return", "taking", "assignment"})


def dispute(request: Request, dispute_id: int) -> HttpResponse:
    """One dispute, whole."""
    look = look_at(request, dispute_id)
    marks.mark_read(case_id=look.case.id, person_id=request.person.id, now=request.now)
    verbs = moves_of(look)
    deal = deals.card(look.deal.id, now=request.now)
    names = names_of(deal.timeline, [look.dispute])
    context = {
        **evidence_of(request, look),
        "card": look.card,
        "often": [verb for verb in verbs if verb.often],
        "seldom": [verb for verb in verbs if not verb.often],
        "deal": deal,
        "lines": lines_of(deal, names),
        "playbook": playbooks.page(deal.category, get_language() or "en"),
        "raised_by": who(look.dispute.raised_by_kind, look.dispute.raised_by_id, names),
        "present": present(look.case.id, except_person=request.person.id, now=request.now),
        "takes_next": any(seat.desk == DESK for seat in request.actor.seats),
    }
    return page(request, "disputes/dispute.html", context)


def evidence(request: Request, dispute_id: int) -> HttpResponse:
    """The checklist by itself, for a page whose files changed."""
    look = look_at(request, dispute_id)
    return page(request, "disputes/evidence_panel.html", evidence_of(request, look) | {"fragment": True})


def step(request: Request, dispute_id: int) -> HttpResponse:
    """The line on top by itself."""
    return page(request, "disputes/next_step.html", {"look": look_at(request, dispute_id)})


def evidence_of(request: Request, look: Look) -> dict[str, object]:
    """What the checklist and the form below it need."""
    back = reverse("dispute", args=[look.dispute.id])
    return {
        "look": look,
        "deal_id": look.deal.id,
        "dispute_id": look.dispute.id,
        "checklist": look.checklist,
        "may_add": look.may_add,
        "may_waive": look.may_rule,
        "back": back,
        "form": UploadForm(checklist=look.checklist, initial={"back": back}),
        "uploads": (),
    }


def moves_of(look: Look) -> list[Verb]:
    """The dialogs of the case that a dispute has, too."""
    case = CaseLook(look.card, conversation.of_case(look.case.id), look.actor, look.now)
    return [verb for verb in offered(case) if verb.noun in OF_A_CASE]
