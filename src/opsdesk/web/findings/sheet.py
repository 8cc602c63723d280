"""The findings as a file."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.findings.finding import count_of
from opsdesk.web.exports.sheets import Sheet
from opsdesk.web.findings.cards import Card
from opsdesk.web.phrases import plain


def sheet(cards: Sequence[Card]) -> Sheet[Card]:
    """The findings in the order of the page; a share also by its two ends and what it is a part of."""
    return Sheet(
        "findings",
        _("Findings"),
        (
            (_("Number"), lambda card: card.name),
            (_("Desk"), lambda card: card.finding.desk),
            (_("Scope"), lambda card: card.where),
            (_("When"), lambda card: card.when),
            (_("State"), lambda card: card.finding.state.value),
            (_("Value"), lambda card: card.value),
            (_("n"), lambda card: count_of(card.finding.number)),
            (_("high"), lambda card: _end(card, "high")),
            (_("of"), lambda card: _end(card, "of")),
            (_("Limits"), lambda card: card.limits),
            (_("red since"), lambda card: card.since),
            (_("What it means"), lambda card: plain(card.means)),
            (_("What to do"), lambda card: plain(card.todo)),
        ),
        lambda: cards,
    )


def _end(card: Card, name: str) -> int | None:
    number = card.finding.number
    return getattr(number, name) if isinstance(number, Share) else None
