"""The pages for what went wrong: each says what it is and where to go next."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from opsdesk.accounts.rules import AccountsAreTheLeads
from opsdesk.cases.queries import NoSuchDesk
from opsdesk.cases.refusals import CaseUnknown
from opsdesk.clock.queries import CalendarMissing
from opsdesk.deals.refusals import DealUnknown, ScopeUnknown
from opsdesk.disputes.refusals import DisputeUnknown, EvidenceUnknown, NotYourFile
from opsdesk.kernel.permissions import NotAnAdmin, NotThisToken, NotYourDesk, NotYourQueue, NotYourRight
from opsdesk.kernel.refusal import Refusal
from opsdesk.links.refusals import DeliveryUnknown, EndpointUnknown
from opsdesk.mail.refusals import ArrivalUnknown, MessageUnknown, TemplateUnknown
from opsdesk.mailboxes.refusals import MailboxUnknown
from opsdesk.people.rules import NotYourProfile, UnknownPerson, UnknownView
from opsdesk.people.tokens import TokenUnknown
from opsdesk.review.refusals import NoteUnknown, PointUnknown, ReviewUnknown
from opsdesk.web.refusals import message_of

MISSING = (
    ArrivalUnknown,
    CalendarMissing,
    CaseUnknown,
    DealUnknown,
    DeliveryUnknown,
    DisputeUnknown,
    EndpointUnknown,
    EvidenceUnknown,
    MailboxUnknown,
    MessageUnknown,
    NoSuchDesk,
    NoteUnknown,
    PointUnknown,
    ReviewUnknown,
    ScopeUnknown,
    TemplateUnknown,
    TokenUnknown,
    UnknownPerson,
    UnknownView,
)
RIGHTS = (
    AccountsAreTheLeads,
    NotAnAdmin,
    NotThisToken,
    NotYourDesk,
    NotYourFile,
    NotYourProfile,
    NotYourQueue,
    NotYourRight,
)
log = logging.getLogger("opsdesk.web")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/not_found.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/forbidden.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Without a context: what failed may be the database that the navigation asks."""
    return HttpResponse(render_to_string("errors/failed.html"), status=500)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token doesn't fit: an old page, or somebody else's."""
    log.warning("refused a form: %s", reason)
    return render(request, "errors/form_too_old.html", status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """Too many tries to sign in: wait."""
    return render(request, "errors/too_many.html", status=429)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal outside a form: 404 for what isn't there, else 403; htmx gets a dialog.

    What nobody could do as things stand is not said to be this person's lack of a right.
    """
    rights = isinstance(refusal, RIGHTS)
    context = {"reason": message_of(refusal), "rights": rights}
    if request.headers.get("HX-Request") == "true":
        response = render(request, "errors/refused.html", context, status=422)
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog-content", "innerHTML"
        return response
    if isinstance(refusal, MISSING):
        return render(request, "errors/not_found.html", context, status=404)
    template = "errors/forbidden.html" if rights else "errors/not_now.html"
    return render(request, template, context, status=403)
