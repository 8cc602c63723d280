"""A change of a deal, or of its dispute's case, is in the columns of every process at its next question."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsdesk.cases import actions as cases
from opsdesk.deals import actions as deals
from opsdesk.disputes import evidence
from opsdesk.disputes.models import Dispute
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.serving import Serving
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.registry import Mean, Question, Tally, whole_second
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.period import Period
from tests.disputes import cast
from tests.disputes.cast import DAY, HOUR, MARKET, MONDAY
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 20, tzinfo=UTC)
MARCH = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


class Processes:
    """Two that stand since the beginning, one that has just come; and who says what the records say."""

    def __init__(self, home: Path) -> None:
        self._home = home
        build(home)
        self._standing = [Serving(home), Serving(home)]
        assert [self._facts(each) for each in self._standing]

    def ask(self, key: str, *by: str) -> dict[tuple[str, ...], tuple[int, ...]]:
        """What all of them, and the records, answer alike."""
        question = whole_second(Question("deals", MARCH, NOW, by=by))
        metric = METRICS[key]
        assert metric.columns is not None
        expected = metric.sql(question)
        for each in (*self._standing, Serving(self._home)):
            assert metric.columns(self._facts(each), question) == expected, key
        return {name: _sizes(answer) for name, answer in expected.items()}

    def same(self) -> bool:
        """Whether all of them hold what would be read anew."""
        expected = plain(read_all(NOW))
        return all(plain(self._facts(each)) == expected for each in self._standing)

    def _facts(self, here: Serving) -> Facts:
        found = here.ready(NOW)
        assert found is not None
        return found


def _sizes(answer: object) -> tuple[int, ...]:
    if isinstance(answer, Share):
        return answer.low, answer.of
    assert isinstance(answer, Tally | Mean | Spread)
    return (answer.n,)


@pytest.fixture
def staff(transactional_db: None) -> cast.Staff:
    return cast.desk()


def test_a_deal_that_moves_moves_in_the_columns(staff: cast.Staff, tmp_path: Path) -> None:
    deal = cast.delivered(MONDAY)
    here = Processes(tmp_path)
    assert here.ask("deals_created", "state") == {("INSPECTION",): (1,)}
    assert here.ask("timer_visibility") == {(): (1, 1)}
    deals.approve(deal_id=deal.id, actor=MARKET, now=MONDAY + DAY)
    assert here.ask("deals_created", "state") == {("SETTLED",): (1,)}
    assert here.ask("deals_settled", "ending") == {("approved",): (1,)}
    assert here.ask("time_to_settle") == {(): (1,)}
    assert here.ask("timer_visibility") == {(): (0, 0)}
    assert here.same()


def test_a_dispute_that_is_touched_let_go_and_ruled_is_so_in_the_columns(
    staff: cast.Staff, tmp_path: Path
) -> None:
    deal = cast.delivered(MONDAY)
    for number, item in enumerate(cast.REQUIRED[:2]):
        cast.photo(deal, item, number, now=MONDAY)
    here = Processes(tmp_path)
    dispute = cast.raised(deal=deal, complete=False)
    at = dispute.raised_at
    assert here.ask("disputes_active", "reason") == {("DAMAGE_MINOR",): (1,)}
    assert here.ask("disputes_untouched") == {(): (1,)}
    # A note is of the case alone: no word of the deal.
    cases.write_note(case_id=dispute.case_id, text="Asked.", actor=staff.olga.actor, now=at + HOUR)
    assert here.ask("disputes_untouched") == {(): (0,)}
    assert here.ask("dispute_first_response") == {(): (1,)}
    missing = cast.REQUIRED[2]
    evidence.waive(
        dispute_id=dispute.id, item=missing, reason="Seen.", actor=staff.olga.actor, now=at + 2 * HOUR
    )
    assert here.ask("evidence_waived") == {(): (0,)}
    cast.rule(dispute, by=staff.olga, at=at + 3 * HOUR)
    assert here.ask("evidence_waived", "item") == {(missing,): (1,)}
    assert here.ask("evidence_complete", "reason") == {("DAMAGE_MINOR",): (1, 1)}
    assert here.ask("resolution_time_ruled", "basis", "outcome") == {("ruling", "OFFSET"): (1,)}
    assert here.ask("intervention") == {(): (1, 1)}
    assert here.same()


def test_a_dispute_raised_behind_a_base_is_in_the_one_that_is_built_of_it(
    staff: cast.Staff, tmp_path: Path
) -> None:
    build(tmp_path)
    dispute = cast.raised()
    cases.write_note(
        case_id=dispute.case_id, text="Asked.", actor=staff.olga.actor, now=dispute.raised_at + HOUR
    )
    here = Processes(tmp_path)
    assert here.same()
    later = dispute.raised_at + 2 * HOUR
    cast.rule(Dispute.objects.get(), by=staff.olga, at=later)
    build(tmp_path)
    assert here.ask("disputes_decided", "outcome") == {("OFFSET",): (1,)}
    assert here.same()
