"""A form that opens over a page where htmx asks for it, and is a page of its own everywhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render

from opsdesk.web.http import Request, wants_fragment
from opsdesk.web.refusals import status_of


@dataclass(frozen=True, slots=True)
class Dialog:
    """What a dialog shows. `back` is where it came from; `draft` keys what is kept of the typed text.

    `fields` is the template of what stands between the title and the buttons, `head` of what its
    page has in its head. `keyed`: the form sees to it itself that it is done once.
    """

    title: str
    action: str
    button: str
    back: str
    form: BaseForm
    intro: str = ""
    fields: str = "parts/fields.html"
    buttons: str = ""
    danger: bool = False
    draft: str = ""
    noun: str = ""
    head: str = ""
    keyed: bool = False

    @property
    def has_key(self) -> bool:
        """Whether its form has a key of its own, by which it is done once however often it is sent."""
        return self.keyed or "form_key" in self.form.fields


def show(request: Request, dialog: Dialog, context: Mapping[str, object] | None = None) -> HttpResponse:
    """The dialog as a fragment or a page: 200 to fill in, 422 after a refusal."""
    template = "parts/dialog.html#form" if wants_fragment(request) else "parts/dialog.html"
    filled = {**(context or {}), "dialog": dialog, "form": dialog.form}
    return render(request, template, filled, status=status_of(dialog.form))
