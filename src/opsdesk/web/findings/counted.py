"""What each number in the words of a finding counts: its list, by the name of its place. Pure."""

from collections.abc import Callable, Mapping

from opsdesk.insight.bands import Share
from opsdesk.insight.findings.deals import UNDER_24
from opsdesk.insight.findings.finding import Behind, Finding
from opsdesk.insight.registry import Mean, Side, Tally

HITS, OF, OPEN = "hits", "of", "open"
# The metric of each share: it lists those counted, the whole, those still open.
METRICS: Mapping[str, str] = {
    "tier_1_share": "tier_1_share",
    "tier_2_rate": "tier_2_rate",
    "tier_3_share": "tier_3_share",
    "last_resort": "last_resort_share",
    "right_queue": "right_queue",
    "returned": "returned_share",
    "reopened": "reopened_share",
    "completion": "completion",
    "dispute_rate": "dispute_rate",
    "intervention": "intervention",
    "timer_visibility": "timer_visibility",
}
# The funnel's numbers of those that have no metric: what is counted, of what.
PICKS: Mapping[str, tuple[str, str]] = {
    "untyped": ("untyped", "in"),
    "no_cause": ("no_cause", "resolved_all"),
}
ABOVE_TIER_1 = "causes_above_tier_1"
Opens = Callable[[Finding, Behind], str]


def list_of(finding: Finding, place: str) -> Behind | None:
    """The list of the number that stands at a place; None where there is none."""
    n = _number(finding, place)
    if not n:
        return None
    if isinstance(finding.number, Share) and place in SIDES:
        return _of_share(finding, place, n)
    if place == HITS and finding.rule == "drift":
        return Behind(n, metric="disputes_raised", filters=_scope(finding))
    if place == HITS:
        return next((each for each in finding.behind if each.n == n), None)
    if place == "part":
        return _part(finding, n)
    if place == "above":
        return Behind(n, metric=ABOVE_TIER_1)
    pick = OF_PLACE.get(place)
    return Behind(n, pick) if pick else None


SIDES: Mapping[str, Side] = {
    HITS: Side.COUNTED,
    OF: Side.WHOLE,
    OPEN: Side.OPEN,
    "missing": Side.MISSING,
}
OF_PLACE: Mapping[str, str] = {
    "reopened": "reopened",
    "resolved": "resolved_all",
    "untyped": "untyped",
    "no_cause": "no_cause",
}


def _number(finding: Finding, place: str) -> int:
    number = finding.number
    if isinstance(number, Share) and place in (HITS, OF, OPEN):
        return {HITS: number.low, OF: number.of, OPEN: number.open}[place]
    if isinstance(number, Tally | Mean) and place == HITS:
        return number.n
    found = finding.facts.get(place)
    return found if isinstance(found, int) else 0


def _of_share(finding: Finding, place: str, n: int) -> Behind | None:
    if finding.rule in PICKS:
        counted, whole = PICKS[finding.rule]
        return Behind(n, {HITS: counted, OF: whole}.get(place, "")) if place in (HITS, OF) else None
    return Behind(n, metric=METRICS[finding.rule], side=SIDES[place], filters=_scope(finding))


def _scope(finding: Finding) -> dict[str, tuple[str, ...]]:
    named = {"country": finding.scope.country, "category": finding.scope.category}
    return {name: (value,) for name, value in named.items() if value}


def _part(finding: Finding, n: int) -> Behind | None:
    """What an outcome rests on: the list that has all of it, or all that went above Tier 1."""
    if len(finding.behind) == 1:
        return finding.behind[0]
    family = finding.facts.get("family")
    kept = {"family": (family,)} if isinstance(family, str) else {}
    return Behind(n, metric=ABOVE_TIER_1, filters=kept)


def list_of_pair(finding: Finding, fact: str, key: str, n: int) -> Behind | None:
    """The same of a number that a fact has for a key: a queue, a state, a scope, a reason."""
    if finding.rule in STUCK and fact == "queues":
        return Behind(n, metric=STUCK[finding.rule], of={"queue": key})
    if fact == "states":
        return Behind(n, metric="deals_stuck", of={"state": key})
    if fact == "drifts":
        return Behind(n, metric="disputes_raised", filters=_scope(finding) | {"reason": (key,)})
    if finding.rule == "urgent_disputes":
        return Behind(n, metric="disputes_active", of={"scope": key, "urgency": UNDER_24})
    return None


STUCK: Mapping[str, str] = {"stuck_us": "stuck_on_us", "stuck_others": "stuck_on_others"}
