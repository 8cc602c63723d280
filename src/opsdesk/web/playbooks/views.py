"""Playbooks: for each category what usually goes wrong, what to verify, how it is usually resolved."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opsdesk.deals import overview
from opsdesk.deals.ground import DESK
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.playbook import actions, queries
from opsdesk.playbook.definition import PlaybookPage
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Document
from opsdesk.web.deals.labels import category_name
from opsdesk.web.documents import DocumentForm, put_document_refusal
from opsdesk.web.http import Request, go, or_404, page, sent
from opsdesk.web.playbooks.prose import as_html
from opsdesk.web.refusals import status_of


@dataclass(frozen=True, slots=True)
class Row:
    """A category with its playbook, or without one yet, and the scopes it is for."""

    category: str
    playbook: PlaybookPage | None
    scopes: tuple[str, ...]


def playbooks(request: Request) -> HttpResponse:
    """Every category that has a scope or a playbook."""
    check_may(request.actor, Act.READ, desk=DESK)
    scopes = overview.keys()
    categories = {key.partition(".")[2] for key in scopes} | set(queries.categories())
    rows = [_row(category, scopes) for category in sorted(categories)]
    return page(request, "playbooks/list.html", {"rows": rows, "may_publish": _may_publish(request)})


def _row(category: str, scopes: tuple[str, ...]) -> Row:
    of_it = tuple(key for key in scopes if key.partition(".")[2] == category)
    return Row(category, queries.page(category, _language()), of_it)


def playbook(request: Request, category: str) -> HttpResponse:
    """The playbook of a category in the reader's language, with its versions."""
    check_may(request.actor, Act.READ, desk=DESK)
    found = queries.page(category, _language())
    versions = vault.versions(queries.KIND, category)
    row = _row(category, overview.keys())
    if found is None:
        or_404(row.scopes or None)
    context = {
        "playbook": found,
        "category": category,
        "scopes": row.scopes,
        "body": as_html(found.body) if found else "",
        "versions": versions,
        "names": people.names([each.published_by_id for each in versions if each.published_by_id]),
        "may_publish": _may_publish(request),
    }
    return page(request, "playbooks/playbook.html", context)


def version(request: Request, category: str, number: int) -> HttpResponse:
    """The text of one version, as it was published."""
    check_may(request.actor, Act.READ, desk=DESK)
    document = or_404(vault.version(queries.KIND, category, number))
    words = {"category": category_name(category), "number": number}
    title = _("Playbook of %(category)s, version %(number)d") % words
    context = {"document": document, "back": reverse("playbook", args=[category]), "title": title}
    return page(request, "parts/document.html", context)


def publish(request: Request, category: str) -> HttpResponse:
    """Write and publish the next version of a category's playbook."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    current = or_404(vault.current(queries.KIND, category))
    title = _("The next playbook of %(category)s") % {"category": category_name(category)}
    return _publish(request, current, title, reverse("playbook", args=[category]), category)


def publish_first(request: Request) -> HttpResponse:
    """Write and publish the first playbook of a category, beginning from that of another."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    known = queries.categories()
    pattern = vault.current(queries.KIND, known[0]) if known else None
    return _publish(request, pattern, _("A playbook for another category"), reverse("playbooks"))


def _publish(
    request: Request, start: Document | None, title: str, back: str, category: str = ""
) -> HttpResponse:
    form = DocumentForm(sent(request), initial={"text": start.source if start else ""})
    if form.is_bound and form.is_valid():
        try:
            document = _act(request, form.cleaned_data, category)
        except Refusal as refusal:
            put_document_refusal(form, refusal)
        else:
            said = _("Version %(number)d is what operators read from now.") % {"number": document.version}
            messages.success(request, said)
            return go(request, reverse("playbook", args=[document.name]))
    intro = _("The whole playbook: key, title, typical issues, what to verify, patterns by reason, body.")
    context = {"form": form, "title": title, "intro": intro, "back": back}
    return page(request, "parts/edit_document.html", context, status=status_of(form))


def _act(request: Request, data: dict[str, str], category: str) -> Document:
    return actions.publish_playbook(
        data["text"],
        source=category or _("new playbook"),
        note=data["note"],
        category=category,
        actor=request.actor,
        now=request.now,
    )


def _may_publish(request: Request) -> bool:
    return may(request.actor, Act.PUBLISH, desk=EVERY_DESK)


def _language() -> str:
    return get_language() or "en"
