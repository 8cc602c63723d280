"""What a message carries: its HTML in a frame that may do nothing, its files as downloads."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from opsdesk.cases.card import case_card
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import conversation, ledger, pictures
from opsdesk.mail.conversation import MessageView
from opsdesk.mail.html import FRAME_POLICY, FRAME_POLICY_WITH_PICTURES
from opsdesk.mail.refusals import NotReadable, NotUnderstood
from opsdesk.web.http import Request, page

DOWNLOAD_POLICY = "sandbox; default-src 'none'"


def html(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """The mail as it was sent, sanitised, as a response of its own with its own policy."""
    if not _message(request, case_id, message_id).has_html:
        raise Http404
    remote = request.GET.get("pictures") == "remote"
    shown = ledger.html_document(message_id, remote=remote)
    policy = FRAME_POLICY_WITH_PICTURES if remote else FRAME_POLICY
    return HttpResponse(
        shown.page,
        headers={
            "Content-Security-Policy": policy,
            "X-Frame-Options": "SAMEORIGIN",
            "X-Remote-Pictures": "yes" if shown.names_remote else "no",
        },
    )


def attachment(request: Request, case_id: int, message_id: int, path: str) -> HttpResponse:
    """One file of a message: always a download, never shown by us as what its sender calls it."""
    found = _message(request, case_id, message_id)
    if not any(each.path == path for each in found.attachments):
        raise Http404
    file = ledger.attachment(message_id, path)
    return download(file.data, file.filename)


def picture(request: Request, case_id: int, message_id: int, path: str) -> HttpResponse:
    """A picture of one file, made by us from its bytes: an image, or a page of a PDF (`?page=1`)."""
    found = _message(request, case_id, message_id)
    if not any(each.path == path for each in found.attachments):
        raise Http404
    asked = request.GET.get("page", "1")
    number = int(asked) - 1 if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    try:
        made = pictures.picture(ledger.attachment(message_id, path).data, page=max(number, 0))
    except NotUnderstood as reason:
        raise NotReadable(reason=reason.reason) from None
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


def pages(request: Request, case_id: int, message_id: int, path: str) -> HttpResponse:
    """Every page of a file as pictures of ours, on one page."""
    found = _message(request, case_id, message_id)
    file = next((each for each in found.attachments if each.path == path), None)
    if file is None:
        raise Http404
    try:
        made = pictures.picture(ledger.attachment(message_id, path).data)
    except NotUnderstood as reason:
        raise NotReadable(reason=reason.reason) from None
    context = {"case_id": case_id, "message_id": message_id, "file": file, "pages": range(1, made.pages + 1)}
    return page(request, "case/pages.html", context)


def download(data: bytes, filename: str) -> HttpResponse:
    """Bytes to keep, which no browser runs or renders."""
    return HttpResponse(
        data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": content_disposition_header(True, filename) or "attachment",
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _message(request: Request, case_id: int, message_id: int) -> MessageView:
    """The message, if it is on this case and the person may read the case."""
    card = case_card(case_id, actor=request.actor, now=request.now)
    check_may(request.actor, Act.READ, desk=card.case.desk)
    for message in conversation.of_case(case_id).messages:
        if message.id == message_id:
            return message
    raise Http404
