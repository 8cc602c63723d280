"""What undoing means on a case: the last move by its name, and the move that leads back, where there is one.

The table of moves has an undo for a void, a merge and a split alone: those have dialogs of their own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.card import HistoryRow, history
from opsdesk.kernel.actor import ActorKind
from opsdesk.web.case.history import Line, in_words
from opsdesk.web.case.moves import offered
from opsdesk.web.case.verbs import UNDO, Verb
from opsdesk.web.case.views import look_at
from opsdesk.web.http import Request, page, wants_fragment

NOTHING = _("Nothing was undone: there is nothing here that can be taken back.")
NO_WAY = _("Nothing was undone: this can't be taken back.")


@dataclass(frozen=True, slots=True)
class Way:
    """What leads back from a move: the noun of its dialog (empty: none), and what to know of it."""

    noun: str
    words: str | Promise


# After which fact which ways lead back, the best first; one that needs no dialog is always open.
WAYS: dict[str, tuple[Way, ...]] = {
    "case.escalated": (
        Way("return", _("Nothing was undone yet: an escalation is taken back by a return that says why.")),
        Way(
            "note",
            _(
                "Nothing was undone: who escalated can't take it back. Whoever sits in the queue it went to,"
                " or a lead, returns it: leave them a note that it was a mistake."
            ),
        ),
        Way(
            "",
            _(
                "Nothing was undone: who escalated can't take it back. Whoever sits in the queue it went to,"
                " or a lead, returns it: ask one of them."
            ),
        ),
    ),
    "case.returned": (
        Way("escalation", _("Nothing was undone yet: a return is taken back by escalating again.")),
    ),
    "case.rerouted": (
        Way("reroute", _("Nothing was undone yet: the way back is another reroute, to where it was.")),
    ),
    "case.waited": (
        Way(
            "resumption",
            _("Nothing was undone yet: resuming ends the wait. The time it has waited stays on record."),
        ),
    ),
    "case.resumed": (Way("wait", _("Nothing was undone yet: the way back is to let it wait again.")),),
    "case.resolved": (
        Way("reopening", _("Nothing was undone yet: a resolved case is reopened, with a reason.")),
        Way("follow-up", _("Nothing was undone: the case is closed. What comes now is a linked request.")),
    ),
    "case.reopened": (Way("resolution", _("Nothing was undone yet: the way back is to resolve it again.")),),
    "case.taken": (
        Way("assignment", _("Nothing was undone yet: assign it to nobody, and it is free again.")),
    ),
    "case.assigned": (Way("assignment", _("Nothing was undone yet: assign it to whom it belongs.")),),
    "case.classified": (Way("type", _("Nothing was undone yet: set the type that is right.")),),
    "case.replied": (
        Way(
            "reply", _("Nothing was undone: an answer that was sent can't be called back. Write another one.")
        ),
    ),
    "case.noted": (
        Way("note", _("Nothing was undone: a note stands as it was written. Put another one below it.")),
    ),
    "case.thanks_withdrawn": (
        Way("reopening", _("Nothing was undone yet: the case is resolved again; a person may reopen it.")),
    ),
}


@dataclass(frozen=True, slots=True)
class Undoing:
    """The last thing a person did, if any, what can be said of undoing it, and the dialog that leads back."""

    last: Line | None
    words: str | Promise
    verb: Verb | None


def undo(request: Request, case_id: int) -> HttpResponse:
    """Say what undoing the last move takes; it changes nothing by itself."""
    look = look_at(request, case_id)
    facts = [row for row in history(case_id) if row.entry.actor_kind == ActorKind.PERSON][:1]
    found = undoing(facts, in_words(facts, look.desk), offered(look))
    template = "case/undo.html#words" if wants_fragment(request) else "case/undo.html"
    return page(request, template, {"undoing": found, "case_id": case_id})


def undoing(facts: Sequence[HistoryRow], lines: Sequence[Line], verbs: Collection[Verb]) -> Undoing:
    """The best way back from the newest fact among the dialogs that are offered."""
    if not facts:
        return Undoing(None, NOTHING, None)
    by_noun = {verb.noun: verb for verb in verbs}
    undo_of_its_own = next((verb for verb in verbs if verb.key == UNDO), None)
    if undo_of_its_own:
        return Undoing(lines[0], undo_of_its_own.intro, undo_of_its_own)
    for way in WAYS.get(facts[0].entry.kind, ()):
        if not way.noun or way.noun in by_noun:
            return Undoing(lines[0], way.words, by_noun.get(way.noun))
    return Undoing(lines[0], NO_WAY, None)
