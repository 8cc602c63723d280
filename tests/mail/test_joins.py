from datetime import timedelta

import pytest

from opsdesk.accounts import actions as accounts
from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import SYSTEM
from opsdesk.mail import replies
from opsdesk.mail.joins import Candidate, Choice, chosen
from opsdesk.mail.models import Arrival, CaseMessage, Outcome
from tests import cast
from tests.cast import MONDAY, Somebody
from tests.mail.letters import NOW, bring, letter, message_of, source

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def desk() -> None:
    cast.desk()


@pytest.fixture
def olga() -> Somebody:
    return cast.operator()


def opened(number: object = "a", **more: object) -> Case:
    arrival = bring(letter(number, **more))  # type: ignore[arg-type]
    assert arrival.outcome == Outcome.REQUESTS, (arrival.outcome, arrival.reason)
    return case_of(arrival)


def case_of(arrival: Arrival) -> Case:
    return Case.objects.get(
        case_messages__message=message_of(arrival), case_messages__removed_at__isnull=True
    )


def resolve(case: Case, by: Somebody, now: object = NOW) -> None:
    endings.resolve(
        case_id=case.id,
        resolution="Turned the flag off.",
        cause="bug",
        verified=True,
        type=cast.definition().families[0].types[0].key,
        actor=by.actor,
        now=now,  # type: ignore[arg-type]
    )


def test_an_answer_to_our_reply_joins_its_case_and_wakes_it(olga: Somebody) -> None:
    case, other = opened("a"), opened("b", answers=None)
    ours = replies.reply(case_id=case.id, text="Which car?", wait=True, actor=olga.actor, now=NOW)
    assert Case.objects.get(id=case.id).state == "waiting"
    arrival = bring(letter("c", answers=f"<{ours.message_id}>", references=["b"], at=NOW), now=LATER)
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)
    case.refresh_from_db()
    assert (case.state, case.last_inbound_at) == ("open", LATER)
    assert other.id != case.id


def test_a_follow_up_joins_the_only_unresolved_case_of_its_thread() -> None:
    case = opened("a")
    arrival = bring(letter("b", answers="a"))
    link = CaseMessage.objects.get(message=message_of(arrival))
    assert (link.case_id, link.how, link.which_request) == (case.id, "joined", False)


def test_of_several_unresolved_cases_the_newest_touched_is_joined_and_marked(olga: Somebody) -> None:
    first = opened("a")
    second = opened("b")
    bring(letter("c", references=["a", "b"]), now=NOW)
    replies.reply(case_id=first.id, text="Looking at it.", wait=False, actor=olga.actor, now=LATER)
    arrival = bring(letter("d", answers="c"), now=LATER)
    link = CaseMessage.objects.get(message=message_of(arrival))
    assert (link.case_id, link.which_request) == (first.id, True)
    assert second.id != first.id


def test_of_several_the_one_that_surely_has_the_answered_message_is_joined_without_a_question(
    olga: Somebody,
) -> None:
    first, second = opened("a"), opened("b")
    bring(letter("c", references=["a", "b"]), now=NOW)
    replies.reply(case_id=second.id, text="Looking at it.", wait=False, actor=olga.actor, now=LATER)
    link = CaseMessage.objects.get(message=message_of(bring(letter("d", answers="a"), now=LATER)))
    assert (link.case_id, link.which_request) == (first.id, False)


def test_the_choice_prefers_what_is_unresolved_then_what_was_touched_last() -> None:
    def candidate(number: int, state: str, hour: int) -> Candidate:
        return Candidate(number, state, MONDAY + timedelta(hours=hour))

    assert chosen([]) is None
    assert chosen([candidate(1, "open", 1), candidate(2, "resolved", 9)]) == Choice(1, which_request=False)
    assert chosen([candidate(1, "open", 1), candidate(2, "waiting", 9)]) == Choice(2, which_request=True)
    assert chosen([candidate(1, "resolved", 3), candidate(2, "resolved", 2)]) == Choice(1, which_request=True)
    assert chosen([candidate(1, "void", 3), candidate(2, "resolved", 2)]) == Choice(2, which_request=False)
    assert chosen([candidate(1, "open", 1), candidate(2, "open", 1)]) == Choice(2, which_request=True)


def test_a_message_reopens_a_resolved_case_within_its_grace(olga: Somebody) -> None:
    case = opened("a")
    resolve(case, olga)
    arrival = bring(letter("b", answers="a", at=NOW + timedelta(days=13)), now=NOW + timedelta(days=13))
    case.refresh_from_db()
    assert (arrival.outcome, case.state, case.reopened_count) == (Outcome.JOINED, "open", 1)


def test_a_message_to_a_closed_case_opens_a_linked_request(olga: Somebody) -> None:
    case = opened("a")
    resolve(case, olga)
    arrival = bring(letter("b", answers="a", at=NOW + timedelta(days=14)), now=NOW + timedelta(days=14))
    new = case_of(arrival)
    assert (arrival.outcome, new.follows_id) == (Outcome.REQUESTS, case.id)
    case.refresh_from_db()
    assert case.state == "resolved"


def test_a_message_reopens_at_most_one_case(olga: Somebody) -> None:
    first, second = opened("a"), opened("b")
    bring(letter("c", references=["a", "b"]))
    for case in (first, second):
        resolve(case, olga)
    bring(letter("d", answers="c"), now=LATER)
    assert sorted(Case.objects.values_list("state", flat=True)) == ["open", "resolved"]


