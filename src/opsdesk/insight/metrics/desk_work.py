"""Who worked on requests and which queues had them; requests counted once for each of these."""

from functools import partial

from opsdesk.insight.columns.desk_stays import visits, visits_ended, work, work_ended
from opsdesk.insight.metrics.desk_counting import tally
from opsdesk.insight.metrics.desk_ground import ASKED, Dimension, Grain, of_request
from opsdesk.insight.picks import WORK_EXITS
from opsdesk.insight.registry import QueueOf
from opsdesk.kernel.refusal import gettext_noop as _

OF_STAY = "c.id, c.opened_at, c.account, c.family, c.type, s.exit"
STAYS = "asked c JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'"
# Whether the request came back after this stay resolved it.
CAME_BACK = """EXISTS (SELECT 1 FROM cases_stay z
        WHERE z.case_id = s.case_id AND z.number > s.number AND z.exit <> 'withdrawn')"""
VISIT = f"""
visit AS (
    SELECT {OF_STAY}, s.queue, CASE WHEN s.exit = 'resolved' AND {CAME_BACK} THEN 1 ELSE 0 END AS came_back
    FROM {STAYS}
)"""
VISITS = Grain(
    tables=(ASKED, VISIT),
    rows="visit r",
    dimensions=of_request(queue=Dimension("r.queue")),
    once=False,
    queue=QueueOf.WAS_IN,
)
# What a person did in a stay: touched it first, or ended it; who did both stands there twice.
WORK = f"""
work AS (
    SELECT {OF_STAY}, CAST(s.left_by_id AS TEXT) AS person,
        CASE WHEN s.exit = 'resolved' AND {CAME_BACK} THEN 1 ELSE 0 END AS came_back
    FROM {STAYS} WHERE s.left_by_id IS NOT NULL AND s.exit IN {WORK_EXITS}
    UNION ALL
    SELECT c.id, c.opened_at, c.account, c.family, c.type, '', CAST(s.first_touch_by_id AS TEXT), 0
    FROM {STAYS} WHERE s.first_touch_by_id IS NOT NULL
)"""
WORKED = Grain(
    tables=(ASKED, WORK),
    rows="work r",
    dimensions=of_request(person=Dimension("r.person")),
    once=False,
)

METRICS = (
    tally(
        "queue_received",
        name=_("Came to the queue"),
        question=_("How many requests came to each queue?"),
        example=_("A request that went from Operations to Core support and back counts once in each."),
        grain=VISITS,
        columns=visits,
    ),
    tally(
        "queue_resolved",
        name=_("Resolved in the queue"),
        question=_("How many requests did each queue resolve?"),
        example=_("Returned by Core support and resolved in Operations: 1 in Operations."),
        grain=VISITS,
        where="r.exit = 'resolved' AND r.came_back = 0",
        columns=partial(visits_ended, how=("resolved",)),
    ),
    tally(
        "queue_open",
        name=_("Not resolved, in the queue"),
        question=_("How many requests of the period are in each queue and not resolved?"),
        example=_("Returned by Core support and not resolved: 1 in Operations."),
        grain=VISITS,
        where="r.exit = ''",
        columns=partial(visits_ended, how=("",)),
    ),
    tally(
        "queue_escalated",
        name=_("Handed up by the queue"),
        question=_("How many requests did each queue hand up?"),
        example=_("Handed up twice by Operations, with a return between: 1."),
        grain=VISITS,
        where="r.exit = 'escalated'",
        columns=partial(visits_ended, how=("escalated",)),
    ),
    tally(
        "queue_sent_on",
        name=_("Returned or rerouted by the queue"),
        question=_("How many requests did each queue hand back or across?"),
        example=_("Rerouted by Core support, then returned by Integration support: 1 in each."),
        grain=VISITS,
        where="r.exit IN ('returned', 'rerouted')",
        columns=partial(visits_ended, how=("returned", "rerouted")),
    ),
    tally(
        "person_worked",
        name=_("Worked on"),
        question=_("On how many requests did each person work?"),
        example=_("Olga touched a request first and Omar resolved it: 1 for each."),
        grain=WORKED,
        columns=work,
    ),
    tally(
        "person_resolved",
        name=_("Resolved by the person"),
        question=_("How many requests did each person resolve, for good as things stand?"),
        example=_("Olga resolved it, it came back, Omar resolved it: 1 for Omar."),
        grain=WORKED,
        where="r.exit = 'resolved' AND r.came_back = 0",
        columns=partial(work_ended, exit="resolved", again=False),
    ),
    tally(
        "person_came_back",
        name=_("Came back after the person resolved it"),
        question=_("How many requests that a person resolved were reopened?"),
        example=_("Olga resolved it, it came back, Omar resolved it: 1 for Olga."),
        grain=WORKED,
        where="r.came_back = 1",
        columns=partial(work_ended, exit="resolved", again=True),
    ),
    tally(
        "person_escalated",
        name=_("Handed up by the person"),
        question=_("How many requests did each person hand up?"),
        example=_("Handed up twice by Olga: 1."),
        grain=WORKED,
        where="r.exit = 'escalated'",
        columns=partial(work_ended, exit="escalated"),
    ),
    tally(
        "person_returned",
        name=_("Returned by the person"),
        question=_("How many requests did each person return to the tier below?"),
        example=_("Returned twice by Enzo: 1."),
        grain=WORKED,
        where="r.exit = 'returned'",
        columns=partial(work_ended, exit="returned"),
    ),
)
