"""Files of evidence as they are handed out: downloads that no browser runs, and pictures of ours."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from opsdesk.deals.ground import DESK
from opsdesk.disputes import evidence
from opsdesk.disputes.checklist import FileRow
from opsdesk.disputes.refusals import CannotBeDrawn
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import pictures
from opsdesk.mail.refusals import NotUnderstood
from opsdesk.vault import queries as vault
from opsdesk.web.case.files import DOWNLOAD_POLICY, download
from opsdesk.web.http import Request, back_address, page
from opsdesk.web.refusals import message_of

THUMB, SHEET = 320, 1600


def file(request: Request, evidence_id: int) -> HttpResponse:
    """The file itself, always a download."""
    found = _readable(request, evidence_id)
    return download(vault.read(found.digest), found.name)


def picture(request: Request, evidence_id: int) -> HttpResponseBase:
    """A picture of it, made by us from its bytes: an image, or a page of a PDF (`?page=1`; `?small=1`).

    A browser may keep it, and asks each time whether it still may: what was erased is shown no more.
    """
    found = _readable(request, evidence_id)
    asked = request.GET.get("page", "1")
    number = int(asked) - 1 if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    side = THUMB if request.GET.get("small") else SHEET
    tag = quote_etag(f"{found.digest}-{number}-{side}")
    if found.erased_at is None:
        kept = get_conditional_response(request, etag=tag)
        if kept is not None:
            return kept
    made = _made(found, page=max(number, 0), side=side)
    return HttpResponse(
        made.png,
        content_type="image/png",
        headers={
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
            "ETag": tag,
            "X-Pages": str(made.pages),
        },
    )


def pages(request: Request, evidence_id: int) -> HttpResponse:
    """Every page of the file as pictures of ours, on one page; in words where there is none."""
    found = _readable(request, evidence_id)
    try:
        number, problem = _made(found, page=0, side=THUMB).pages, ""
    except CannotBeDrawn as refusal:
        number, problem = 0, message_of(refusal)
    back = back_address(request, "")
    context = {"file": found, "pages": range(1, number + 1), "problem": problem, "back": back}
    return page(request, "evidence/pages.html", context)


def _made(found: FileRow, *, page: int, side: int) -> pictures.Picture:
    try:
        return pictures.picture(vault.read(found.digest), page=page, side=side)
    except NotUnderstood:
        raise CannotBeDrawn from None


def _readable(request: Request, evidence_id: int) -> FileRow:
    """The file, for whoever may read this desk; refuses `EvidenceUnknown`, `NotYourDesk`."""
    check_may(request.actor, Act.READ, desk=DESK)
    return evidence.file_of(evidence_id)
