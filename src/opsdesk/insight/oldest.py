"""The oldest of the backlog, by name."""

from opsdesk.insight.catalogue import members
from opsdesk.insight.columns import desk_requests
from opsdesk.insight.columns.then import known_at
from opsdesk.insight.registry import Question, whole_second


def oldest(question: Question, limit: int) -> list[int]:
    """The ids of the requests that are open or wait at `as_of`, those opened first before.

    From the facts once they stand.
    """
    facts = known_at(whole_second(question).as_of)
    if facts is None:
        return list(members("backlog", question)[: -limit - 1 : -1])
    return desk_requests.oldest(facts, whole_second(question), limit)
