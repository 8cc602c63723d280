"""A scope's template: its published versions as they were written, and the next one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals import overview, publishing, queries
from opsdesk.deals.documents import read_template
from opsdesk.deals.ground import DESK
from opsdesk.deals.terms import Terms
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.vault import queries as vault
from opsdesk.vault.actions import PublishedMeanwhile
from opsdesk.vault.models import Document
from opsdesk.web.deals.labels import scope_name
from opsdesk.web.documents import put_document_refusal
from opsdesk.web.http import Request, go, or_404, page, sent
from opsdesk.web.refusals import status_of
from opsdesk.web.scopes.forms import FirstTemplateForm, TemplateForm, TextForm, unusual


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
    return _publish(request, TemplateForm, current, title, reverse("scope", args=[key]), key=key)


def publish_first(request: Request) -> HttpResponse:
    """Write and publish the first template of a new scope, beginning from that of another."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    known = overview.keys()
    pattern = vault.current(queries.TEMPLATE, known[0]) if known else None
    return _publish(request, FirstTemplateForm, pattern, _("A new scope"), reverse("scopes"))


def _publish(
    request: Request, kind: type[TextForm], start: Document | None, title: str, back: str, key: str = ""
) -> HttpResponse:
    before = queries.terms(start.name, start.version) if key and start else None
    begun = {"text": start.source if start else "", "seen": start.version if key and start else 0}
    form = kind(sent(request), before=before, initial=begun)
    if form.is_bound and form.is_valid():
        try:
            document = _act(request, key, form.cleaned_data)
        except Refusal as refusal:
            put_document_refusal(form, refusal)
            if isinstance(refusal, PublishedMeanwhile):
                form.now_seen(refusal.version)
        else:
            _say(request, document, before)
            return go(request, reverse("scope", args=[document.name]))
    context = {
        "form": form,
        "title": title,
        "intro": _(
            "The whole template. It is checked line by line, then published: new deals follow it, deals that "
            "run keep the version they were made by."
        ),
        "changes_one": before is not None,
        "back": back,
    }
    return page(request, "scopes/publish.html", context, status=status_of(form))


def _act(request: Request, key: str, data: dict[str, Any]) -> Document:
    """Publish the text, if it is of the scope whose page this is; `key` is empty for a new one."""
    source = key or _("new scope")
    scope, known = read_template(data["text"], source=source).scope, overview.keys()
    if key and scope != key:
        raise Invalid("text", _("This text is of %(scope)s. Publish it there.") % {"scope": scope})
    if not key and scope in known:
        problem = _("%(scope)s is there already. Publish its next version there.")
        raise Invalid("text", problem % {"scope": scope})
    words = {"reason": "", "metric": "", "expected": "", **data}
    return publishing.publish_template(source=source, actor=request.actor, now=request.now, **words)


def _say(request: Request, document: Document, before: Terms | None) -> None:
    if before is not None and document.version == before.version:
        told = _("This is the text of version %(number)d, letter by letter: nothing was published.")
        messages.info(request, told % {"number": document.version})
        return
    messages.success(
        request, _("Version %(number)d holds for new deals from now.") % {"number": document.version}
    )
    for warning in unusual(queries.terms(document.name, document.version)):
        messages.warning(request, warning)
