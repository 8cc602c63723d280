"""What stands beside the funnel: volume per account, who holds requests, follow-ups, what is stuck."""

from functools import partial

from opsdesk.insight import beside, flow
from opsdesk.insight.asking import BY_REQUESTS, OF_REQUESTS, narrowed
from opsdesk.insight.columns import desk_followups, desk_stuck, held
from opsdesk.insight.columns import flow as from_facts
from opsdesk.insight.columns.lists import of_follow_ups, of_holders, of_stuck, of_ways
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.listed import Listed
from opsdesk.insight.metrics.support_flow import OPENED
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Unit
from opsdesk.insight.stuck import ON_OTHERS, ON_US, cuts
from opsdesk.kernel.refusal import gettext_noop as _

AS_OF = "as of"
IN = flow.Parts(flow.whole("in"))


def _per_100_from_facts(facts: Facts, question: Question) -> Answers:
    return beside.per_100_accounts(question, partial(from_facts.answers, facts, parts=IN))


def _stuck_from_facts(facts: Facts, question: Question, on: str) -> Answers:
    return desk_stuck.counted(facts, question, cuts(question.desk, question.as_of), on=on)


def _stuck_listed(facts: Facts, question: Question, key: Key, side: Side, on: str) -> Listed:
    return of_stuck(facts, narrowed(question, key), cuts=cuts(question.desk, question.as_of), on=on)


METRICS: tuple[Metric, ...] = (
    Metric(
        key="per_100_accounts",
        name=_("Requests per 100 live accounts"),
        question=_("How much comes in for the accounts we have?"),
        unit=Unit.PER_100_ACCOUNTS,
        subject=Subject.CASE,
        dated=OPENED,
        example=_("196 requests came in in October; on its last day 80 accounts were live: 245 per 100."),
        sql=partial(beside.per_100_accounts, counting=partial(flow.answers, parts=IN)),
        members=partial(flow.members, parts=IN),
        columns=_per_100_from_facts,
        listed=partial(of_ways, parts=IN),
        filters=OF_REQUESTS - {"account"},
        dimensions=BY_REQUESTS - {"account"},
    ),
    Metric(
        key="held_by",
        name=_("Time held, by whom"),
        question=_("Where do we wait, and on whom?"),
        unit=Unit.SECONDS,
        subject=Subject.CASE,
        dated=OPENED,
        example=_("A request of 10 h waited 4 on the customer and 3 on CDK; our queues held it the other 3."),
        sql=beside.waited,
        members=beside.waited_members,
        columns=held.answers,
        listed=of_holders,
        filters=OF_REQUESTS | {"who"},
        dimensions=BY_REQUESTS | {"who"},
    ),
    Metric(
        key="follow_ups",
        name=_("Follow-ups per request"),
        question=_("How often do we write again without an answer between?"),
        unit=Unit.MESSAGES,
        subject=Subject.CASE,
        dated=OPENED,
        example=_("On 1 of 4 requests we wrote three times in a row: 2 follow-ups, 0.5 per request."),
        sql=beside.follow_ups,
        columns=desk_followups.per_request,
        members=beside.follow_up_members,
        listed=of_follow_ups,
        filters=OF_REQUESTS,
        dimensions=BY_REQUESTS,
    ),
    Metric(
        key="stuck_on_us",
        name=_("Stuck on us"),
        question=_("What is open and lies still on our side?"),
        unit=Unit.CASES,
        subject=Subject.CASE,
        dated=AS_OF,
        example=_("Open since Monday, our last act on Tuesday at 10:00: stuck from Thursday at 10:00."),
        sql=partial(beside.stuck, measure=ON_US),
        columns=partial(_stuck_from_facts, on=desk_stuck.US),
        members=partial(beside.stuck_members, measure=ON_US),
        listed=partial(_stuck_listed, on=desk_stuck.US),
        filters=OF_REQUESTS,
        dimensions=OF_REQUESTS,
    ),
    Metric(
        key="stuck_on_others",
        name=_("Stuck on others"),
        question=_("What waits for an answer that is overdue?"),
        unit=Unit.CASES,
        subject=Subject.CASE,
        dated=AS_OF,
        example=_("Waiting on CDK, expected on Friday, nothing came: stuck from Friday on."),
        sql=partial(beside.stuck, measure=ON_OTHERS),
        columns=partial(_stuck_from_facts, on=desk_stuck.OTHERS),
        members=partial(beside.stuck_members, measure=ON_OTHERS),
        listed=partial(_stuck_listed, on=desk_stuck.OTHERS),
        filters=OF_REQUESTS,
        dimensions=OF_REQUESTS,
    ),
)
