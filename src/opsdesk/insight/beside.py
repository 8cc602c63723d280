"""What is said beside the funnel, for any question: per 100 accounts, waits, follow-ups, what is stuck."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from opsdesk.accounts import queries as accounts
from opsdesk.cases import queries as cases
from opsdesk.insight import stuck as stuck_cases
from opsdesk.insight.asking import cohort, grouping, months, narrowed
from opsdesk.insight.cohort import FOLLOW_UP, Cohort, with_cohort
from opsdesk.insight.funnel import last_day
from opsdesk.insight.registry import Answers, Key, Mean, Question, Side, Tally
from opsdesk.insight.sql import rows, seconds_between, until
from opsdesk.insight.times import dimensions_of, newest_first


def per_100_accounts(question: Question, counting: Callable[[Question], Answers]) -> Answers:
    """Requests in x 100 by the accounts live on the last day of the period, or of each month."""
    zone, found = cases.desk(question.desk).zone, {}
    cut = dict(months(question))
    for key, answer in counting(question).items():
        assert isinstance(answer, Tally)
        period = cut[key[question.by.index("month")]] if "month" in question.by else question.period
        day = last_day(period, question.as_of).astimezone(zone).date()
        found[key] = Mean(100.0 * answer.n, accounts.live_count(day))
    return found


def waited(question: Question) -> Answers:
    """Seconds by who held the requests: `customer`, `third_party:KEY`, or `queue:KEY`, ours. What still runs
    counts up to `as_of`. The parts add up to the stays' elapsed time."""
    found: defaultdict[Key, int] = defaultdict(int)
    asked = cohort(question)
    of_case = dimensions_of(question, asked)
    for who, seconds, case in _held(question, asked):
        given = {**of_case.get(case, {}), "who": who}
        found[tuple(given[name] for name in question.by)] += seconds
    if not question.by:
        found.setdefault((), 0)
    return {key: Tally(seconds) for key, seconds in found.items()}


def waited_members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
    """The requests that were held so long."""
    one = narrowed(question, key)
    return newest_first(case for _, _, case in _held(one, cohort(one)))


def _held(question: Question, asked: Cohort) -> Iterator[tuple[str, int, int]]:
    """Who held which case for how many seconds."""
    values = {**asked.values, "now": question.as_of}
    waited = seconds_between("w.began_at", until("w.ended_at", "w.began_at"))
    stayed = seconds_between("s.entered_at", until("s.left_at", "s.entered_at"))
    source, wanted = with_cohort(asked), set(question.chosen("who"))
    found = rows(source + ON_OTHERS.format(seconds=waited), values)
    found += rows(source + IN_QUEUES.format(waited=waited, stayed=stayed), values)
    for on, name, case, seconds in found:
        who = f"{on}:{name}" if name else on
        if not wanted or who in wanted:
            yield who, int(seconds), case


ON_OTHERS = """
SELECT w."on", w.party, c.id, SUM({seconds})
FROM cohort c
JOIN cases_wait w ON w.case_id = c.id
JOIN cases_stay s ON s.id = w.stay_id AND s.exit <> 'withdrawn'
WHERE c.counts = 1
GROUP BY w."on", w.party, c.id
"""
IN_QUEUES = """,
paused AS (
    SELECT w.stay_id, SUM({waited}) AS seconds
    FROM cohort c JOIN cases_wait w ON w.case_id = c.id
    GROUP BY w.stay_id
)
SELECT 'queue', s.queue, c.id, SUM({stayed} - COALESCE(d.seconds, 0))
FROM cohort c
JOIN cases_stay s ON s.case_id = c.id AND s.exit <> 'withdrawn'
LEFT JOIN paused d ON d.stay_id = s.id
WHERE c.counts = 1
GROUP BY s.queue, c.id
"""


def follow_ups(question: Question) -> Answers:
    """Our messages without an answer between, per request in."""
    asked = cohort(question)
    of = grouping(question, question.by, of="c", dated="c.opened_at")
    groups = ", ".join(str(n + 1) for n in range(len(of.columns)))
    query = (
        f"{with_cohort(asked, FOLLOW_UP)} SELECT {''.join(f'{column}, ' for column in of.columns)}"
        "COALESCE(SUM(f.times), 0), COUNT(*) FROM cohort c LEFT JOIN followup f ON f.case_id = c.id"
        " WHERE c.counts = 1" + (f" GROUP BY {groups}" if groups else "")
    )
    found = rows(query, {**asked.values, **of.values})
    return {of.key(row): Mean(float(row[-2]), row[-1]) for row in found}


def follow_up_members(question: Question, key: Key, side: Side) -> tuple[int, ...]:
    """The requests on which we wrote again; of the WHOLE all that came in."""
    asked = cohort(narrowed(question, key))
    if side in (Side.OPEN, Side.MISSING):
        return ()
    joined = "LEFT JOIN" if side is Side.WHOLE else "JOIN"
    query = f"SELECT c.id FROM cohort c {joined} followup f ON f.case_id = c.id WHERE c.counts = 1"
    ordered = f"{with_cohort(asked, FOLLOW_UP)} {query} ORDER BY c.opened_at DESC, c.id DESC"
    return tuple(id for (id,) in rows(ordered, asked.values))


def stuck(question: Question, measure: str) -> Answers:
    """Requests stuck at `as_of`, whenever they were opened. Only where they stand makes them so."""
    source, condition, values = stuck_cases.sought(cohort(question), measure, question.as_of)
    of = grouping(question, question.by, of="p", dated="p.opened_at")
    groups = ", ".join(str(n + 1) for n in range(len(of.columns)))
    columns = "".join(f"{column}, " for column in of.columns)
    query = f"{source} SELECT {columns}COUNT(*) FROM path p WHERE {condition}"
    found = rows(query + (f" GROUP BY {groups}" if groups else ""), {**values, **of.values})
    return {of.key(row): Tally(row[-1]) for row in found}


def stuck_members(question: Question, key: Key, side: Side, measure: str) -> tuple[int, ...]:
    """The requests that are stuck."""
    one = narrowed(question, key)
    source, condition, values = stuck_cases.sought(cohort(one), measure, one.as_of)
    query = f"{source} SELECT p.id FROM path p WHERE {condition} ORDER BY p.opened_at DESC, p.id DESC"
    return tuple(id for (id,) in rows(query, values))
