"""The deals of the filters as a file."""

from django.http import HttpResponse

from opsdesk.deals import lists, overview
from opsdesk.deals.ground import DESK
from opsdesk.deals.lists import Cursor, DealFilters, DealRow
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.web.deals.filters import FilterForm, filters_of
from opsdesk.web.funnel.export import Value, csv_text
from opsdesk.web.http import Request

MOST, AT_ONCE = 10_000, 1000
HEAD = (
    "id", "scope", "state", "reference", "item", "buyer", "seller", "currency", "total_minor",
    "holdback_minor", "reason", "created_at", "state_since", "due_at", "settled_at", "ending",
)  # fmt: skip


def table(request: Request) -> HttpResponse:
    """A line for each deal, newest first, codes and minor units as they are kept."""
    check_may(request.actor, Act.READ, desk=DESK)
    form = FilterForm(request.GET, scopes=overview.keys())
    found = _all(filters_of(form))
    return HttpResponse(
        csv_text(HEAD, [_line(row) for row in found]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="deals.csv"'},
    )


def _all(filters: DealFilters) -> list[DealRow]:
    found: list[DealRow] = []
    after: Cursor | None = None
    while len(found) < MOST:
        some = lists.page(filters, after=after, size=min(AT_ONCE, MOST - len(found)))
        found += some.rows
        after = some.next
        if after is None:
            break
    return found


def _line(row: DealRow) -> list[Value]:
    instants = (row.created_at, row.state_since, row.due_at, row.settled_at)
    created, since, due, settled = (each.isoformat() if each else "" for each in instants)
    return [
        row.id, row.scope, row.state.value, row.reference, row.item, row.buyer, row.seller,
        row.total.currency, row.total.minor, row.held.minor, row.reason, created, since, due, settled,
        row.ending,
    ]  # fmt: skip
