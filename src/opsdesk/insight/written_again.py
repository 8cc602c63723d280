"""Follow-ups as they stood at an instant, of the few cases whose conversation has changed since.

The facts know the follow-ups of now. A case whose messages are those of then has them still.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from opsdesk.insight.cohort import FOLLOW_UP
from opsdesk.insight.sql import rows
from opsdesk.insight.then import AT_ONCE, messages
from opsdesk.kernel.memory import remembered

CHANGED = """
SELECT DISTINCT k.case_id FROM mail_casemessage k JOIN cases_case c ON c.id = k.case_id
WHERE (k.linked_at > %(as_of)s OR k.removed_at > %(as_of)s) AND c.opened_at <= %(as_of)s
"""
THEN = f"""
WITH {{messages}},
cohort AS (SELECT c.id, 1 AS counts FROM cases_case c WHERE c.id IN ({{ids}})),
{FOLLOW_UP}
SELECT case_id, times FROM followup ORDER BY case_id
"""


@remembered
def changed_since(as_of: datetime) -> frozenset[int]:
    """The cases that were there, and whose messages are others now than they were then."""
    return frozenset(id for (id,) in rows(CHANGED, {"as_of": as_of}))


def followed_up(case_ids: Iterable[int], as_of: datetime) -> Iterator[tuple[int, int]]:
    """How often we had written again by then on each of these cases, those on which we had."""
    ordered = sorted(case_ids)
    for start in range(0, len(ordered), AT_ONCE):
        listed = ", ".join(f"{id:d}" for id in ordered[start : start + AT_ONCE])
        yield from rows(THEN.format(messages=messages(), ids=listed), {"as_of": as_of})
