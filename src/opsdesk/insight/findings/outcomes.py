"""What the numbers of a desk's requests say together. Pure.

Over the resolved requests of the cohort, 20 or more; "most" is more than half. Where the data are missing,
only that is said, and which; else everything that holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import Behind, Fact, Finding, Group
from opsdesk.insight.findings.requests import RequestAnswers
from opsdesk.insight.statistics import SMALL
from opsdesk.insight.thresholds import Book

INSTRUMENT = "instrument_first"
WORKS = "works"
MORE_TIER_2 = "more_tier_2"
TOOLS_OR_SENIOR = "tools_or_senior"
SPECIALIST = "specialist"
THIRD_PARTY = "third_party_delays"
NO_OUTCOME = "no_outcome"
THIRD = "third_party"


@dataclass(frozen=True, slots=True)
class Ends:
    """The resolved requests by the highest tier they reached; and so by family, where any went up."""

    at_tier: tuple[int, ...]
    families: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def n(self) -> int:
        return sum(self.at_tier)

    @property
    def above_1(self) -> int:
        return sum(self.at_tier[1:])

    @property
    def above_2(self) -> int:
        return sum(self.at_tier[2:])


def ends_of(answers: RequestAnswers) -> Ends:
    """Where the resolved requests ended."""
    funnel = answers.funnel
    families: dict[str, tuple[int, ...]] = {}
    for row in funnel.types:
        if row.family and sum(row.resolved[1:]):
            known = families.get(row.family, (0,) * len(row.resolved))
            families[row.family] = tuple(map(sum, zip(known, row.resolved, strict=True)))
    ordered = sorted(families.items(), key=lambda each: (-sum(each[1][1:]), each[0]))
    return Ends(tuple(row.resolved.n for row in funnel.tiers), tuple(ordered))


def outcomes(answers: RequestAnswers, held: Book) -> Iterator[Finding]:
    """The outcomes that hold; one that says so where none does. `held`: the limits of the period."""
    lacking = tuple(_lacking(answers, held))
    if lacking:
        only_few = [name for name, _ in lacking] == ["resolved"]
        state = State.TOO_FEW if only_few else State.WATCH
        yield _outcome(answers, INSTRUMENT, state, dict(lacking), 6)
        return
    found = [*_by_tier(answers), *_by_delay(answers)]
    yield from found or [_outcome(answers, NO_OUTCOME, State.HEALTHY, {}, 0)]


def _lacking(answers: RequestAnswers, held: Book) -> Iterator[tuple[str, Fact]]:
    """What has to be measured first: each with the number that shows it."""
    funnel, resolved = answers.funnel, answers.resolved
    if answers.leaks is not None and answers.leaks.leaked:
        yield "leaked", answers.leaks.leaked
    untyped = Share(funnel.untyped.n, funnel.untyped.n, funnel.requests.n, held.band("untyped"))
    if is_beyond(untyped):
        yield "untyped", untyped.low
    no_cause = Share(resolved.no_cause, resolved.no_cause, resolved.n, held.band("no_cause"))
    if is_beyond(no_cause):
        yield "no_cause", no_cause.low
    if ends_of(answers).n < SMALL:
        yield "resolved", ends_of(answers).n


def is_beyond(share: Share) -> bool:
    """Red as a plain fraction, however few there are."""
    return share.of > 0 and share.band.judge(share.low, share.of) is State.RED


def _by_tier(answers: RequestAnswers) -> Iterator[Finding]:
    ends = ends_of(answers)
    whole: dict[str, Fact] = {"resolved": ends.n, "above": ends.above_1}
    if ends.at_tier[0] * 2 > ends.n:
        facts = {**whole, "part": ends.at_tier[0]}
        yield _outcome(answers, WORKS, State.HEALTHY, facts, 5, Behind(ends.at_tier[0], "resolved:1"))
    if ends.above_1 * 2 > ends.n:
        facts, behind = {**whole, "part": ends.above_1}, _above(ends.at_tier)
        yield _outcome(answers, MORE_TIER_2, State.WATCH, facts, 4, *behind)
    if ends.above_1 >= SMALL and ends.above_2 * 2 > ends.above_1:
        facts, list_ = {**whole, "part": ends.above_2}, Behind(ends.above_2, "resolved:3")
        yield _outcome(answers, TOOLS_OR_SENIOR, State.WATCH, facts, 3, list_)
    family, resolved = next(iter(ends.families), ("", ()))
    n = sum(resolved[1:])
    if ends.above_1 >= SMALL and n * 2 > ends.above_1:
        facts = {**whole, "part": n, "family": family}
        yield _outcome(answers, SPECIALIST, State.WATCH, facts, 2, *_above(resolved, family))


def _above(resolved: tuple[int, ...], family: str = "") -> Iterator[Behind]:
    """The lists of what was resolved at each tier above the first, of a family if one is given."""
    for tier, n in enumerate(resolved[1:], start=2):
        if n:
            yield Behind(n, f"resolved:{tier}", family)


def _by_delay(answers: RequestAnswers) -> Iterator[Finding]:
    resolved = answers.resolved
    if resolved.third_party_s * 2 <= resolved.elapsed_s:
        return
    parties = tuple((each.key, each.seconds) for each in answers.waited if each.who == THIRD)
    facts: dict[str, Fact] = {
        "resolved": resolved.n,
        "third_party_s": resolved.third_party_s,
        "elapsed_s": resolved.elapsed_s,
        "parties": parties,
    }
    yield _outcome(answers, THIRD_PARTY, State.WATCH, facts, 1)


def _outcome(
    answers: RequestAnswers, rule: str, state: State, facts: dict[str, Fact], weight: int, *behind: Behind
) -> Finding:
    funnel = answers.funnel
    return Finding(
        rule,
        funnel.desk,
        Group.OUTCOME,
        state,
        period=funnel.period,
        behind=behind,
        facts=facts,
        weight=weight,
    )
