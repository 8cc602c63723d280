"""What goes wrong: incidents by severity, and what the house itself failed at."""

from functools import partial
from typing import Any

from opsdesk.deals.ground import DESK
from opsdesk.insight.metrics.deals_ground import Counted, lasted, within
from opsdesk.insight.metrics.deals_making import made
from opsdesk.insight.registry import Answers, Metric, Question, Subject, Tally, Unit
from opsdesk.insight.sql import rows
from opsdesk.kernel.refusal import gettext_noop as _

OPENED = _("when the incident was opened")
AS_OF_END = _("none: as things stood at the end of the period")
AS_OF_NOW = _("none: as things stand now")
SEVERITY = frozenset({"severity"})
# As its index has it: the few tasks that are in it are all that is read.
IN_TROUBLE = "((k.state = 'armed' AND NOT (k.last_error = '')) OR k.state = 'dead')"
ANSWERED, RESOLVED = "x.answered_at IS NOT NULL", "x.resolved_at IS NOT NULL"


def incidents(
    how: str, key: str, name: str, question: str, example: str, counted: Counted, **more: Any
) -> Metric:
    """A number over incidents; void ones are none."""
    given: dict[str, Any] = {
        "dated": OPENED,
        "unit": Unit.INCIDENTS,
        "filters": frozenset(),
        "dimensions": SEVERITY,
        **more,
    }
    return made(how, key, name, question, example, counted, **given)


tally = partial(incidents, "tally")


def _counted(question: Question, query: str) -> Answers:
    return {(): Tally(rows(query, {"as_of": question.as_of})[0][0])}


def of_the_house(key: str, name: str, question: str, example: str, unit: Unit, query: str) -> Metric:
    """A number of what lies with the house as it stands; its page lists it."""
    return Metric(
        key=key,
        name=name,
        question=question,
        unit=unit,
        subject=Subject.NONE,
        dated=AS_OF_NOW,
        example=example,
        sql=partial(_counted, query=query),
        desk=DESK,
    )


METRICS: tuple[Metric, ...] = (
    tally(
        "incidents_opened",
        _("Incidents opened"),
        _("How many incidents were opened, how severe?"),
        "1 SEV0 and 3 SEV2 were opened in October, one more was void: 4.",
        Counted("incident", within("opened_at")),
    ),
    tally(
        "incidents_answered",
        _("Incidents answered"),
        _("How many of the incidents opened in the period did somebody on call acknowledge?"),
        "Of 4 opened 3 were acknowledged: 3.",
        Counted("incident", within("opened_at"), ANSWERED),
    ),
    tally(
        "incidents_resolved",
        _("Incidents resolved"),
        _("How many of the incidents opened in the period are resolved?"),
        "Of 4 opened 2 are resolved: 2.",
        Counted("incident", within("opened_at"), RESOLVED),
    ),
    tally(
        "incidents_running",
        _("Incidents not resolved"),
        _("How many incidents are not resolved, whenever they were opened?"),
        "2 of October's and 1 of September's are not resolved: 3.",
        Counted("incident", "x.resolved_at IS NULL", of_end=True),
        dated=AS_OF_END,
    ),
    incidents(
        "spread",
        "incident_answer_time",
        _("Time to the answer"),
        _("How long did incidents wait until somebody on call acknowledged them?"),
        "Three incidents were acknowledged after 5, 10 and 60 minutes: the median is 10 minutes.",
        Counted("incident", within("opened_at"), ANSWERED, value=lasted("opened_at", "answered_at")),
        unit=Unit.SECONDS,
    ),
    incidents(
        "spread",
        "incident_resolution_time",
        _("Time to the end of an incident"),
        _("How long did incidents last until they were resolved?"),
        "Two incidents were resolved after 1 and 3 hours: the median is 2 hours.",
        Counted("incident", within("opened_at"), RESOLVED, value=lasted("opened_at", "resolved_at")),
        unit=Unit.SECONDS,
    ),
    of_the_house(
        "tasks_failing",
        _("Failing tasks"),
        _("How many tasks failed last and are tried again?"),
        "A delivery failed twice and is tried again in 4 minutes: 1.",
        Unit.TASKS,
        f"SELECT COUNT(*) FROM clock_task k WHERE {IN_TROUBLE} AND k.state = 'armed'",
    ),
    of_the_house(
        "tasks_dead",
        _("Dead letters"),
        _("How many tasks failed so often that nobody tries them any more?"),
        "A webhook's server refused for three days and the delivery was given up: 1.",
        Unit.TASKS,
        f"SELECT COUNT(*) FROM clock_task k WHERE {IN_TROUBLE} AND k.state = 'dead'",
    ),
    of_the_house(
        "mail_quarantined",
        _("Quarantined mail"),
        _("How much mail was not understood and waits to be run again?"),
        "A mail of garbled bytes came in and stays in quarantine: 1.",
        Unit.MESSAGES,
        "SELECT COUNT(*) FROM mail_arrival a WHERE a.outcome = 'quarantined'",
    ),
)
