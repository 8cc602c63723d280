"""How a desk works: its definition as a page, its versions, its targets."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries, settings
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Target
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.people import queries as people
from opsdesk.vault import queries as vault
from opsdesk.web.desk.forms import TargetForm
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.documents import DocumentForm, put_document_refusal
from opsdesk.web.http import Request, go, or_404, page, sent
from opsdesk.web.refusals import put_on, status_of

KIND = "desk"
HOUR = 3600


def desk(request: Request, desk: str) -> HttpResponse:
    """Queues by tier, routes, types, reasons, targets, versions."""
    definition = _readable(request, desk)
    versions = vault.versions(KIND, desk)
    context = {
        "desk": definition,
        "tiers": [(tier, definition.queues_at(tier)) for tier in range(1, definition.top_tier + 1)],
        "targets": sorted(
            queries.targets(desk, request.now.astimezone(definition.zone).date()),
            key=lambda each: (each.name, each.tier),
        ),
        "versions": versions,
        "names": people.names([each.published_by_id for each in versions if each.published_by_id]),
        "may_publish": may(request.actor, Act.PUBLISH, desk=desk),
        "may_set_targets": may(request.actor, Act.SET_TARGETS, desk=desk),
    }
    return page(request, "desk/desk.html", context)


def version(request: Request, desk: str, number: int) -> HttpResponse:
    """The text of one version, as it was published."""
    _readable(request, desk)
    document = or_404(vault.version(KIND, desk, number))
    context = {"document": document, "back": reverse("desk", args=[desk]), "title": f"{desk} {number}"}
    return page(request, "parts/document.html", context)


def publish(request: Request, desk: str) -> HttpResponse:
    """Write and publish the next version."""
    check_may(request.actor, Act.PUBLISH, desk=desk)
    current = or_404(vault.current(KIND, desk))
    form = DocumentForm(sent(request), initial={"text": current.source})
    if form.is_bound and form.is_valid():
        try:
            published = _publish(request, desk, form.cleaned_data)
        except Refusal as refusal:
            put_document_refusal(form, refusal)
        else:
            messages.success(request, _("Version %(number)d holds from now.") % {"number": published.version})
            return go(request, reverse("desk", args=[desk]))
    context = {
        "form": form,
        "title": _("The next version of %(name)s") % {"name": desk},
        "intro": _("The whole definition. It is checked, then published; cases open now go on under it."),
        "back": reverse("desk", args=[desk]),
    }
    return page(request, "parts/edit_document.html", context, status=status_of(form))


def _publish(request: Request, desk: str, data: dict[str, Any]) -> DeskDefinition:
    text, note = data["text"], data["note"]
    return settings.publish_desk(text, source=desk, note=note, actor=request.actor, now=request.now, key=desk)


def target(request: Request, desk: str) -> HttpResponse:
    """Set a target from a day on."""
    definition = _readable(request, desk)
    today = request.now.astimezone(definition.zone).date()
    form = TargetForm(sent(request), desk=definition, initial={"holds_from": today})
    if form.is_bound and form.is_valid():
        try:
            _set_target(request, desk, form.cleaned_data)
        except Invalid as refusal:
            put_on(
                form,
                Invalid("hours", str(refusal.details["problem"])) if refusal.field == "budget" else refusal,
            )
        except Refusal as refusal:
            put_on(form, refusal)
        else:
            messages.success(request, _("The target is set."))
            return go(request, reverse("desk", args=[desk]))
    action, back = reverse("set_target", args=[desk]), reverse("desk", args=[desk])
    return show(request, Dialog(_("Set a target"), action, _("Set it"), back, form))


def _set_target(request: Request, desk: str, data: dict[str, Any]) -> Target:
    return settings.set_target(
        desk=desk,
        name=data["name"],
        tier=data["tier"] if data["name"] == Target.Name.FIRST_TOUCH else 0,
        budget_s=int(data["hours"] * HOUR),
        holds_from=data["holds_from"],
        actor=request.actor,
        now=request.now,
    )


def _readable(request: Request, desk: str) -> DeskDefinition:
    definition = queries.desk(desk)
    check_may(request.actor, Act.READ, desk=desk)
    return definition
