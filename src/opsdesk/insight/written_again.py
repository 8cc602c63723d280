"""Follow-ups as they stood at an instant, of the few cases of which the facts of now say others.

A case whose messages are those of then has its follow-ups still; a stay withdrawn since, or an end taken back
since, may say another queue of them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from opsdesk.insight.cohort import FOLLOW_UP
from opsdesk.insight.sql import rows
from opsdesk.insight.then import AT_ONCE, conversations
from opsdesk.kernel.memory import remembered

CHANGED = """
SELECT DISTINCT k.case_id FROM mail_casemessage k JOIN cases_case c ON c.id = k.case_id
WHERE (k.linked_at > %(as_of)s OR k.removed_at > %(as_of)s) AND c.opened_at <= %(as_of)s
"""
THEN = f"""
WITH {{then}},
cohort AS (SELECT c.id, 1 AS counts FROM cases_case c WHERE c.id IN ({{ids}})),
{FOLLOW_UP}
SELECT f.case_id, COALESCE(s.queue, '') FROM turn f JOIN mail_message m ON m.id = f.id
LEFT JOIN cases_stay s ON s.case_id = f.case_id AND s.exit <> 'withdrawn'
    AND s.entered_at <= m.received_at AND (s.left_at IS NULL OR s.left_at > m.received_at)
WHERE f.direction = 'out' AND f.previous = 'out' AND f.previous_id <> f.id
ORDER BY f.case_id, f.id
"""


@remembered
def changed_since(as_of: datetime) -> frozenset[int]:
    """The cases that were there, and whose messages are others now than they were then."""
    return frozenset(id for (id,) in rows(CHANGED, {"as_of": as_of}))


def followed_up(case_ids: Iterable[int], as_of: datetime) -> Iterator[tuple[int, str]]:
    """Each time that we had written again by then on one of these cases: its id, and the queue it was sent
    from, "" for none; in the order of the ids.
    """
    ordered = sorted(case_ids)
    for start in range(0, len(ordered), AT_ONCE):
        listed = ", ".join(f"{id:d}" for id in ordered[start : start + AT_ONCE])
        then = ",".join(conversations(listed))
        yield from rows(THEN.format(then=then, ids=listed), {"as_of": as_of})
