"""What machines ask: is the web alive, and what did a browser refuse to run."""

import json
import logging

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

CSP_REPORTS = "csp-reports"
LONGEST_REPORT = 4000

log = logging.getLogger("opsdesk.web.csp")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Plain `ok`: this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Count and log what a browser refused: our pages should never cause one."""
    text = _body(request)[:LONGEST_REPORT].decode("utf-8", "replace")
    cache.add(CSP_REPORTS, 0, None)
    cache.incr(CSP_REPORTS)
    log.warning("content security policy: %s", _in_short(text))
    return HttpResponse(status=204)


def _body(request: HttpRequest) -> bytes:
    """What was sent; nothing where it was a form, which browsers never send here."""
    try:
        return request.body
    except RawPostDataException:
        return b""


def csp_reports() -> int:
    """How many reports came since the counter began."""
    return int(cache.get(CSP_REPORTS, 0))


def _in_short(text: str) -> str:
    try:
        report = json.loads(text)["csp-report"]
        return (
            f"{report.get('violated-directive')} {report.get('blocked-uri')} on {report.get('document-uri')}"
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return repr(text[:200])
