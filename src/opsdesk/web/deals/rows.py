"""The lines of the list of deals: every text is made here once, the template only places it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.deals.lifecycle import Party, State
from opsdesk.deals.lists import DealRow
from opsdesk.web.deals import labels
from opsdesk.web.deals.amounts import written


@dataclass(frozen=True, slots=True)
class Line:
    """One deal. `due_at`: when the system acts by itself, if it will; `then`: how, else what is awaited."""

    row: DealRow
    address: str
    about: str
    reason: str
    due_at: datetime | None
    then: str
    total: str
    held: str


def lines(found: Iterable[DealRow]) -> list[Line]:
    """The lines of these deals, in their order."""
    address = reverse("deal", args=[0]).removesuffix("0")
    return [
        Line(
            row=row,
            address=f"{address}{row.id}",
            about=_about(row),
            reason=labels.word(labels.REASONS, row.reason) if row.reason else "",
            due_at=row.due_at,
            then=_then(row),
            total=written(row.total),
            held=_("%(amount)s held") % {"amount": written(row.held)},
        )
        for row in found
    ]


def _about(row: DealRow) -> str:
    parts = (labels.scope_name(row.scope), row.reference, f"{row.buyer} ← {row.seller}")
    return " · ".join(part for part in parts if part)


def _then(row: DealRow) -> str:
    if row.state is State.SETTLED:
        return labels.word(labels.ENDINGS, row.ending)
    if row.due_at is not None:
        return _("then the deadline settles") if row.state is State.ISSUE else _("then silence approves")
    awaited = {Party.BUYER: _("waits for the buyer"), Party.SELLER: _("waits for the seller")}
    return awaited.get(row.waits_for or Party.OPERATOR, _("waits for an operator"))
