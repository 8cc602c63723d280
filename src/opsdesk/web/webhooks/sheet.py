"""The endpoints, and what became of the events for one of them, as files."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.links import queries
from opsdesk.links.queries import VIEWS, DeliveryRow, EndpointRow
from opsdesk.web.exports.sheets import PAGE, Columns, Sheet, through
from opsdesk.web.webhooks.labels import VIEWS as NAMES


def sheet(rows: Sequence[EndpointRow]) -> Sheet[EndpointRow]:
    """All of them with what waits and what lies; nothing secret."""
    columns: Columns[EndpointRow] = (
        (_("Endpoint"), lambda row: row.name),
        (_("Address"), lambda row: row.url),
        (_("Switched on"), lambda row: _("yes") if row.is_on else _("no")),
        (_("Failing since"), lambda row: row.failing_since),
        (_("Calls failed"), lambda row: row.failures),
        (_("Last success"), lambda row: row.last_ok_at),
        *((str(NAMES[view]), _counted(view)) for view in VIEWS),
    )
    return Sheet("webhooks", _("Webhooks"), columns, lambda: rows)


def _counted(view: str) -> Callable[[EndpointRow], int]:
    return lambda row: row.counts[view]


def deliveries(row: EndpointRow, view: str, *, now: datetime) -> Sheet[DeliveryRow]:
    """The deliveries of an endpoint in one view, newest first."""

    def some(before: int | None) -> tuple[tuple[DeliveryRow, ...], int | None]:
        found = queries.page(row.id, view, now, before=before, size=PAGE)
        return found.rows, found.next_before

    return Sheet(
        f"webhook-{row.name}-{view}",
        str(NAMES[view]),
        (
            (_("Delivery"), lambda row: row.id),
            (_("Event"), lambda row: row.kind),
            (_("Event id"), lambda row: row.event_id),
            (_("Deal"), lambda row: row.deal_id),
            (_("State"), lambda row: row.view),
            (_("Since"), lambda row: row.created_at),
            (_("Tries"), lambda row: row.tries),
            (_("Last status"), lambda row: row.status),
            (_("Last answer"), lambda row: row.problem),
            (_("Delivered"), lambda row: row.delivered_at),
            (_("Next try"), lambda row: row.next_at),
        ),
        lambda: through(some),
    )
