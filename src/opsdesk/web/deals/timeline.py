"""The journal of a deal in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from opsdesk.deals.card import DealCard
from opsdesk.disputes.models import Dispute, Kind
from opsdesk.journal.queries import EntryValue
from opsdesk.kernel.actor import ActorKind
from opsdesk.kernel.money import Money
from opsdesk.people import queries as people
from opsdesk.people import tokens
from opsdesk.web.deals import labels
from opsdesk.web.deals.amounts import written

PHRASES = {
    "deal.created": gettext_lazy("made the deal"),
    "deal.funded": gettext_lazy("said that the buyer has paid: the total is held in escrow"),
    "deal.delivered": gettext_lazy("said that the seller has delivered: the immediate part is released"),
    "deal.inspection_began": gettext_lazy("began the inspection with that"),
    "deal.approved": gettext_lazy("approved for the buyer"),
    "deal.auto_approved": gettext_lazy("approved, as nobody objected until the end of the inspection"),
    "deal.settled": gettext_lazy("settled: the holdback went to the seller"),
    "deal.issue_raised": gettext_lazy("raised an issue: %(reason)s"),
    "deal.ruled": gettext_lazy("ruled: %(outcome)s, %(to_buyer)s to the buyer"),
    "deal.dispute_expired": gettext_lazy("settled by the deadline: %(to_buyer)s to the buyer"),
    "evidence.added": gettext_lazy("added evidence: %(item)s"),
    "evidence.withdrawn": gettext_lazy("withdrew evidence: %(item)s"),
    "evidence.waived": gettext_lazy("let a required item go: %(item)s"),
    "evidence.redacted": gettext_lazy("erased evidence for good: %(item)s"),
    "evidence.waiver_withdrawn": gettext_lazy("asked for an item again: %(item)s"),
}
FILES: dict[str, labels.Words] = dict(Kind.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact in words. `happened_at` is when it counts, even if the system was late."""

    happened_at: datetime
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of who acted, by number: persons, and programs by their tokens."""

    persons: Mapping[int, str]
    tokens: Mapping[int, str]


def lines_of(card: DealCard, names: Names | None = None) -> list[Line]:
    """A deal's life in words, oldest first."""
    known, currency = names or names_of(card.timeline), card.money.total.currency
    language = (get_language() or "en").partition("-")[0]
    items = {item.key: item.named(language) for item in card.terms.checklist}
    return [
        Line(fact.happened_at, who(fact.actor_kind, fact.actor_id, known), _words(fact, currency, items))
        for fact in card.timeline
    ]


def names_of(facts: Iterable[EntryValue], disputes: Iterable[Dispute] = ()) -> Names:
    """The names of all who acted: at most one question for persons and one for programs."""
    acted = {(fact.actor_kind, fact.actor_id) for fact in facts}
    acted |= {(dispute.raised_by_kind, dispute.raised_by_id) for dispute in disputes}
    ids = {kind: {number for of, number in acted if of == kind and number is not None} for kind in ActorKind}
    return Names(people.names(ids[ActorKind.PERSON]), tokens.names(ids[ActorKind.TOKEN]))


def who(kind: str, number: int | None, names: Names) -> str:
    """A person's name, a program's, or the system's."""
    if kind == ActorKind.PERSON and number is not None:
        return names.persons.get(number, _("somebody"))
    if kind == ActorKind.TOKEN and number is not None:
        return _("%(token)s (by API)") % {"token": names.tokens.get(number, _("a program"))}
    return "Opsdesk"


def _words(fact: EntryValue, currency: str, items: Mapping[str, str]) -> str:
    phrase = PHRASES.get(fact.kind)
    if phrase is None:
        return fact.kind.partition(".")[2].replace("_", " ")
    payload = fact.payload
    to_buyer, item = payload.get("to_buyer"), str(payload.get("item", ""))
    return str(phrase) % {
        "reason": labels.word(labels.REASONS, str(payload.get("reason", ""))),
        "outcome": labels.word(labels.OUTCOMES, str(payload.get("outcome", ""))),
        "to_buyer": written(Money(to_buyer, currency)) if isinstance(to_buyer, int) else "–",
        "item": items.get(item, item) or labels.word(FILES, str(payload.get("kind", ""))) or _("a file"),
    }
