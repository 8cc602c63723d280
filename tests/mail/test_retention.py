"""How long words are kept: deciding it, what is due, and the nights in which it goes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from opsdesk.cases import endings, merges, queries
from opsdesk.cases.models import Case
from opsdesk.clock.models import Task, TaskState
from opsdesk.clock.tasks import ATTEMPTS_OF_IO, task_value
from opsdesk.insight.intake_report import report
from opsdesk.journal.models import Entry
from opsdesk.kernel.permissions import NotYourRight
from opsdesk.kernel.refusal import Invalid
from opsdesk.mail import intake, redaction, replies, retention, splits
from opsdesk.mail.models import Arrival, CaseMessage, Message
from opsdesk.mail.timers import KEEP_NO_LONGER
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.export import records
from opsdesk.web.funnel.gather import gathered
from opsdesk.worker.rounds import carriers
from opsdesk.worker.wiring import WIRING
from tests import cast
from tests.cast import MONDAY
from tests.mail.letters import NOW, bring, letter, message_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def lena() -> cast.Somebody:
    return cast.lead()


def mail(number: int, *, days: int = 0, **more: object) -> Message:
    """A mail so many days after the first Monday, sorted."""
    at = MONDAY + days * DAY
    return message_of(bring(letter(number, at=at, text=f"words {number}", **more), now=at + HOUR))  # type: ignore[arg-type]


def case_of(message: Message) -> Case:
    return CaseMessage.objects.get(message=message, removed_at=None).case


def resolve(message: Message, by: cast.Somebody, *, days: int) -> Case:
    return endings.resolve(
        case_id=case_of(message).id,
        resolution="Done.",
        cause="bug",
        verified=True,
        type="core.llm-behaviour",
        actor=by.actor,
        now=MONDAY + days * DAY,
    )


def due(days: int, keep: int = 30) -> set[int]:
    limits = {"support": MONDAY + days * DAY - keep * DAY}
    return set(retention.due("support", limits).values_list("id", flat=True))


def nights(upto: datetime) -> int:
    """Let the worker do what falls due until then; how many tasks it did."""
    done = 0
    while True:
        task = Task.objects.armed().filter(kind=KEEP_NO_LONGER, run_at__lte=upto).order_by("run_at").first()
        if task is None:
            return done
        at = task.run_at
        done += carriers({task.kind: WIRING[task.kind]}, lambda at=at: at)(at).done  # type: ignore[misc]


def words() -> list[str]:
    return sorted(Message.objects.exclude(text="").values_list("text", flat=True))


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-03-02T12:00:00-06:00", "2026-03-03T02:00:00-06:00"),
        ("2026-03-02T01:59:00-06:00", "2026-03-02T02:00:00-06:00"),
        ("2026-03-02T02:00:00-06:00", "2026-03-03T02:00:00-06:00"),
        # The night in which two o'clock is left out: it falls on three by the new time.
        ("2026-03-07T23:00:00-06:00", "2026-03-08T03:00:00-05:00"),
    ],
)
def test_the_next_night_is_two_o_clock_of_the_desk(now: str, night: str) -> None:
    found = retention.next_night(datetime.fromisoformat(now), ZoneInfo("America/Chicago"))
    assert found.astimezone(UTC) == datetime.fromisoformat(night)


def test_what_is_due_are_the_words_of_cases_over_for_long_enough(lena: cast.Somebody) -> None:
    resolved, voided, running = (mail(number) for number in range(3))
    resolve(resolved, lena, days=5)
    endings.void(case_id=case_of(voided).id, reason="spam", actor=lena.actor, now=MONDAY + 7 * DAY)
    assert due(35) == set()
    assert due(36) == {resolved.id}
    assert due(38) == {resolved.id, voided.id}
    assert running.id not in due(3000)


def test_a_mail_of_two_cases_waits_for_both(lena: cast.Somebody) -> None:
    message = mail(1)
    part = splits.split_span(
        case_id=case_of(message).id,
        message_id=message.id,
        start=0,
        end=5,
        subject="Part",
        actor=lena.actor,
        now=NOW,
    )
    whole = CaseMessage.objects.get(message=message, span_start=None).case_id
    for case_id, day in ((whole, 2), (part.id, 9)):
        endings.resolve(
            case_id=case_id, resolution="Done.", cause="bug", verified=True, type="core.llm-behaviour",
            actor=lena.actor, now=MONDAY + day * DAY,
        )  # fmt: skip
    assert due(39) == set()
    assert due(40) == {message.id}


def test_a_merged_case_is_over_when_the_one_it_is_part_of_is(lena: cast.Somebody) -> None:
    first, second, third = (mail(number) for number in range(3))
    merges.merge(case_id=case_of(second).id, other_id=case_of(third).id, actor=lena.actor, now=NOW)
    merges.merge(case_id=case_of(first).id, other_id=case_of(second).id, actor=lena.actor, now=NOW)
    assert case_of(third).merged_into == case_of(second)
    assert case_of(second).merged_into == case_of(first)
    assert due(3000) == set()
    survivor = Case.objects.get(state="open")
    endings.resolve(
        case_id=survivor.id, resolution="Done.", cause="bug", verified=True, type="core.llm-behaviour",
        actor=lena.actor, now=MONDAY + DAY,
    )  # fmt: skip
    assert due(30) == set()
    assert due(32) == {first.id, second.id, third.id}


def test_what_was_set_aside_goes_as_well_and_a_waiting_reply_does_not(lena: cast.Somebody) -> None:
    aside = mail(1, headers=[("Auto-Submitted", "auto-generated")])
    assert not CaseMessage.objects.exists()
    other = mail(2)
    replies.reply(case_id=case_of(other).id, text="soon", wait=False, actor=lena.actor, now=NOW)
    resolve(other, lena, days=1)
    assert due(60) == {aside.id, other.id}


def test_deciding_is_a_lead_s_matter_and_goes_down_in_the_journal(lena: cast.Somebody) -> None:
    assert retention.keep_days("support") is None
    for somebody in (cast.operator(), cast.engineer(), cast.viewer()):
        with pytest.raises(NotYourRight):
            retention.decide("support", keep_days=90, actor=somebody.actor, now=NOW)
    for days in (29, 0, -1, 40_000):
        with pytest.raises(Invalid):
            retention.decide("support", keep_days=days, actor=lena.actor, now=NOW)
    retention.decide("support", keep_days=90, actor=lena.actor, now=NOW)
    assert retention.keep_days("support") == 90
    retention.decide("support", keep_days=None, actor=lena.actor, now=NOW + HOUR)
    assert retention.keep_days("support") is None
    facts = Entry.objects.filter(kind="retention.decided").order_by("id")
    assert [fact.payload["keep_days"] for fact in facts] == [90, None]
    assert [row.keep_days for row in retention.decisions("support")] == [None, 90]


def test_before_a_decision_one_sees_what_it_would_do(lena: cast.Somebody) -> None:
    messages = [mail(number) for number in range(3)]
    empty = retention.preview("support", keep_days=30, now=NOW)
    assert (empty.at_once, empty.first_at) == (0, None)
    resolve(messages[0], lena, days=5)
    soon = retention.preview("support", keep_days=30, now=MONDAY + 20 * DAY)
    assert (soon.at_once, soon.first_at) == (0, MONDAY + 35 * DAY)
    now = MONDAY + 40 * DAY
    found = retention.preview("support", keep_days=30, now=now)
    assert (found.at_once, found.first_at) == (1, None)
    assert now < found.first_night < now + DAY
    assert retention.decisions("support") == []
    assert len(words()) == 3


def test_the_nights_erase_what_is_due_and_nothing_else(lena: cast.Somebody) -> None:
    first, second, running = (mail(number) for number in range(3))
    resolve(first, lena, days=1)
    resolve(second, lena, days=10)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 11 * DAY)
    nights(MONDAY + 30 * DAY)
    assert len(words()) == 3
    nights(MONDAY + 33 * DAY)
    assert words() == ["words 1", "words 2"]
    nights(MONDAY + 60 * DAY)
    assert words() == ["words 2"]
    found = redaction.erasures([first.id, second.id, running.id])
    assert {id: (one.by, one.reason) for id, one in found.items()} == {
        first.id: ("", "retention"),
        second.id: ("", "retention"),
    }
    assert case_of(first).excerpt == ""


def test_no_number_of_the_funnel_changes(lena: cast.Somebody) -> None:
    for number in range(4):
        mail(number)
    resolve(Message.objects.earliest("id"), lena, days=1)
    resolve(Message.objects.latest("id"), lena, days=2)
    place, now = Place("support", "2026-03"), MONDAY + 60 * DAY
    before = dict(records(gathered(place, queries.desk("support"), now)))
    intake_before = report(desk="support", period=place.period(queries.desk("support")), now=now)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 40 * DAY)
    nights(MONDAY + 45 * DAY)
    assert Message.objects.filter(redacted_at__isnull=False).count() == 2
    assert dict(records(gathered(place, queries.desk("support"), now))) == before
    assert report(desk="support", period=place.period(queries.desk("support")), now=now) == intake_before


def test_a_night_of_many_goes_on_where_it_stopped_and_ends(
    lena: cast.Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    monkeypatch.setattr(retention, "TOGETHER", 2)
    for number in range(7):
        resolve(mail(number), lena, days=1)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 40 * DAY)
    night = retention.preview("support", keep_days=30, now=MONDAY + 40 * DAY).first_night
    assert nights(night) == 3
    assert words() == []
    armed = Task.objects.armed().get(kind=KEEP_NO_LONGER)
    assert night < armed.due_at < night + 2 * DAY


def test_a_step_that_runs_twice_or_late_changes_nothing_more(lena: cast.Somebody) -> None:
    message = mail(1)
    resolve(message, lena, days=1)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 40 * DAY)
    task = task_value(Task.objects.armed().get(kind=KEEP_NO_LONGER))
    for at in (task.due_at, task.due_at + HOUR, task.due_at + 3 * DAY):
        retention.erase_due(task, at)
    assert Entry.objects.filter(kind="message.redacted").count() == 1


def test_a_decision_to_keep_for_ever_ends_the_nights(lena: cast.Somebody) -> None:
    resolve(mail(1), lena, days=1)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 40 * DAY)
    retention.decide("support", keep_days=None, actor=lena.actor, now=MONDAY + 40 * DAY + HOUR)
    assert nights(MONDAY + 50 * DAY) == 1
    assert words() == ["words 1"]
    assert not Task.objects.armed().filter(kind=KEEP_NO_LONGER).exists()
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 50 * DAY)
    nights(MONDAY + 52 * DAY)
    assert words() == []


def test_a_case_that_is_open_again_by_then_keeps_its_words(lena: cast.Somebody) -> None:
    message = mail(1)
    case = resolve(message, lena, days=1)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + 2 * DAY)
    endings.reopen(case_id=case.id, reason="Not fixed", actor=lena.actor, now=MONDAY + 3 * DAY)
    nights(MONDAY + 100 * DAY)
    assert words() == ["words 1"]


def test_what_was_set_aside_by_hand_without_being_understood_goes_too(lena: cast.Somebody) -> None:
    odd = bring(b"\x00\xff words", label="words.bin")
    intake.set_aside(odd.id, reason="noise", actor=lena.actor, now=NOW)
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY + DAY)
    nights(MONDAY + 20 * DAY)
    assert Arrival.objects.get().blob.redacted_at is None
    nights(MONDAY + 40 * DAY)
    assert Arrival.objects.get().blob.redacted_at is not None
    assert Arrival.objects.get().label == ""


def test_a_step_that_fails_for_good_leaves_the_next_night_to_come(lena: cast.Somebody) -> None:
    retention.decide("support", keep_days=30, actor=lena.actor, now=MONDAY)
    resolve(mail(1), lena, days=1)
    task = Task.objects.armed().get(kind=KEEP_NO_LONGER)
    Task.objects.filter(id=task.id).update(payload={"desk": "support", "after": "no number"})
    at = task.run_at
    for _ in range(ATTEMPTS_OF_IO):
        carriers({KEEP_NO_LONGER: WIRING[KEEP_NO_LONGER]}, lambda at=at: at)(at)  # type: ignore[misc]
        at = Task.objects.get(id=task.id).run_at
    assert Task.objects.get(id=task.id).state == TaskState.DEAD
    assert Task.objects.armed().filter(kind=KEEP_NO_LONGER).exists()
    nights(MONDAY + 40 * DAY)
    assert words() == []
