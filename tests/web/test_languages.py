"""Pages in the reader's language: chosen on the profile page, else as the browser asks."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone, translation

from opsdesk.deals.refusals import NotInIssue, OutcomeNotAllowed
from opsdesk.kernel.permissions import NotYourRight
from opsdesk.watch import actions
from opsdesk.web import stored
from opsdesk.web.moments import Moments
from opsdesk.web.refusals import message_of
from tests.cast import Somebody
from tests.web import disputes_scene as scenes
from tests.web.disputes_scene import HOUR, Desk

Browse = Callable[[Somebody], Client]
AT = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)


@pytest.fixture
def desk(db: None, now: datetime) -> Desk:
    return scenes.desk(now)


def test_a_language_is_found_by_its_own_name_and_holds_from_the_next_page_on(
    desk: Desk, browse: Browse
) -> None:
    client = browse(desk.dana)
    page = client.get("/me").content.decode()
    for name in ("English", "한국어", "Монгол"):
        assert name in page
    kept = {"name": "Dana", "theme": "system", "zone": "Asia/Ulaanbaatar", "keys_on": "on"}
    assert client.post("/me", {**kept, "language": "mn"}).status_code == 302
    answer = client.get("/disputes")
    assert answer.headers["Content-Language"] == "mn"
    assert "<h1>Маргаанууд</h1>" in answer.content.decode()
    assert client.post("/me", {**kept, "language": "xx"}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "words"), [("ko-KR,ko;q=0.9", "로그인"), ("mn", "Нэвтрэх"), ("fi", "Sign in")]
)
def test_who_has_not_signed_in_reads_as_the_browser_asks(db: None, asked: str, words: str) -> None:
    page = Client().get("/sign-in", headers={"Accept-Language": asked}).content.decode()
    assert words in page


@pytest.mark.parametrize(
    ("language", "short", "other_year", "full"),
    [
        ("en", "3 Nov 14:05", "3 Nov 2026 14:05", "3 November 2026, 14:05 UTC"),
        ("ko", "11월 3일 14:05", "2026년 11월 3일 14:05", "2026년 11월 3일 14:05 UTC"),
        ("mn", "11-р сарын 3, 14:05", "2026 оны 11-р сарын 3, 14:05", "2026 оны 11-р сарын 3, 14:05 UTC"),
    ],
)
def test_moments_are_written_as_the_language_writes_them(
    language: str, short: str, other_year: str, full: str
) -> None:
    with translation.override(language), timezone.override(UTC):
        this_year = Moments(datetime(2026, 12, 1, tzinfo=UTC))
        assert (this_year.short(AT), this_year.full(AT)) == (short, full)
        assert Moments(datetime(2027, 1, 1, tzinfo=UTC)).short(AT) == other_year


def test_a_refusal_names_acts_states_and_outcomes_in_words() -> None:
    with translation.override("ko"):
        assert "판정" in message_of(NotYourRight(act="rule", desk="deals"))
        assert "정산 완료(SETTLED)" in message_of(NotInIssue(deal=7, state="SETTLED"))
        refused = OutcomeNotAllowed(outcome="FULL_REFUND", reason="DAMAGE_MINOR", allowed="OFFSET")
        assert message_of(refused) == "여기서는 작은 손상에 전액 환불이(가) 허용되지 않습니다. 허용: 차감."


def test_a_refusal_names_codes_in_words_in_english_too_and_each_of_a_list() -> None:
    refused = OutcomeNotAllowed(outcome="FULL_REFUND", reason="DAMAGE_MINOR", allowed="REJECT, OFFSET")
    said = message_of(refused)
    assert said.startswith("Full refund of the holdback is not allowed for Minor damage here.")
    assert said.endswith("Allowed: Reject: all to the seller, Offset to the buyer.")
    assert message_of(NotInIssue(deal=7, state="SETTLED")).startswith("Deal 7 is settled.")
    with translation.override("ko"):
        assert message_of(refused).endswith("허용: 기각, 차감.")


def test_names_of_the_shipped_desk_and_of_evidence_are_in_the_readers_language(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - HOUR, items=("exterior",))
    page = browse(desk.minjun).get(f"/disputes/{dispute.id}").content.decode()
    for words in ("당직", "중고차(개인)", "실내 사진", "확인할 것"):
        assert words in page
    dialog = browse(desk.minjun).get(f"/cases/{dispute.case_id}/escalation").content.decode()
    assert "사기 의심" in dialog
    waits = browse(desk.minjun).get(f"/cases/{dispute.case_id}/wait").content.decode()
    assert "분쟁 기한은 계속 흐릅니다" in waits
    sent = {"on": "third_party", "party": "buyer", "expected_at": f"{now + HOUR:%Y-%m-%dT%H:%M}"}
    told = browse(desk.dana).post(f"/cases/{dispute.case_id}/wait", sent, follow=True).content.decode()
    assert "It waits; the deadline of the dispute runs on." in told
    assert "our clock stands" not in told


def test_nobody_acts_on_the_case_of_a_dispute_whose_time_has_passed(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - 49 * HOUR)
    answer = browse(desk.dana).post(f"/cases/{dispute.case_id}/wait", {"on": "third_party", "party": "buyer"})
    assert answer.status_code == 422
    dispute.refresh_from_db()
    assert dispute.decided_at == dispute.due_at


def test_lists_filters_and_the_search_name_a_dispute_in_the_readers_language(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    scenes.raised(now - HOUR, items=("exterior",))
    client = browse(desk.minjun)
    for address in ("/desks/deals/cases", "/desks/deals/queues/disputes", "/search?q=is:open"):
        page = client.get(address).content.decode()
        assert "작은 손상" in page, address
        assert "Minor damage" not in page, address
    assert "분쟁" in page.partition("<tbody>")[2], "the queue of a found case"
    choices = client.get("/desks/deals/cases").content.decode().partition('name="type"')[2]
    assert "Money ledger" not in choices.partition("</select>")[0]


def test_what_the_sweep_wrote_is_said_in_the_readers_language_and_what_a_person_wrote_is_left() -> None:
    lines = actions.FAULT_OF_A_DEAL % {"deal": 621, "fault": "duplicate"}
    with translation.override("ko"):
        assert (
            stored.subject("MN.X: The money ledger is wrong", "deals") == "MN.X: 자금 원장에 오류가 있습니다"
        )
        assert stored.reason(actions.STOPPED_BY_SWEEP % {"case": 2575}).startswith("원장 점검에서 오류")
        assert stored.excerpt(f"{lines}\n+ 3", "deals").endswith("이체가 원장에 두 번 있습니다\n+ 3")
        for words in ("Deal 5: nothing came", "MN.X: The wheels are wrong", "Deal 5: Rust - a car"):
            assert stored.subject(words, "support") == stored.excerpt(words, "deals") == words
        assert stored.reason("The sweep found faults.") == "The sweep found faults."
    assert stored.excerpt(lines, "deals") == "Deal 621: a transfer stands in the ledger twice"


def test_the_words_of_the_deals_desk_stand_side_by_side_on_a_page_that_its_definition_leads_to(
    desk: Desk, browse: Browse
) -> None:
    client = browse(desk.minjun)
    assert 'href="/deals/words"' in client.get("/desks/deals/definition").content.decode()
    page = client.get("/deals/words").content.decode()
    row = page.partition("<code>DAMAGE_MINOR</code>")[2].partition("</tr>")[0]
    assert [words in row for words in ("Minor damage", "작은 손상", "</td><td>")] == [True] * 3
