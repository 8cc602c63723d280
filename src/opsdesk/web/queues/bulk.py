"""One act on many cases: asked for once, done case by case, with a result for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases import actions, endings, handoffs
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.http import Request
from opsdesk.web.queues.forms import BulkAssignForm, BulkForm, BulkRerouteForm, BulkTakeForm, BulkVoidForm
from opsdesk.web.refusals import message_of


@dataclass(frozen=True, slots=True)
class BulkAct:
    """What can be done to many cases at once. Resolving can't: each fix is verified by itself."""

    act: Act
    title: str | Promise
    button: str | Promise
    form: type[BulkForm]
    run: Callable[..., object]
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case; `refusal` is empty when it was done."""

    case_id: int
    refusal: str


ACTS: dict[str, BulkAct] = {
    "take": BulkAct(Act.TAKE, _("Take these cases?"), _("Take them"), BulkTakeForm, actions.take),
    "assign": BulkAct(
        Act.ASSIGN_OTHERS, _("Assign these cases"), _("Assign them"), BulkAssignForm, actions.assign
    ),
    "reroute": BulkAct(
        Act.REROUTE, _("Reroute these cases"), _("Reroute them"), BulkRerouteForm, handoffs.reroute
    ),
    "void": BulkAct(
        Act.VOID, _("Void these cases?"), _("Void them"), BulkVoidForm, endings.void, danger=True
    ),
}


def run(request: Request, act: BulkAct, data: dict[str, Any]) -> list[Result]:
    """Do it to each case by itself: one that refuses stops no other."""
    given = {name: value for name, value in data.items() if name != "case"}
    return [Result(case_id, _one(request, act, case_id, given)) for case_id in data["case"]]


def _one(request: Request, act: BulkAct, case_id: int, given: dict[str, Any]) -> str:
    try:
        act.run(case_id=case_id, actor=request.actor, now=request.now, **given)
    except Refusal as refusal:
        return message_of(refusal)
    return ""
