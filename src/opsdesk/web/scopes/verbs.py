"""What a lead decides about a scope: its stage, its cap, its stop; and what came of a change of its terms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.deals import overview, publishing, scopes
from opsdesk.deals.ground import DESK
from opsdesk.deals.models import Stage
from opsdesk.deals.overview import ScopeRow
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.web.deals.labels import scope_name
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, sent
from opsdesk.web.refusals import submitted
from opsdesk.web.scopes.forms import CapForm, EffectForm, ReasonForm, StageForm


@dataclass(frozen=True, slots=True)
class Verb:
    """One decision: its form, its action, its words, and when a scope's page offers it.

    `intro` says what it does to the deals that come and to those that run.
    """

    title: str | Promise
    button: str | Promise
    intro: str | Promise
    done: str | Promise
    form: type[forms.Form]
    act: Callable[..., object]
    offered: Callable[[ScopeRow], bool]
    danger: bool = False


VERBS: dict[str, Verb] = {
    "stage": Verb(
        gettext_lazy("Set the stage"),
        gettext_lazy("Set the stage"),
        gettext_lazy(
            "New deals are made in “Limited” (up to the cap) and “Open”; every other stage refuses them. "
            "Deals that run go on in every stage."
        ),
        gettext_lazy("The stage is set."),
        StageForm,
        scopes.set_stage,
        lambda row: True,
    ),
    "cap": Verb(
        gettext_lazy("Set the cap"),
        gettext_lazy("Set the cap"),
        gettext_lazy(
            "The cap counts the deals made since the stage began. The next one above it is refused; "
            "deals that run go on."
        ),
        gettext_lazy("The cap is set."),
        CapForm,
        scopes.set_cap,
        lambda row: row.stage == Stage.LIMITED,
    ),
    "stop": Verb(
        gettext_lazy("Stop new deals"),
        gettext_lazy("Stop new deals"),
        gettext_lazy(
            "From now on no deal can be made here, until a lead lifts the stop. Deals that run go on, "
            "their timers too."
        ),
        gettext_lazy("New deals are stopped."),
        ReasonForm,
        scopes.stop,
        lambda row: row.stop is None,
        danger=True,
    ),
    "lift": Verb(
        gettext_lazy("Lift the stop"),
        gettext_lazy("Lift the stop"),
        gettext_lazy(
            "Deals can be made here again, as the stage allows. Be sure that what caused the stop is gone."
        ),
        gettext_lazy("The stop is lifted."),
        ReasonForm,
        scopes.lift,
        lambda row: row.stop is not None,
    ),
}


def verb(request: Request, key: str, verb: str) -> HttpResponse:
    """Ask for a decision and its reason on GET, take it on POST."""
    check_may(request.actor, Act.SET_SCOPE, desk=DESK)
    chosen, row = VERBS.get(verb), overview.scope(key)
    if chosen is None:
        raise Http404
    form = chosen.form(sent(request), initial={"stage": row.stage, "cap": row.cap})

    def act(data: dict[str, Any]) -> bool:
        chosen.act(scope=key, actor=request.actor, now=request.now, **data)
        return True

    back = reverse("scope", args=[key])
    if submitted(form, act):
        messages.success(request, str(chosen.done))
        return go(request, back)
    title = f"{chosen.title}: {scope_name(key)}"
    dialog = Dialog(
        title,
        reverse("scope_verb", args=[key, verb]),
        str(chosen.button),
        back,
        form,
        intro=str(chosen.intro),
        danger=chosen.danger,
        draft=f"scope:{key}:{verb}",
    )
    return show(request, dialog)


def effect(request: Request, key: str, tuning_id: int) -> HttpResponse:
    """Say what came of one parameter's change."""
    check_may(request.actor, Act.SET_SCOPE, desk=DESK)
    found = overview.tuning(tuning_id)
    if found is None or found[0] != key:
        raise Http404
    tuned = found[1]
    form = EffectForm(sent(request), initial={"actual": tuned.actual})

    def act(data: dict[str, Any]) -> bool:
        publishing.record_effect(tuning_id=tuning_id, actor=request.actor, now=request.now, **data)
        return True

    back = reverse("scope", args=[key])
    if submitted(form, act):
        messages.success(request, _("The effect is kept."))
        return go(request, back)
    words = {"parameter": tuned.parameter, "old": tuned.old or "–", "new": tuned.new or "–"}
    intro = _("%(parameter)s: %(old)s → %(new)s.") % words + " "
    intro += _("Expected: %(expected)s") % {"expected": tuned.expected or "–"}
    action = reverse("tuning_effect", args=[key, tuning_id])
    return show(request, Dialog(_("What came of it"), action, _("Keep it"), back, form, intro=intro))
