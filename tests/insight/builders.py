"""Histories of requests for the funnel's tests, made by the desk's own moves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from tests.cast import Somebody, admin, engineer, operator, product_engineer, request_at

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Crew:
    """One person for each tier, and one who may do everything."""

    operator: Somebody
    engineer: Somebody
    product: Somebody
    admin: Somebody

    def at(self, tier: int) -> Somebody:
        return (self.operator, self.engineer, self.product)[tier - 1]


def crew() -> Crew:
    return Crew(
        operator=operator(),
        engineer=engineer(seats=["core-support", "integration-support"]),
        product=product_engineer(seats=["core-engineering", "integration-engineering"]),
        admin=admin(),
    )


def escalate(case: Case, who: Somebody, now: datetime, type: str = "") -> Case:
    return handoffs.escalate(
        case_id=case.id,
        reason="needs-skill",
        words="Tried the flags and the test call.",
        type=type,
        actor=who.actor,
        now=now,
    )


def resolve(case: Case, who: Somebody, now: datetime, type: str = "") -> Case:
    return endings.resolve(
        case_id=case.id,
        resolution="Turned it off and on.",
        cause="configuration",
        verified=True,
        type=type or case.type,
        actor=who.actor,
        now=now,
    )


def resolved_at_tier(crew: Crew, tier: int, type: str, opened_at: datetime) -> Case:
    """A request that went straight up to a tier and was resolved there, an hour for each step."""
    case, now = request_at(opened_at), opened_at
    for step in range(1, tier):
        now += HOUR
        case = escalate(case, crew.at(step), now, type)
    return resolve(case, crew.at(tier), now + HOUR, type)


def worked_example(crew: Crew, start: datetime) -> None:
    """200 requests within a month: 140 end at Tier 1, 50 at Tier 2, 10 at Tier 3 (6 integration, 4 LLM)."""
    ends = [(1, "how-to.dashboard")] * 140 + [(2, "integration.dms")] * 30 + [(2, "core.llm-behaviour")] * 20
    ends += (
        [(3, "integration.scheduler")] * 4 + [(3, "integration.dms")] * 2 + [(3, "core.llm-behaviour")] * 4
    )
    for n, (tier, type_) in enumerate(ends):
        resolved_at_tier(crew, tier, type_, start + n * 3 * HOUR)


def note(case: Case, who: Somebody, now: datetime) -> None:
    actions.write_note(case_id=case.id, text="Looked at the log.", actor=who.actor, now=now)
