"""Whatever the frame answers at an address of the API is a problem as well, never a page."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from opsdesk.api import refusals
from opsdesk.api.problems import MEDIA_TYPE, problem
from opsdesk.kernel.refusal import Refusal

ROOT = "/api/"


class ProblemsMiddleware:
    """Answers for programs below `/api/`: problems, not pages; the rate in the headers; kept by nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(ROOT):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != MEDIA_TYPE:
            response = _as_problem(request, response)
        rate = getattr(request, "rate", None)
        for name, value in rate.headers.items() if rate else ():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    answer: HttpResponseBase = problem(request, _refusal(request, response.status_code))
    if "Allow" in response.headers:
        answer["Allow"] = response["Allow"]
    return answer


def _refusal(request: HttpRequest, status: int) -> Refusal:
    if status == HTTPStatus.NOT_FOUND:
        return refusals.AddressUnknown()
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return refusals.MethodNotAllowed(method=request.method)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return refusals.DeskFailed()
    return refusals.RequestUnreadable(problem=HTTPStatus(status).phrase)
