"""What is beside the addresses of the API: its description, the list of problems, and nothing else."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from opsdesk.api.app import description


def openapi(request: HttpRequest) -> HttpResponse:
    """The description that programs read."""
    return JsonResponse(description())


def nothing(request: HttpRequest) -> HttpResponse:
    """Any other address, by any method."""
    raise Http404
