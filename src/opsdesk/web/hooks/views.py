"""Mail that another service hands over by HTTP: the raw bytes in, an arrival out."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from opsdesk.mail import intake, sources
from opsdesk.mail.models import Source
from opsdesk.mail.trouble import named
from opsdesk.web.hooks.rates import MINUTE_S, is_over
from opsdesk.web.http import Request

MAILS_A_MINUTE = 600
FAILURES_A_MINUTE = 30
RETRY_AFTER_S = 30
BEARER = "bearer "

log = logging.getLogger("opsdesk.web.hooks")


@csrf_exempt
@login_not_required
@require_POST
def mail(request: Request, key: str) -> JsonResponse:
    """Store one mail, whatever its content type: 201 when it is new, 200 when these bytes were here.

    401 without the source's token, 410 where it is closed, 411 without a length, 413 when too large, 429
    when too often, 503 when it can't be stored: then nothing was, and the same again later is right.
    """
    try:
        return _answer(request, key)
    except (DatabaseError, OSError) as trouble:
        log.warning("a mail for %s could not be stored: %s", key[:60], named(trouble))
        return _no(503, "the desk can't store mail at the moment", RETRY_AFTER_S)


def _answer(request: Request, key: str) -> JsonResponse:
    source = sources.webhook(key, _token(request))
    if source is None:
        return _wrong(request)
    if source.closed_at is not None:
        return _no(410, "this source is closed")
    if is_over(f"hook:{source.id}", limit=MAILS_A_MINUTE, now=request.now):
        return _no(429, "too many mails in this minute", MINUTE_S)
    return _store(request, source)


def _wrong(request: Request) -> JsonResponse:
    """Only who has no token is counted: behind a proxy those who have one share the address."""
    peer = f"hook-failed:{request.META.get('REMOTE_ADDR', '')}"
    if is_over(peer, limit=FAILURES_A_MINUTE, now=request.now):
        return _no(429, "too many wrong tokens", MINUTE_S)
    return _no(401, "the token is not that of this source")


def _store(request: Request, source: Source) -> JsonResponse:
    raw = _body(request)
    if isinstance(raw, JsonResponse):
        return raw
    stored = intake.store(
        source=source, raw=raw, label=f"webhook {source.key}", received_at=request.now, now=request.now
    )
    return JsonResponse({"arrival": stored.arrival_id, "new": stored.new}, status=201 if stored.new else 200)


def _body(request: HttpRequest) -> bytes | JsonResponse:
    """The whole body as it was announced, or the answer that says why not."""
    try:
        size = int(request.META.get("CONTENT_LENGTH") or -1)
    except ValueError:
        size = -1
    if size < 0:
        return _no(411, "say how long the mail is (Content-Length)")
    if size > settings.OPSDESK_MAX_MAIL_BYTES:
        return _no(413, f"at most {settings.OPSDESK_MAX_MAIL_BYTES} bytes")
    try:
        raw = request.read()
    except UnreadablePostError:
        return _no(400, "the connection broke before the mail was here")
    if not raw:
        return _no(400, "there is no mail in this request")
    if len(raw) != size:
        return _no(400, "the mail is shorter than announced")
    return raw


def _token(request: HttpRequest) -> str:
    given = request.headers.get("Authorization", "")
    return given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else ""


def _no(status: int, problem: str, retry_after_s: int = 0) -> JsonResponse:
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JsonResponse({"problem": problem}, status=status, headers=headers)
