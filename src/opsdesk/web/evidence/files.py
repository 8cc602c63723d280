"""Files of evidence as they are handed out: downloads that no browser runs, and pictures of ours."""

from django.http import HttpResponse

from opsdesk.deals.ground import DESK
from opsdesk.disputes import evidence
from opsdesk.disputes.checklist import FileRow
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import pictures
from opsdesk.mail.refusals import NotReadable, NotUnderstood
from opsdesk.vault import queries as vault
from opsdesk.web.case.files import DOWNLOAD_POLICY, download
from opsdesk.web.http import Request, back_address, page

THUMB, SHEET = 320, 1600


def file(request: Request, evidence_id: int) -> HttpResponse:
    """The file itself, always a download."""
    found = _readable(request, evidence_id)
    return download(vault.read(found.digest), found.name)


def picture(request: Request, evidence_id: int) -> HttpResponse:
    """A picture of it, made by us from its bytes: an image, or a page of a PDF (`?page=1`; `?small=1`)."""
    found = _readable(request, evidence_id)
    asked = request.GET.get("page", "1")
    number = int(asked) - 1 if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    made = _made(found, page=max(number, 0), side=THUMB if request.GET.get("small") else SHEET)
    return HttpResponse(
        made.png,
        content_type="image/png",
        headers={
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=86400, immutable",
            "X-Pages": str(made.pages),
        },
    )


def pages(request: Request, evidence_id: int) -> HttpResponse:
    """Every page of the file as pictures of ours, on one page."""
    found = _readable(request, evidence_id)
    made = _made(found, page=0, side=THUMB)
    back = back_address(request, "")
    context = {"file": found, "pages": range(1, made.pages + 1), "back": back}
    return page(request, "evidence/pages.html", context)


def _made(found: FileRow, *, page: int, side: int) -> pictures.Picture:
    try:
        return pictures.picture(vault.read(found.digest), page=page, side=side)
    except NotUnderstood as reason:
        raise NotReadable(reason=reason.reason) from None


def _readable(request: Request, evidence_id: int) -> FileRow:
    """The file, for whoever may read this desk; refuses `EvidenceUnknown`, `NotYourDesk`."""
    check_may(request.actor, Act.READ, desk=DESK)
    return evidence.file_of(evidence_id)
