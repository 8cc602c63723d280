"""What reached us, and what became of it, is in the columns of every process at its next question."""

from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings

from opsdesk.insight import intake_report
from opsdesk.insight.catalogue import METRICS
from opsdesk.insight.facts.read import read_all
from opsdesk.insight.facts.serving import Serving
from opsdesk.insight.facts.values import Facts
from opsdesk.insight.registry import Key, Question, Side, Tally, whole_second
from opsdesk.kernel.period import Period, days, month
from opsdesk.mail import intake, thread_joins
from opsdesk.mail.models import Arrival, Outcome, Source, ThreadJoin
from tests import cast
from tests.insight.facts.building import build
from tests.insight.facts.comparing import plain
from tests.mail.letters import NOW, bring, letter, source

pytestmark = pytest.mark.django_db(transaction=True)
CHICAGO = ZoneInfo("America/Chicago")
DAY = timedelta(days=1)
SPRING = Period(month("2026-02", CHICAGO).start, month("2026-05", CHICAGO).end)
LATER = SPRING.end + DAY
BY = [(), *permutations(("day", "month"), 1), *permutations(("day", "month"), 2)]


class Processes:
    """One that stands since the beginning, one that has just come; and who says what the records say."""

    def __init__(self, home: Path) -> None:
        self._home = home
        build(home)
        self._standing = Serving(home)
        assert self._standing.ready(LATER)

    def same(self) -> bool:
        """Whether they hold what would be read anew."""
        expected = plain(read_all(LATER))
        return all(plain(ready(each)) == expected for each in (self._standing, Serving(self._home)))

    def ask(self, key: str, *by: str, period: Period = SPRING, as_of: datetime = LATER) -> dict[Key, int]:
        """What they and the records answer and list alike."""
        question, metric = whole_second(Question("support", period, as_of, by=by)), METRICS[key]
        expected = metric.sql(question)
        assert metric.columns is not None
        assert metric.members is not None
        assert metric.listed is not None
        for facts in map(ready, (self._standing, Serving(self._home))):
            assert metric.columns(facts, question) == expected
            for each in (*expected, tuple("2026-13" for _ in by)):
                listed = metric.listed(facts, question, each, Side.COUNTED).first()
                assert listed == metric.members(question, each, Side.COUNTED), (by, each)
        return {key: answer.n for key, answer in expected.items() if isinstance(answer, Tally)}

    def compact(self) -> None:
        build(self._home)


def ready(here: Serving) -> Facts:
    found = here.ready(LATER)
    assert found is not None
    return found


def came(raw: bytes, into: str = "files") -> Arrival:
    return bring(raw, now=LATER, into=source(into))


@pytest.fixture
def home(transactional_db: None, tmp_path: Path, settings: LazySettings) -> Path:
    """Three letters on three days in two threads, and one of a machine."""
    settings.OPSDESK_HOME = tmp_path
    cast.desk()
    for number, answers in ((1, None), (2, 1), (3, None)):
        came(letter(number, answers=answers, at=NOW + number * 20 * DAY))
    came(letter(4, headers=[("X-Spam-Flag", "YES")]))
    return tmp_path


def test_messages_and_threads_are_counted_and_listed_alike(home: Path) -> None:
    here = Processes(home)
    april = month("2026-04", CHICAGO)
    for key in ("messages_in", "threads_in"):
        for by in BY:
            here.ask(key, *by)
        here.ask(key, "day", as_of=NOW + 40 * DAY)
        here.ask(key, "day", period=days(april.start.date(), april.start.date(), CHICAGO))
    assert here.ask("messages_in", "month") == {("2026-03",): 1, ("2026-04",): 1, ("2026-05",): 1}
    assert here.ask("threads_in") == {(): 2}


def test_a_thread_that_becomes_part_of_another_moves_all_its_mail_and_back(home: Path) -> None:
    here = Processes(home)
    came(letter(5, references=[2, 3], at=NOW + 61 * DAY))
    assert here.ask("threads_in", "month") == {("2026-03",): 1, ("2026-04",): 1, ("2026-05",): 1}
    here.compact()
    assert here.ask("threads_in") == {(): 1}
    assert here.same()
    thread_joins.undo_join(ThreadJoin.objects.get().id, actor=cast.lead().actor, now=LATER)
    assert here.ask("threads_in") == {(): 2}
    assert here.same()


def test_a_message_that_came_twice_counts_when_it_came_first_wherever_it_is_kept(home: Path) -> None:
    here, first = Processes(home), Arrival.objects.order_by("id")[0]
    again = came(letter(1, at=NOW + 20 * DAY), into="box")
    assert (again.outcome, again.message_id) == (Outcome.DUPLICATE, first.message_id)
    Arrival.objects.filter(id=again.id).update(outcome=Outcome.JOINED, received_at=NOW + 10 * DAY)
    for _ in range(2):
        assert set(here.ask("messages_in", "day")) == {("2026-03-12",), ("2026-04-11",), ("2026-05-01",)}
        assert here.ask("threads_in") == {(): 2}
        here.compact()


def test_a_source_of_another_desk_is_none_of_ours(home: Path) -> None:
    here = Processes(home)
    Source.objects.filter(key="files").update(desk="other")
    assert here.ask("messages_in") == here.ask("threads_in") == {(): 0}


def test_the_ledger_says_of_the_facts_what_it_says_of_the_records(home: Path) -> None:
    def told() -> intake_report.Ledger:
        return intake_report.ledger(desk="support", period=SPRING, now=LATER)

    raw = letter(7)
    intake.store(source=source(), raw=raw, label="x", received_at=None, now=NOW + DAY)
    intake.store(source=source(), raw=b"broken", label="x", received_at=NOW, now=NOW + DAY)
    before = told()
    assert (before.arrivals, before.in_hand, before.in_hand_late) == (6, 2, 2)
    build(home)
    assert told() == before
    intake.sort_pending(limit=9, now=NOW + 2 * DAY)
    found = told()
    assert found.in_hand == 0
    for base in home.glob("facts/*"):
        base.rename(home / base.name)
    assert told() == found
