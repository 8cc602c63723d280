"""The funnel: how the requests of a period went through the tiers."""

from functools import partial
from typing import Any

from opsdesk.insight import flow, ways
from opsdesk.insight.asking import BY_REQUESTS, OF_REQUESTS
from opsdesk.insight.bands import LAST_RESORT, TIER_1_SHARE, TIER_2_RATE, TIER_3_SHARE
from opsdesk.insight.columns import flow as from_facts
from opsdesk.insight.columns.lists import of_ways
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.flow import Parts, at, each, whole
from opsdesk.insight.listed import Listed
from opsdesk.insight.registry import Answers, Key, Metric, Question, Side, Subject, Unit
from opsdesk.kernel.refusal import gettext_noop as _

OPENED = "when the request was opened"
TIERED = frozenset({"tier"})


def requests(key: str, name: str, question: str, example: str, parts: Parts, **more: Any) -> Metric:
    """A number over the requests opened in the period."""
    return Metric(
        **{
            "key": key,
            "name": name,
            "question": question,
            "unit": Unit.SHARE if parts.whole else Unit.CASES,
            "subject": Subject.CASE,
            "dated": OPENED,
            "example": example,
            "sql": partial(flow.answers, parts=parts),
            "members": partial(flow.members, parts=parts),
            "columns": partial(from_facts.answers, parts=parts),
            "listed": partial(of_ways, parts=parts),
            "filters": OF_REQUESTS,
            "dimensions": BY_REQUESTS,
            **more,
        }
    )


def tiered(key: str, name: str, question: str, example: str, parts: Parts) -> Metric:
    """The same at each tier, or at any of those asked for."""
    return requests(
        key, name, question, example, parts, filters=OF_REQUESTS | TIERED, dimensions=BY_REQUESTS | TIERED
    )


def _ways_from_facts(facts: Facts, question: Question) -> Answers:
    return ways.answers(question, partial(from_facts.answers, facts))


def _listed_ways(facts: Facts, question: Question, key: Key, side: Side) -> Listed:
    def listing(question: Question, key: Key, side: Side, parts: Parts) -> Listed:
        return of_ways(facts, question, key, side, parts=parts)

    return ways.members(question, key, side, listing)


