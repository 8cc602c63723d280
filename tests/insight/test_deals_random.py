"""The deals desk's numbers on random histories, against a second reckoning in plain Python."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from opsdesk.cases.models import Case
from opsdesk.deals.models import Deal, Scope
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.insight.bands import NO_BAND, Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.registry import Answer, Mean, Question, Tally
from opsdesk.insight.statistics import Spread, spread
from opsdesk.kernel.actor import Role
from opsdesk.kernel.period import Period
from tests import cast
from tests.web import deals_scene as scenes

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LAST = BEGIN + timedelta(days=100)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Days of inspection and hours for a dispute, as the shipped terms have them.
TERMS = {"USED_CAR_PRIVATE": (3, 48), "USED_CAR_DEALER": (3, 48), "REAL_ESTATE_SALE": (7, 72)}
REASONS = ("DAMAGE_MINOR", "MISSING_PARTS", "DOCUMENT_MISMATCH")


@dataclass(slots=True)
class Life:
    """A deal's instants; None: not yet."""

    category: str
    country: str
    created: datetime
    funded: datetime | None = None
    delivered: datetime | None = None
    issue: datetime | None = None
    due: datetime | None = None
    settled: datetime | None = None
    reason: str = ""
    basis: str = ""

    def state(self, at: datetime) -> str:
        for name, instant in (
            ("SETTLED", self.settled), ("ISSUE", self.issue), ("INSPECTION", self.delivered),
            ("FUNDED", self.funded),
        ):  # fmt: skip
            if instant is not None and instant <= at:
                return name
        return "CREATED"

    def since(self, at: datetime) -> datetime:
        instants = (self.created, self.funded, self.delivered, self.issue, self.settled)
        return max(each for each in instants if each is not None and each <= at)

    def is_old(self, at: datetime) -> bool:
        days, hours = TERMS[self.category]
        return self.created <= at - (7 + days) * DAY - hours * HOUR


def random_life(dice: random.Random, scope: Scope) -> Life:
    """How a deal may go, to the end or not; instants are whole hours, so that edges are met."""
    days, hours = TERMS[scope.category]
    life = Life(scope.category, scope.country, BEGIN + dice.randrange(90 * 24) * HOUR)
    if dice.random() < 0.85:
        life.funded = life.created + dice.randrange(9 * 24) * HOUR
    if life.funded and dice.random() < 0.9:
        life.delivered = life.funded + dice.randrange(9 * 24) * HOUR
    if life.delivered and dice.random() < 0.5:
        life.issue = life.delivered + dice.randrange(days * 24) * HOUR
        life.due = life.issue + hours * HOUR
        life.reason = dice.choice(REASONS)
        life.basis = dice.choice(("ruling", "ttl"))
        life.settled = life.due if life.basis == "ttl" else life.issue + dice.randrange(hours) * HOUR
    elif life.delivered:
        life.settled = life.delivered + dice.randrange(1, days * 24 + 1) * HOUR
    return _cut(life)


def _cut(life: Life) -> Life:
    """Nothing has happened yet after the last instant."""
    for name in ("settled", "issue", "delivered", "funded"):
        instant = getattr(life, name)
        if instant is not None and instant > LAST:
            setattr(life, name, None)
    if life.created > LAST:
        raise ValueError(life)
    if life.issue is None:
        life.reason, life.due = "", None
    if life.settled is None or not life.reason:
        life.basis = ""
    return life


def stored(lives: list[Life], scopes: dict[tuple[str, str], Scope], judge: int) -> None:
    """The lives as rows."""
    for life in lives:
        scope = scopes[life.country, life.category]
        deal = Deal.objects.create(
            scope=scope, template_version=1, state=life.state(LAST), item="Car", buyer_name="B",
            seller_name="S", currency="MNT", total_minor=100, held_minor=10, created_at=life.created,
            recorded_at=life.created, state_since=life.since(LAST), funded_at=life.funded,
            delivered_at=life.delivered, issue_at=life.issue, reason=life.reason, dispute_due_at=life.due,
            settled_at=life.settled, ending=ending(life),
        )  # fmt: skip
        if life.issue is not None:
            dispute_of(deal, life, judge)


