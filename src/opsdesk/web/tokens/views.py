"""The tokens of programs: which there are, a new one with its secret shown once, none any more."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals import overview
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.people import tokens
from opsdesk.people.tokens import NewToken, TokenRow
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.http import Request, go, page, sent, wants_fragment
from opsdesk.web.once import shown_once
from opsdesk.web.refusals import submitted
from opsdesk.web.tokens.forms import TokenForm, YesForm
from opsdesk.web.tokens.labels import ABILITIES
from opsdesk.web.tokens.sheet import sheet


def check_admin(request: Request) -> None:
    check_may(request.actor, Act.MANAGE_TOKENS, desk=EVERY_DESK)


def listed(request: Request) -> HttpResponseBase:
    """All of them, valid ones first."""
    check_admin(request)
    found = tokens.listed(request.now)
    if (file := sheet_file(request, sheet(found))) is not None:
        return file
    rows = [(row, abilities_of(row)) for row in found]
    template = "tokens/tokens.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, {"rows": rows})


def abilities_of(row: TokenRow) -> list[Any]:
    """What it may, in words; empty where it may all that a token can."""
    if set(ABILITIES) <= set(row.abilities):
        return []
    return [words for ability, words in ABILITIES.items() if ability in row.abilities]


def add(request: Request) -> HttpResponse:
    """A new token; its secret is shown in the answer and never again."""
    check_admin(request)
    form = TokenForm(sent(request), scopes=overview.keys())

    def act(data: dict[str, Any]) -> NewToken:
        return tokens.add(**data, actor=request.actor, now=request.now)

    if made := submitted(form, act):
        template = "tokens/secret.html#secret" if wants_fragment(request) else "tokens/secret.html"
        shown = page(request, template, {"name": form.cleaned_data["name"], "secret": made.secret})
        shown["Cache-Control"] = "no-store"
        return shown_once(shown, after=reverse("tokens"))
    intro = _("A program shows it with every request. Its secret is shown once, on the next page.")
    title, button, back = _("A new token"), _("Make it"), reverse("tokens")
    return show(request, Dialog(title, reverse("add_token"), button, back, form, intro=intro))


def revoke(request: Request, token_id: int) -> HttpResponse:
    """Let nobody in by it any more, after asking."""
    check_admin(request)
    row, form = tokens.one(token_id, request.now), YesForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        tokens.revoke(token_id=token_id, actor=request.actor, now=request.now)
        return True

    if submitted(form, act):
        messages.success(request, _("%(name)s is revoked: it opens nothing any more.") % {"name": row.name})
        return go(request, reverse("tokens"))
    intro = _("The program that uses it is turned away from the next request on. This can't be undone.")
    title = _("Revoke %(name)s?") % {"name": row.name}
    action, back = reverse("revoke_token", args=[token_id]), reverse("tokens")
    return show(request, Dialog(title, action, _("Revoke it"), back, form, intro=intro, danger=True))
