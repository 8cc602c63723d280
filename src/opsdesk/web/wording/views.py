"""The texts that answers begin with: a desk's templates, as its lead keeps them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries
from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.mail import templates
from opsdesk.mail.refusals import TemplateUnknown
from opsdesk.mail.templates import Template
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.refusals import status_of, submitted
from opsdesk.web.wording.forms import WordingForm


def wording(request: Request, desk: str) -> HttpResponse:
    """The desk's templates, each as it would read for a made-up request."""
    definition = queries.desk(desk)
    check_may(request.actor, Act.READ, desk=desk)
    sample = _sample(request, definition)
    rows = [(each, templates.filled(each.text, sample)) for each in templates.of_desk(desk)]
    context = {
        "desk": definition,
        "rows": rows,
        "may_write": may(request.actor, Act.SET_TARGETS, desk=desk),
    }
    return page(request, "wording/wording.html", context)


def add(request: Request, desk: str) -> HttpResponse:
    """A new template."""
    return _write(request, queries.desk(desk), None)


def change(request: Request, desk: str, template_id: int) -> HttpResponse:
    """Another text or name for a template; answers written with it stay as they are."""
    definition = queries.desk(desk)
    check_may(request.actor, Act.SET_TARGETS, desk=desk)
    return _write(request, definition, _standing(desk, template_id))


def _write(request: Request, desk: DeskDefinition, standing: Template | None) -> HttpResponse:
    check_may(request.actor, Act.SET_TARGETS, desk=desk.key)
    initial = {"name": standing.name, "text": standing.text} if standing else {}
    form = WordingForm(sent(request), initial=initial)
    preview = ""
    if request.POST.get("act") == "preview":
        if form.is_valid():
            preview = templates.filled(form.cleaned_data["text"], _sample(request, desk))
    elif kept := submitted(form, lambda data: _kept(request, desk, standing, data)):
        messages.success(request, _("“%(name)s” is there for answers from now on.") % {"name": kept.name})
        return go(request, reverse("wording", args=[desk.key]))
    context = {
        "form": form,
        "desk": desk,
        "preview": preview,
        "fields": _fields(),
        "title": _("Change a template") if standing else _("Write a template"),
    }
    return page(request, "wording/write.html", context, status=status_of(form))


def _kept(
    request: Request, desk: DeskDefinition, standing: Template | None, data: dict[str, Any]
) -> Template:
    return templates.write(
        desk=desk.key,
        name=data["name"],
        text=data["text"],
        template_id=standing.id if standing else None,
        actor=request.actor,
        now=request.now,
    )


def remove(request: Request, desk: str, template_id: int) -> HttpResponse:
    """Take a template off the desk, once that is confirmed."""
    queries.desk(desk)
    check_may(request.actor, Act.SET_TARGETS, desk=desk)
    standing = _standing(desk, template_id)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        templates.remove(desk=desk, template_id=template_id, actor=request.actor, now=request.now)
        return True

    back = reverse("wording", args=[desk])
    if submitted(form, act):
        messages.success(request, _("“%(name)s” is removed.") % {"name": standing.name})
        return go(request, back)
    dialog = Dialog(
        _("Remove “%(name)s”?") % {"name": standing.name},
        reverse("remove_wording", args=[desk, template_id]),
        _("Remove it"),
        back,
        form,
        intro=_("No answer can begin with it any more. Answers written with it stay as they are."),
        danger=True,
    )
    return show(request, dialog)


def _standing(desk: str, template_id: int) -> Template:
    for each in templates.of_desk(desk):
        if each.id == template_id:
            return each
    raise TemplateUnknown


def _sample(request: Request, desk: DeskDefinition) -> dict[str, str]:
    """What the fields stand for on a made-up request: no customer's name shows up where it isn't needed."""
    return {
        "name": _("Sam Dealer"),
        "first_name": _("Sam"),
        "number": "#1204",
        "subject": _("The assistant repeats itself"),
        "account": _("North Star Motors"),
        "me": request.actor.name,
        "desk": desk.name,
    }


def _fields() -> list[tuple[str, str]]:
    """Each field as it is written, and what it stands for."""
    meanings = {
        "name": _("the requester's name, else their address"),
        "first_name": _("the first word of their name"),
        "number": _("the request's number, as #1204"),
        "subject": _("its subject"),
        "account": _("the customer, where the address is known"),
        "me": _("who writes the answer"),
        "desk": _("the desk's name"),
    }
    return [(f"{{{field}}}", meanings[field]) for field in templates.FIELDS]