@pytest.mark.parametrize("account", [False, True])
def test_a_stranger_s_answer_opens_a_case_that_claims_to_belong(account: bool) -> None:
    if account:
        accounts.add(
            key="dealer", name="Dealer", domains=["dealer.example"], addresses=[], live_on=None, left_on=None,
            actor=SYSTEM, now=NOW,
        )  # fmt: skip
    case = opened("a")
    arrival = bring(letter("b", answers="a", sender="Eve <eve@else.example>"))
    new = case_of(arrival)
    assert (arrival.outcome, new.claims_id) == (Outcome.REQUESTS, case.id)


@pytest.mark.parametrize(("answered", "over"), [("a", False), ("b", False), ("a", True)])
def test_a_stranger_in_joined_threads_claims_the_case_that_was_answered(
    olga: Somebody, answered: str, over: bool
) -> None:
    cases = {"a": opened("a"), "b": opened("b")}
    bring(letter("c", references=["a", "b"]))
    other = cases["b" if answered == "a" else "a"]
    actions.take(case_id=other.id, actor=olga.actor, now=NOW)
    actions.write_note(case_id=other.id, text="Touched last.", actor=olga.actor, now=LATER)
    if over:
        resolve(cases[answered], olga, LATER)
    late = LATER + timedelta(hours=1)
    arrival = bring(letter("d", answers=answered, sender="Eve <eve@else.example>"), now=late)
    assert case_of(arrival).claims_id == cases[answered].id


def test_a_colleague_of_the_same_account_is_no_stranger() -> None:
    accounts.add(
        key="dealer", name="Dealer", domains=["dealer.example"], addresses=[], live_on=None, left_on=None,
        actor=SYSTEM, now=NOW,
    )  # fmt: skip
    case = opened("a")
    assert case.account is not None
    arrival = bring(letter("b", answers="a", sender="Kim <kim@dealer.example>"))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)


def test_somebody_who_was_addressed_is_no_stranger() -> None:
    case = opened("a", headers=[("Cc", "Kim <kim@else.example>")])
    arrival = bring(letter("b", answers="a", sender="kim@else.example"))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, case)


def void(case: Case, by: Somebody, reason: str, original: int | None = None) -> None:
    endings.void(case_id=case.id, reason=reason, duplicate_of_id=original, actor=by.actor, now=NOW)


def test_an_answer_to_a_duplicate_goes_to_the_case_it_repeats(olga: Somebody) -> None:
    original, copy = opened("a"), opened("b")
    void(copy, olga, "duplicate", original.id)
    arrival = bring(letter("c", answers="b"))
    assert (arrival.outcome, case_of(arrival)) == (Outcome.JOINED, original)


def test_an_answer_to_spam_is_set_aside(olga: Somebody) -> None:
    case = opened("a")
    void(case, olga, "spam")
    arrival = bring(letter("b", answers="a"))
    assert (arrival.outcome, arrival.reason) == (Outcome.SET_ASIDE, "spam")


def test_an_answer_to_another_void_case_opens_a_linked_request(olga: Somebody) -> None:
    case = opened("a")
    reasons = {code.key for code in cast.definition().void_reasons} - {"spam", "duplicate"}
    void(case, olga, min(reasons))
    assert case_of(bring(letter("b", answers="a"))).follows_id == case.id


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("Auto-Submitted", "auto-replied"), "auto-reply"),
        (("X-Failed-Recipients", "x@y.example"), "bounce"),
        (("List-Id", "<news.else.example>"), "list"),
        (("X-Spam-Flag", "YES"), "spam"),
    ],
)
def test_a_machine_s_mail_is_set_aside_and_changes_no_case(header: tuple[str, str], reason: str) -> None:
    case = opened("a")
    for arrival in (bring(letter("m", headers=[header])), bring(letter("n", headers=[header], answers="a"))):
        assert (arrival.outcome, arrival.reason) == (Outcome.SET_ASIDE, reason)
        assert arrival.message is not None
    assert Case.objects.get().version == case.version


def test_mail_of_our_own_comes_back_as_a_loop(olga: Somebody) -> None:
    arrival = bring(letter("a", sender=f"Support <{cast.definition().address}>"))
    assert (arrival.outcome, arrival.reason) == (Outcome.SET_ASIDE, "loop")


def test_what_a_group_of_our_own_passes_on_is_customers_mail() -> None:
    group = cast.definition().address.replace("@", ".")
    assert bring(letter("a", headers=[("List-Id", f"Support <{group}>")])).outcome == Outcome.REQUESTS


def test_mail_before_the_start_is_history_and_what_answers_it_is_work() -> None:
    files = source("old", start_at=MONDAY)
    old = bring(letter("a", at=MONDAY - timedelta(seconds=1)), into=files)
    assert (old.outcome, old.reason) == (Outcome.SET_ASIDE, "before the start")
    new = bring(letter("b", answers="a", at=MONDAY), into=files)
    assert new.outcome == Outcome.REQUESTS
    assert message_of(new).thread_id == message_of(old).thread_id


def test_a_clock_that_runs_ahead_puts_nothing_into_the_future() -> None:
    arrival = bring(letter("a", at=NOW + timedelta(days=900)))
    assert (arrival.received_at, case_of(arrival).opened_at) == (NOW, NOW)


def test_a_case_that_went_up_is_joined_where_it_is(olga: Somebody) -> None:
    case = opened("a")
    handoffs.escalate(
        case_id=case.id, reason=cast.definition().escalation_reasons[0].key, words="Tried both.",
        type=cast.definition().families[0].types[0].key, actor=olga.actor, now=NOW,
    )  # fmt: skip
    bring(letter("b", answers="a"))
    case.refresh_from_db()
    assert (case.tier, case.queue) == (2, "core-support")
