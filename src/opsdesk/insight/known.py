"""Which codes the requests of a desk have: its definition may name them no more."""

from opsdesk.insight.sql import rows

KEPT = frozenset({"family", "type", "queue"})
FOUND = "SELECT 1 FROM cases_case c WHERE c.desk = %(desk)s AND c.{column} = %(value)s LIMIT 1"
VISITED = "SELECT 1 FROM cases_stay s WHERE s.desk = %(desk)s AND s.queue = %(value)s LIMIT 1"


def has_any(desk: str, name: str, value: str) -> bool:
    """Whether a request of the desk has that family or type, or stands or stood in that queue."""
    if name not in KEPT:
        return False
    query = VISITED if name == "queue" else FOUND.format(column=name)
    return bool(rows(query, {"desk": desk, "value": value}))
