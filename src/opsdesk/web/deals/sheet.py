"""The list of deals, and the money that moved in one of them, as files."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opsdesk.cases.queries import desk
from opsdesk.deals import lists
from opsdesk.deals.card import DealCard, TransferCard
from opsdesk.deals.ground import DESK
from opsdesk.deals.lists import Cursor, DealFilters, DealRow
from opsdesk.web.exports.sheets import PAGE, Columns, Sheet, through


def sheet(filters: DealFilters) -> Sheet[DealRow]:
    """Every deal that the filters let through, newest first."""

    def some(after: Cursor | None) -> tuple[tuple[DealRow, ...], Cursor | None]:
        found = lists.page(filters, after=after, size=PAGE)
        return found.rows, found.next

    return Sheet("deals", _("Deals"), _columns(), lambda: through(some), desk(DESK).zone)


def _columns() -> Columns[DealRow]:
    return (
        (_("Deal"), lambda row: row.id),
        (_("Item"), lambda row: row.item),
        (_("Scope"), lambda row: row.scope),
        (_("Reference"), lambda row: row.reference),
        (_("Buyer"), lambda row: row.buyer),
        (_("Seller"), lambda row: row.seller),
        (_("State"), lambda row: row.state.value),
        (_("In this state since"), lambda row: row.state_since),
        (_("Reason"), lambda row: row.reason),
        (_("Due"), lambda row: row.due_at),
        (_("Waits on"), lambda row: row.waits_for.value if row.waits_for else ""),
        (_("Total"), lambda row: row.total.amount),
        (_("Held"), lambda row: row.held.amount),
        (_("Currency"), lambda row: row.total.currency),
        (_("Created"), lambda row: row.created_at),
        (_("Settled"), lambda row: row.settled_at),
        (_("Ending"), lambda row: row.ending),
    )


def transfers(card: DealCard) -> Sheet[TransferCard]:
    """The money that moved in a deal, in order."""
    return Sheet(
        f"deal-{card.id}-transfers",
        _("Transfers"),
        (
            (_("Transfer"), lambda row: row.id),
            (_("Action"), lambda row: row.action.value),
            (pgettext("place", "From"), lambda row: row.from_party.value),
            (pgettext("place", "To"), lambda row: row.to_party.value),
            (_("Cause"), lambda row: row.cause),
            (_("Amount"), lambda row: row.amount.amount),
            (_("Currency"), lambda row: row.amount.currency),
            (_("When"), lambda row: row.happened_at),
        ),
        lambda: card.transfers,
        desk(DESK).zone,
        "transfers",
    )
