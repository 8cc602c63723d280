from collections.abc import Iterable

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from opsdesk.api import views
from opsdesk.api.app import api


def _open(patterns: Iterable[URLPattern | URLResolver]) -> None:
    """Tokens let in here, not sessions."""
    for each in patterns:
        if isinstance(each, URLPattern):
            login_not_required(each.callback).csrf_exempt = True  # type: ignore[attr-defined]


routes = api.urls
_open(routes[0])
urlpatterns = [
    path("openapi.json", login_not_required(views.openapi), name="openapi"),
    path("docs", login_not_required(views.documentation), name="api_docs"),
    path("problems/<str:code>", login_not_required(views.problem_kind), name="problem_kind"),
    path("", routes),
    re_path(r"", csrf_exempt(login_not_required(views.nothing))),
]
