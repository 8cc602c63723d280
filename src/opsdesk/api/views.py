"""What is beside the addresses of the API: its description for programs and for people."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from opsdesk.api import docs
from opsdesk.api.app import description
from opsdesk.journal.idempotency import KEPT


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description that programs read."""
    return JsonResponse(description())


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """The same for people, also for those who have no account here."""
    context = {
        "layout": "base.html" if getattr(request, "person", None) else "api/outside.html",
        "operations": docs.operations().items(),
        "shapes": docs.shapes(),
        "problems": docs.problems(),
        "address": request.build_absolute_uri("/api/v1"),
        "kept_days": KEPT.days,
    }
    return render(request, "api/docs.html", context)


@require_safe
def problem_kind(request: HttpRequest, code: str) -> HttpResponse:
    """Where the type of a problem leads: to what the description says of it."""
    if code not in {each.code for each in docs.problems()}:
        raise Http404
    return HttpResponseRedirect(f"{reverse('api_docs')}#{code}")


def nothing(request: HttpRequest) -> HttpResponse:
    """Any other address, by any method."""
    raise Http404
