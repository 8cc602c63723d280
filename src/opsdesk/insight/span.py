"""From when on a desk has requests."""

from datetime import datetime

from opsdesk.insight.sql import instant, rows

FIRST = "SELECT MIN(c.opened_at) FROM cases_case c WHERE c.desk = %(desk)s AND c.kind = 'request'"


def first_opened(desk: str) -> datetime | None:
    """When the oldest request of a desk was opened; None if there is none."""
    return instant(rows(FIRST, {"desk": desk})[0][0])