def ending(life: Life) -> str:
    if life.settled is None:
        return ""
    return {"ruling": "ruled", "ttl": "expired"}.get(life.basis, "approved")


def dispute_of(deal: Deal, life: Life, judge: int) -> None:
    assert life.issue is not None
    assert life.due is not None
    done = life.settled is not None
    case = Case.objects.create(
        desk="deals", kind="dispute", state="resolved" if done else "open", queue="disputes", tier=1,
        highest_tier=1, subject="S", opened_at=life.issue, recorded_at=life.issue, due_sort_at=life.due,
        resolved_at=life.settled,
    )  # fmt: skip
    dispute = Dispute.objects.create(
        case=case, deal=deal, scope=deal.scope, reason=life.reason, raised_by_kind="token",
        raised_at=life.issue, due_at=life.due, decided_at=life.settled,
    )  # fmt: skip
    if done:
        Ruling.objects.create(
            dispute=dispute, basis=life.basis, outcome="REJECT", to_buyer_minor=0, to_seller_minor=10,
            reason="R" if life.basis == "ruling" else "",
            ruled_by_id=judge if life.basis == "ruling" else None, ruled_at=life.settled,
            recorded_at=life.settled,
            evidence_complete=True,
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_numbers_equal_a_second_reckoning(seed: int) -> None:
    dice = random.Random(seed)
    scenes.people(LAST)
    judge = cast.somebody("oyun", [Role.OPERATOR], ["disputes"], desk="deals").id
    scopes = {(each.country, each.category): each for each in Scope.objects.all()}
    lives = [random_life(dice, dice.choice(list(scopes.values()))) for _ in range(90)]
    stored(lives, scopes, judge)
    for _ in range(12):
        start = BEGIN + dice.randrange(80) * DAY
        period = Period(start, start + dice.randrange(1, 40) * DAY)
        as_of = dice.choice((LAST, BEGIN + dice.randrange(100 * 24) * HOUR))
        category = dice.choice(("", *TERMS))
        check(lives, period, as_of, category)


def without_limits(found: Answer) -> Answer:
    """An answer without what it is held against: the second reckoning knows no thresholds."""
    return replace(found, band=NO_BAND) if isinstance(found, Share) else found


def check(lives: list[Life], period: Period, as_of: datetime, category: str) -> None:
    filters = {"category": (category,)} if category else {}
    known = [each for each in lives if not category or each.category == category]

    def asked(key: str, *by: str) -> object:
        found = ask(key, Question("deals", period, as_of, filters, by))
        return found if by else without_limits(found[()])

    for key, reckon in RECKONED.items():
        assert asked(key) == reckon(known, period, as_of), (key, period, as_of, category)
    states = Counter(life.state(as_of) for life in created(known, period, as_of))
    assert asked("deals_created", "state") == {(state,): Tally(n) for state, n in states.items()}


def created(lives: list[Life], period: Period, at: datetime) -> list[Life]:
    return [each for each in lives if each.created in period and each.created <= at]


def settled(lives: list[Life], period: Period, at: datetime) -> list[Life]:
    return [each for each in lives if each.settled and each.settled in period and each.settled <= at]


def raised(lives: list[Life], period: Period, at: datetime) -> list[Life]:
    return [each for each in lives if each.issue and each.issue in period and each.issue <= at]


def days(life: Life) -> float:
    assert life.settled is not None
    return (life.settled - life.created) / DAY


def is_done(life: Life, at: datetime) -> bool:
    return life.state(at) == "SETTLED"


def time_to_settle(lives: list[Life], period: Period, at: datetime) -> Mean:
    found = [days(each) for each in settled(lives, period, at)]
    return Mean(pytest.approx(sum(found)), len(found))


def time_spread(lives: list[Life], period: Period, at: datetime) -> Spread:
    return spread([days(each) for each in settled(lives, period, at)])


def in_band(low: int, high: float) -> Callable[[list[Life], Period, datetime], Tally]:
    return lambda lives, period, at: Tally(
        sum(low <= days(each) < high for each in settled(lives, period, at))
    )


def completion(lives: list[Life], period: Period, at: datetime) -> Share:
    whole = [
        each for each in created(lives, period, at) if each.is_old(at) and each.funded and each.funded <= at
    ]
    done = sum(is_done(each, at) for each in whole)
    return Share(done, done, len(whole))


def never(lives: list[Life], period: Period, at: datetime) -> Tally:
    old = [each for each in created(lives, period, at) if each.is_old(at)]
    return Tally(sum(each.funded is None or each.funded > at for each in old))


def dispute_rate(lives: list[Life], period: Period, at: datetime) -> Share:
    whole = [
        each
        for each in created(lives, period, at)
        if each.delivered and each.delivered <= at - TERMS[each.category][0] * DAY
    ]
    hit = sum(each.issue is not None and each.issue <= at for each in whole)
    return Share(hit, hit, len(whole))


def standing(lives: list[Life], period: Period, at: datetime) -> list[tuple[str, timedelta]]:
    """State and age of what is not settled at the end of the period."""
    end = min(at, period.end)
    return [
        (each.state(end), end - each.since(end))
        for each in lives
        if each.created <= end and not is_done(each, end)
    ]


def running(lives: list[Life], period: Period, at: datetime) -> Tally:
    return Tally(len(standing(lives, period, at)))


def stuck(lives: list[Life], period: Period, at: datetime) -> Tally:
    found = standing(lives, period, at)
    return Tally(sum(state != "CREATED" and age > 7 * DAY for state, age in found))


def never_funded(lives: list[Life], period: Period, at: datetime) -> Tally:
    found = standing(lives, period, at)
    return Tally(sum(state == "CREATED" and age > 7 * DAY for state, age in found))


def active(lives: list[Life], period: Period, at: datetime) -> Tally:
    end = min(at, period.end)
    return Tally(sum(each.state(end) == "ISSUE" for each in lives if each.created <= end))


def intervention(lives: list[Life], period: Period, at: datetime) -> Share:
    whole = [each for each in lives if each.issue and each.issue <= at and each.due and each.due in period]
    low = sum(is_done(each, at) and each.basis == "ruling" for each in whole)
    open_ = sum(not is_done(each, at) for each in whole)
    return Share(low, low + open_, len(whole))


def resolution(lives: list[Life], period: Period, at: datetime) -> Mean:
    found = raised(lives, period, at)
    done = [each for each in found if is_done(each, at)]
    total = sum((each.settled - each.issue).total_seconds() for each in done if each.settled and each.issue)
    return Mean(total, len(done), len(found) - len(done))


RECKONED: dict[str, Callable[[list[Life], Period, datetime], object]] = {
    "deals_created": lambda lives, period, at: Tally(len(created(lives, period, at))),
    "deals_settled": lambda lives, period, at: Tally(len(settled(lives, period, at))),
    "deals_running": running,
    "deals_stuck": stuck,
    "deals_never_funded": never_funded,
    "time_to_settle": time_to_settle,
    "time_to_settle_spread": time_spread,
    "settled_under_3": in_band(0, 3),
    "settled_3_to_5": in_band(3, 5),
    "settled_5_to_7": in_band(5, 7),
    "settled_7_and_more": in_band(7, float("inf")),
    "completion": completion,
    "old_never_funded": never,
    "dispute_rate": dispute_rate,
    "disputes_raised": lambda lives, period, at: Tally(len(raised(lives, period, at))),
    "disputes_active": active,
    "intervention": intervention,
    "resolution_time": resolution,
}
