"""The journal of a case in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.card import HistoryRow
from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.people import queries as people

CUSTOMER, SYSTEM = gettext_lazy("The customer"), gettext_lazy("Opsdesk")
PHRASES = {
    "case.opened": gettext_lazy("opened the case in %(queue)s"),
    "case.customer_wrote": gettext_lazy("a message of the customer came in"),
    "case.taken": gettext_lazy("took it"),
    "case.assigned": gettext_lazy("assigned it to %(to_person)s"),
    "case.classified": gettext_lazy("set the type: %(type)s"),
    "case.noted": gettext_lazy("wrote a note"),
    "case.replied": gettext_lazy("answered"),
    "case.waited": gettext_lazy("waits on %(on)s"),
    "case.wait_overran": gettext_lazy("the expected date passed without an answer"),
    "case.resumed": gettext_lazy("resumed"),
    "case.escalated": gettext_lazy("escalated from %(from)s to %(to)s: %(reason)s"),
    "case.returned": gettext_lazy("returned it from %(from)s to %(to)s"),
    "case.rerouted": gettext_lazy("rerouted it from %(from)s to %(to)s"),
    "case.resolved": gettext_lazy("resolved it; cause: %(cause)s"),
    "case.reopened": gettext_lazy("reopened it"),
    "case.thanks_withdrawn": gettext_lazy("withdrew a thanks: resolved as before"),
    "case.voided": gettext_lazy("made it void: %(void)s"),
    "case.void_undone": gettext_lazy("undid the void"),
    "case.split": gettext_lazy("split off #%(part)s"),
    "case.split_undone": gettext_lazy("undid the split"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact in words. `happened_at` is when it counts."""

    happened_at: datetime
    by: str
    words: str


def in_words(rows: Sequence[HistoryRow], desk: DeskDefinition) -> list[Line]:
    """The facts, in the order they come in."""
    ids = [row.entry.payload.get("to") for row in rows if row.entry.kind == "case.assigned"]
    names = people.names([number for number in ids if isinstance(number, int)])
    return [Line(row.entry.happened_at, _by(row), _words(row, desk, names)) for row in rows]


def _by(row: HistoryRow) -> str:
    if row.by:
        return row.by
    return str(CUSTOMER if row.entry.actor_kind == "customer" else SYSTEM)


def _words(row: HistoryRow, desk: DeskDefinition, names: dict[int, str]) -> str:
    phrase = PHRASES.get(row.entry.kind)
    if phrase is None:
        return row.entry.kind.removeprefix("case.").replace("_", " ")
    text = str(phrase) % _details(row.entry.payload, desk, names)
    if row.entry.kind == "case.customer_wrote" and row.entry.payload.get("reopened"):
        text += "; " + _("it reopened the case")
    if row.entry.kind == "case.replied" and row.entry.payload.get("wait"):
        text += "; " + _("the case waits on the customer")
    return text


def _details(payload: Any, desk: DeskDefinition, names: dict[int, str]) -> dict[str, str]:
    """What a phrase may need, each code with its label."""
    to = payload.get("to")
    leaf = desk.type(str(to))
    return {
        "queue": _queue(desk, payload.get("queue")),
        "from": _queue(desk, payload.get("from")),
        "to": _queue(desk, to),
        "to_person": names.get(to, _("nobody")) if isinstance(to, int) else _("nobody"),
        "type": leaf.name if leaf else str(to or ""),
        "on": _party(desk, payload),
        "reason": _label(desk.escalation_reasons, payload.get("reason")),
        "cause": _label(desk.causes, payload.get("cause")),
        "void": _label(desk.void_reasons, payload.get("reason")),
        "part": str(payload.get("part", "")),
    }


def _queue(desk: DeskDefinition, key: Any) -> str:
    return desk.queue(key).name if isinstance(key, str) and desk.has_queue(key) else str(key or "")


def _party(desk: DeskDefinition, payload: Any) -> str:
    if payload.get("party"):
        return _label(desk.third_parties, payload["party"])
    return _("the customer")


def _label(codes: Sequence[Code], key: Any) -> str:
    return next((code.name for code in codes if code.key == key), str(key or "–"))