METRICS: tuple[Metric, ...] = (
    requests(
        "requests_in",
        _("Requests in"),
        _("How many requests came in?"),
        _("200 requests were opened in October, 3 of them void and 1 merged since: 196 came in."),
        Parts(whole("in")),
    ),
    requests(
        "void",
        _("Void"),
        _("How much of what came in was no request?"),
        _("3 of October's were spam or duplicates. A split that was taken back is not among them."),
        Parts(whole("void")),
    ),
    requests(
        "merged",
        _("Merged"),
        _("How many requests went on as part of another?"),
        _("Two requests about one fault were made one: 1 merged, 1 in."),
        Parts(whole("merged")),
    ),
    tiered(
        "entered",
        _("Entered"),
        _("At which tier did requests enter?"),
        _("196 came by mail to Tier 1, 4 were opened at Tier 2: entered at Tier 1 196, at Tier 2 4."),
        Parts(each("entered")),
    ),
    tiered(
        "received",
        _("Received"),
        _("How many requests did each tier see?"),
        _("Of 200, 60 went up to Tier 2 and 10 of them to Tier 3: received 200, 60, 10."),
        Parts(each("received")),
    ),
    tiered(
        "resolved",
        _("Resolved"),
        _("Which tier resolved how many?"),
        _(
            "Of 200, Tier 1 resolved 140, Tier 2 50, Tier 3 10; one resolved below after it was handed down "
            "counts at its highest tier."
        ),
        Parts(each("resolved")),
    ),
    tiered(
        "escalated",
        _("Handed up"),
        _("How many requests did each tier hand up?"),
        _("Tier 1 received 200 and 60 reached a tier above it: 60 handed up."),
        Parts(each("escalated")),
    ),
    tiered(
        "open",
        _("Open"),
        _("How many of these requests are still open, by the highest tier they reached?"),
        _("A request that is back at Tier 1 after Tier 2 and unresolved is open at Tier 2."),
        Parts(each("open")),
    ),
    tiered(
        "returned",
        _("Handed down"),
        _("How many requests did each tier hand down?"),
        _("Tier 2 received 60 and gave 4 of them back to Tier 1: returned 4, whatever became of them."),
        Parts(each("returned")),
    ),
    tiered(
        "finished_below",
        _("Finished below after a return"),
        _("How many of a tier's resolved requests were finished by a lower one?"),
        _("Tier 2 gave 4 back and Tier 1 resolved 3 of them: 3 of Tier 2's resolved were finished below."),
        Parts(each("finished_below")),
    ),
    tiered(
        "untouched",
        _("Untouched"),
        _("How many requests lie at a tier that has not touched them yet?"),
        _("5 requests stand at Tier 2 and nobody of its queue has written or done anything on 2: 2."),
        Parts(each("untouched")),
    ),
    requests(
        "entered_above",
        _("Entered above Tier 1"),
        _("How many requests did not come in at Tier 1?"),
        _("4 of 200 were opened at Tier 2: 4."),
        Parts(whole("entered_above")),
    ),
    requests(
        "skipped",
        _("Skipped a tier"),
        _("How many requests passed over a tier on their way up?"),
        _("2 went from Tier 1 straight to Tier 3: 2."),
        Parts(whole("skipped")),
    ),
    Metric(
        key="ways_up",
        name=_("Ways up"),
        question=_("By which ways do requests go up?"),
        unit=Unit.CASES,
        subject=Subject.CASE,
        dated=OPENED,
        example=_("From Tier 1 to Tier 2 60, from there on to Tier 3 10, from Tier 1 straight to Tier 3 2."),
        sql=partial(ways.answers, counting=flow.answers),
        members=partial(ways.members, listing=flow.members),
        columns=_ways_from_facts,
        listed=_listed_ways,
        filters=OF_REQUESTS | {"way"},
        dimensions=BY_REQUESTS | {"way"},
    ),
    requests(
        "last_resort",
        _("Last resort"),
        _("How many requests reached a queue of last resort?"),
        _("1 of 200 had a stay in integration-engineering: 1."),
        Parts(whole("last_resort")),
    ),
    requests(
        "untyped",
        _("Untyped"),
        _("How many requests have no type?"),
        _("Nobody has said what 6 of 200 were about: 6."),
        Parts(whole("untyped")),
    ),
    requests(
        "unanswered",
        _("Unanswered"),
        _("How many open requests wait for our first answer?"),
        _("12 are open and a person has written to the customer on 9 of them: 3."),
        Parts(whole("unanswered")),
    ),
    requests(
        "tier_1_share",
        _("Tier 1 share"),
        _("What share can Tier 1 handle alone?"),
        _(
            "200 in, Tier 1 resolved 140, nothing open: 140 of 200, 70 %, healthy. With 10 more still open "
            "at Tier 1 and 130 resolved: 65 to 70 %, not yet known."
        ),
        Parts(at("resolved", 1), whole("in"), at("open", 1), TIER_1_SHARE),
        band=TIER_1_SHARE.key,
    ),
    requests(
        "tier_2_rate",
        _("Tier 2 rate"),
        _("What share of what reaches Tier 2 does it resolve?"),
        _("Tier 2 received 60, resolved 50 and handed 10 up: 50 of 60, 83 %, healthy."),
        Parts(at("resolved", 2), at("received", 2), at("open", 2), TIER_2_RATE),
        band=TIER_2_RATE.key,
    ),
    tiered(
        "tier_rate",
        _("Rate of a tier"),
        _("What share of what reaches a tier does it resolve?"),
        _(
            "140 of 200 at Tier 1, 50 of 60 at Tier 2, 10 of 10 at Tier 3. Over several tiers: resolved at "
            "any of them, of what reached any of them."
        ),
        Parts(each("resolved"), each("received"), each("open")),
    ),
    requests(
        "tier_3_share",
        _("Tier 3 share"),
        _("What share of all requests reaches Tier 3?"),
        _("10 of 200 reached Tier 3: 5 %, watch; healthy is below 5."),
        Parts(at("received", 3), whole("in"), at("open", 1, 2), TIER_3_SHARE),
        band=TIER_3_SHARE.key,
    ),
    requests(
        "last_resort_share",
        _("Last resort share"),
        _("What share of all requests reaches a queue of last resort?"),
        _("1 of 200: 0.5 %, watch; healthy is none at all."),
        Parts(whole("last_resort"), whole("in"), whole("last_resort_open"), LAST_RESORT),
        band=LAST_RESORT.key,
    ),
)
