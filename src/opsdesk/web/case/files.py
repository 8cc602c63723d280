"""What a message carries: its HTML in a frame that may do nothing, its files as downloads."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from opsdesk.cases.card import case_card
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.mail import conversation, ledger
from opsdesk.mail.conversation import MessageView
from opsdesk.mail.html import FRAME_POLICY
from opsdesk.web.http import Request

DOWNLOAD_POLICY = "sandbox; default-src 'none'"


def html(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """The mail as it was sent, sanitised, as a response of its own with its own policy."""
    if not _message(request, case_id, message_id).has_html:
        raise Http404
    return HttpResponse(
        ledger.html_document(message_id),
        headers={"Content-Security-Policy": FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def attachment(request: Request, case_id: int, message_id: int, path: str) -> HttpResponse:
    """One file of a message: always a download, never shown by us as what its sender calls it."""
    found = _message(request, case_id, message_id)
    if not any(each.path == path for each in found.attachments):
        raise Http404
    file = ledger.attachment(message_id, path)
    return download(file.data, file.filename)


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
