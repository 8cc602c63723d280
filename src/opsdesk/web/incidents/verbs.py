"""The dialogs that only an incident has."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk.cases import incidents
from opsdesk.cases.lifecycle import Move
from opsdesk.web.case.forms import NothingForm
from opsdesk.web.case.look import Look
from opsdesk.web.case.verbs import Verb, simple
from opsdesk.web.incidents.forms import EndForm


def acknowledge(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    return incidents.acknowledge(case_id=look.case.id, actor=by["actor"], now=by["now"])


OF_INCIDENTS: tuple[Verb, ...] = (
    Verb(
        "acknowledgement",
        Move.ACKNOWLEDGE,
        "a",
        _("Answer"),
        _("Answer this incident?"),
        _("Answer it"),
        _("It is answered, and yours."),
        NothingForm,
        acknowledge,
        intro=_("With this you say that you have it: it becomes yours, and nobody else needs to come."),
        often=True,
    ),
    Verb(
        "ending",
        Move.RESOLVE,
        "s",
        _("Resolve"),
        _("End this incident"),
        _("Resolve"),
        _("Resolved. What it stopped stays stopped until a lead lifts it."),
        EndForm,
        simple(incidents.resolve_incident),
        intro=_("If what caused it is still there, the next sweep opens another one."),
        often=True,
    ),
)
