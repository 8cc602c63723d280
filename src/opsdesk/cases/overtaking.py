"""Who was first: a move made on a look at the case that has passed since says who did what meanwhile."""

from collections.abc import Container, Iterator, Sequence

from opsdesk.cases import lifecycle
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import CustomerWrote, Overtaken
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.people import queries as people

CUSTOMER_WROTE = "case.customer_wrote"
LOOKED_THROUGH = 20
MOVES_THAT_OVERTAKE = frozenset(row.event for row in lifecycle.TABLE) - {
    "case.noted",
    "case.classified",
    "case.split",
}
HANDED_ON = frozenset({"case.escalated", "case.returned", "case.rerouted"})
NEVER_OVERTAKEN = frozenset({Move.NOTE, Move.CLASSIFY, Move.SPLIT, Move.ACKNOWLEDGE})
LISTENS_TO_THE_CUSTOMER = frozenset(
    {Move.SEND, Move.SEND_AND_WAIT, Move.WAIT, Move.RESOLVE, Move.WITHDRAW_THANKS, Move.VOID}
)
WHAT = {
    "case.replied": gettext_noop("replied"),
    "case.taken": gettext_noop("taken"),
    "case.assigned": gettext_noop("assigned"),
    "case.waited": gettext_noop("set to wait"),
    "case.resumed": gettext_noop("resumed"),
    CUSTOMER_WROTE: gettext_noop("customer wrote"),
    "case.escalated": gettext_noop("escalated"),
    "case.returned": gettext_noop("returned"),
    "case.rerouted": gettext_noop("rerouted"),
    "case.resolved": gettext_noop("resolved"),
    "case.reopened": gettext_noop("reopened"),
    "case.thanks_withdrawn": gettext_noop("withdrew a thanks"),
    "case.voided": gettext_noop("made void"),
    "case.void_undone": gettext_noop("void undone"),
    "case.split_undone": gettext_noop("split undone"),
    "case.merged": gettext_noop("merged"),
    "case.absorbed": gettext_noop("merged"),
    "case.merge_undone": gettext_noop("merge undone"),
    "case.acknowledged": gettext_noop("acknowledged"),
}
SOMETHING_ELSE = gettext_noop("something else was done")
BY = {
    ActorKind.SYSTEM.value: gettext_noop("The system"),
    ActorKind.TOKEN.value: gettext_noop("A program"),
}


def check_not_overtaken(case: Case, move: Move, actor: Actor, seen_version: int | None) -> None:
    """Refuse `Overtaken` where somebody else has moved the case since, and the move minds it."""
    if seen_version is None or seen_version == case.version or move in NEVER_OVERTAKEN:
        return
    listens = move in LISTENS_TO_THE_CUSTOMER
    _refuse(case, actor, seen_version, MOVES_THAT_OVERTAKE - ({CUSTOMER_WROTE} if not listens else set()))


def check_not_handed_on(case: Case, actor: Actor, seen_version: int | None) -> None:
    """Refuse `Overtaken` where somebody else has handed the case on since."""
    if seen_version is not None and seen_version != case.version:
        _refuse(case, actor, seen_version, HANDED_ON)


def overtaken(case_id: int) -> Overtaken:
    """Who did the newest thing on the case, whatever it was."""
    found = Entry.objects.filter(subject_kind="case", subject_id=case_id).order_by("-id").first()
    return _of(found, [found]) if found is not None else Overtaken(by="?", what="?", at=None)


def _refuse(case: Case, actor: Actor, seen_version: int, minded: Container[str]) -> None:
    meanwhile = list(_since(case, seen_version))
    for entry in meanwhile:
        own = entry.actor_kind == actor.kind and entry.actor_id == actor.id
        if not own and entry.kind in minded:
            raise _of(entry, meanwhile)


def _since(case: Case, seen_version: int) -> Iterator[Entry]:
    """What became of the case since that version, newest first."""
    newest = Entry.objects.filter(subject_kind="case", subject_id=case.id).order_by("-id")
    for entry in newest[:LOOKED_THROUGH]:
        if "version" not in entry.payload:
            continue
        if entry.payload["version"] <= seen_version:
            return
        yield entry


def _of(entry: Entry, meanwhile: Sequence[Entry]) -> Overtaken:
    if entry.kind == CUSTOMER_WROTE:
        first = min(each.happened_at for each in meanwhile if each.kind == CUSTOMER_WROTE)
        return CustomerWrote(at=entry.happened_at, since=first)
    names = people.names([entry.actor_id]) if entry.actor_id else {}
    by = names.get(entry.actor_id or 0, BY.get(entry.actor_kind, entry.actor_kind))
    return Overtaken(by=by, what=WHAT.get(entry.kind, SOMETHING_ELSE), at=entry.happened_at)
