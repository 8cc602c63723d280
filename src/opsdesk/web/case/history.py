"""The journal of a case in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.card import HistoryRow
from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.people import queries as people
from opsdesk.web.labels import shipped

CUSTOMER, SYSTEM = gettext_lazy("The customer"), gettext_lazy("Opsdesk")
PHRASES = {
    "case.opened": gettext_lazy("opened the case in %(queue)s"),
    "case.customer_wrote": gettext_lazy("a message of the customer came in"),
    "case.taken": gettext_lazy("took it"),
    "case.assigned": gettext_lazy("assigned it to %(to_person)s"),
    "case.imported": gettext_lazy("came with import %(import)s"),
    "case.import_placed": gettext_lazy("was put into its queue"),
    "case.import_withdrawn": gettext_lazy("was withdrawn with import %(import)s"),
    "case.import_put_back": gettext_lazy("was put back with import %(import)s"),
    "case.classified": gettext_lazy("set the type: %(type)s"),
    "case.account_found": gettext_lazy("gave it the account that the requester's address belongs to"),
    "case.account_chosen": gettext_lazy("set its account"),
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
    "case.merged": gettext_lazy("merged it into #%(into)s"),
    "case.absorbed": gettext_lazy("merged #%(case)s into it"),
    "case.merge_undone": gettext_lazy("took it out of #%(from_case)s again"),
    "case.claim_joined": gettext_lazy("joined #%(case)s, which said that it belongs here"),
    "case.claim_parted": gettext_lazy("took out again what #%(case)s had brought"),
    "case.note_redacted": gettext_lazy("erased a note"),
    "case.words_redacted": gettext_lazy("erased what the case took over from a mail"),
    "case.past_redacted": gettext_lazy("erased words that had come with an import"),
    "case.requester_redacted": gettext_lazy("erased who had asked"),
    "message.sent": gettext_lazy("sent an answer; not everybody could be reached"),
    "message.failed": gettext_lazy("an answer could not be delivered"),
    "message.bounced": gettext_lazy("an answer came back: it did not arrive"),
    "message.delayed": gettext_lazy("an answer has not arrived yet; the mail server still tries"),
    "message.retried": gettext_lazy("had an answer sent again"),
    "message.given_up": gettext_lazy("gave up sending an answer"),
    "message.held": gettext_lazy("held an answer: a backup was restored"),
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
    phrases = {kind: str(PHRASES[kind]) for kind in {row.entry.kind for row in rows} & PHRASES.keys()}
    return [
        Line(row.entry.happened_at, _by(row), _words(row, phrases, Details(row.entry.payload, desk, names)))
        for row in rows
    ]


def _by(row: HistoryRow) -> str:
    if row.by:
        return row.by
    return str(CUSTOMER if row.entry.actor_kind == "customer" else SYSTEM)


def _words(row: HistoryRow, phrases: Mapping[str, str], details: "Details") -> str:
    phrase = phrases.get(row.entry.kind)
    if phrase is None:
        return row.entry.kind.removeprefix("case.").replace("_", " ")
    text = phrase % details
    if row.entry.kind == "case.customer_wrote" and row.entry.payload.get("reopened"):
        text += "; " + _("it reopened the case")
    if row.entry.kind == "case.replied" and row.entry.payload.get("wait"):
        text += "; " + _("the case waits on the customer")
    return text


@dataclass(frozen=True, slots=True)
class Details:
    """What a phrase may name, each code with its label; found when the phrase asks for it."""

    payload: Any
    desk: DeskDefinition
    names: dict[int, str]

    def __getitem__(self, name: str) -> str:
        return NAMED[name](self)

    def queue(self, field: str) -> str:
        key = self.payload.get(field)
        known = isinstance(key, str) and self.desk.has_queue(key)
        return shipped(self.desk.queue(key).name) if known else str(key or "")

    def person(self) -> str:
        to = self.payload.get("to")
        return self.names.get(to, _("nobody")) if isinstance(to, int) else _("nobody")

    def type(self) -> str:
        to = self.payload.get("to")
        leaf = self.desk.type(str(to))
        return shipped(leaf.name) if leaf else str(to or "")

    def party(self) -> str:
        party = self.payload.get("party")
        return _label(self.desk.third_parties, party) if party else _("the customer")


NAMED: dict[str, Callable[[Details], str]] = {
    "queue": lambda of: of.queue("queue"),
    "from": lambda of: of.queue("from"),
    "to": lambda of: of.queue("to"),
    "to_person": Details.person,
    "type": Details.type,
    "on": Details.party,
    "reason": lambda of: _label(of.desk.escalation_reasons, of.payload.get("reason")),
    "cause": lambda of: _label(of.desk.causes, of.payload.get("cause")),
    "void": lambda of: _label(of.desk.void_reasons, of.payload.get("reason")),
    "case": lambda of: str(of.payload.get("case", "")),
    "part": lambda of: str(of.payload.get("part", "")),
    "into": lambda of: str(of.payload.get("into", "")),
    "import": lambda of: str(of.payload.get("import", "")),
    "from_case": lambda of: str(of.payload.get("from", "")),
}


def _label(codes: Sequence[Code], key: Any) -> str:
    return next((shipped(code.name) for code in codes if code.key == key), str(key or "–"))
