"""A scope's template: its published versions as they were written, and the next one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals import overview, publishing, queries
from opsdesk.deals.ground import DESK
from opsdesk.deals.terms import Terms
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Document
from opsdesk.web.deals.labels import scope_name
from opsdesk.web.documents import put_document_refusal
from opsdesk.web.http import Request, go, or_404, page, sent
from opsdesk.web.refusals import status_of
from opsdesk.web.scopes.forms import TemplateForm


def version(request: Request, key: str, number: int) -> HttpResponse:
    """The text of one version, as it was published."""
    check_may(request.actor, Act.READ, desk=DESK)
    overview.scope(key)
    document = or_404(vault.version(queries.TEMPLATE, key, number))
    title = _("Template of %(scope)s, version %(number)d") % {"scope": scope_name(key), "number": number}
    context = {"document": document, "back": reverse("scope", args=[key]), "title": title}
    return page(request, "parts/document.html", context)


def publish(request: Request, key: str) -> HttpResponse:
    """Write and publish the next version of a scope's template."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    overview.scope(key)
    current = vault.current(queries.TEMPLATE, key)
    title = _("The next template of %(scope)s") % {"scope": scope_name(key)}
    return _publish(request, current, key, title, reverse("scope", args=[key]))


def publish_first(request: Request) -> HttpResponse:
    """Write and publish the first template of a new scope, beginning from that of another."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    known = overview.keys()
    pattern = vault.current(queries.TEMPLATE, known[0]) if known else None
    return _publish(request, pattern, _("new scope"), _("A new scope"), reverse("scopes"))


def _publish(request: Request, start: Document | None, source: str, title: str, back: str) -> HttpResponse:
    form = TemplateForm(sent(request), initial={"text": start.source if start else ""})
    if form.is_bound and form.is_valid():
        try:
            document = _act(request, source, form.cleaned_data)
        except Refusal as refusal:
            put_document_refusal(form, refusal)
        else:
            _say(request, document)
            return go(request, reverse("scope", args=[document.name]))
    context = {
        "form": form,
        "title": title,
        "intro": _(
            "The whole template. It is checked line by line, then published: new deals follow it, deals that "
            "run keep the version they were made by."
        ),
        "back": back,
    }
    return page(request, "scopes/publish.html", context, status=status_of(form))


def _act(request: Request, source: str, data: dict[str, Any]) -> Document:
    text = data.pop("text")
    return publishing.publish_template(text, source=source, actor=request.actor, now=request.now, **data)


def _say(request: Request, document: Document) -> None:
    messages.success(
        request, _("Version %(number)d holds for new deals from now.") % {"number": document.version}
    )
    for warning in unusual(queries.terms(document.name, document.version)):
        messages.warning(request, warning)


def unusual(terms: Terms) -> list[str]:
    """What is allowed in these terms but seldom wise, in words."""
    return [_(warning.message) % warning.details for warning in publishing.warnings_of(terms)]
