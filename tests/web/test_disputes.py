"""The dispute queue and the page of a dispute."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.cases import actions
from opsdesk.cases import queries as cases
from opsdesk.cases.models import Case
from opsdesk.cases.stays import calendar_of
from opsdesk.clock.business import business_time
from opsdesk.deals.lifecycle import Reason
from opsdesk.disputes.models import Dispute
from opsdesk.web.formats import working
from tests import cast
from tests.cast import Somebody
from tests.web import disputes_scene as scenes
from tests.web.conftest import HTMX
from tests.web.disputes_scene import HOUR, Desk

Browse = Callable[[Somebody], Client]


@pytest.fixture
def desk(db: None, now: datetime) -> Desk:
    return scenes.desk(now)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr data-row="(\d+)"', page)]


def figures(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<a class="figure[^>]*><b>(\d+)</b>', page)]


def three(now: datetime) -> tuple[Dispute, Dispute, Dispute]:
    """One with 8 hours left, one with 46, one with 70: raised in another order, in three categories."""
    late = scenes.raised(now - 2 * HOUR, Reason.MISSING_PARTS, items=(), scope="MN.REAL_ESTATE_SALE")
    soon = scenes.raised(now - 40 * HOUR)
    middle = scenes.raised(now - 2 * HOUR, scope="KR.USED_CAR_PRIVATE", currency="KRW", total=5_000_000)
    return soon, middle, late


def test_the_soonest_deadline_stands_first_whatever_the_category(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    soon, middle, late = three(now)
    assert listed(text(browse(desk.dana), "/disputes")) == [soon.id, middle.id, late.id]


def test_the_order_by_category_is_a_choice(desk: Desk, now: datetime, browse: Browse) -> None:
    soon, middle, late = three(now)
    assert listed(text(browse(desk.dana), "/disputes?order=category")) == [late.id, soon.id, middle.id]


def test_bands_count_the_open_disputes_and_narrow_the_list(desk: Desk, now: datetime, browse: Browse) -> None:
    soon, middle, late = three(now)
    client = browse(desk.dana)
    assert figures(text(client, "/disputes")) == [3, 1, 1, 1]
    for band, one in (("<24", soon), ("24-48", middle), (">48", late)):
        page = text(client, f"/disputes?band={band.replace('<', '%3C').replace('>', '%3E')}")
        assert listed(page) == [one.id]
        assert figures(page) == [3, 1, 1, 1]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("country=KR", ["middle"]),
        ("category=REAL_ESTATE_SALE", ["late"]),
        ("reason=MISSING_PARTS", ["late"]),
        ("reason=MISSING_PARTS&reason=DAMAGE_MINOR", ["soon", "middle", "late"]),
        ("state=decided", []),
        ("state=any", ["soon", "middle", "late"]),
        ("mine=on", []),
        ("country=XX&reason=NONSENSE&band=7&order=%00up&after=~~", ["soon", "middle", "late"]),
        ("after=%7E2026-01-01T00%3A00%3A00%2B00%3A00%7E99999999999999999999", ["soon", "middle", "late"]),
    ],
)
def test_the_filters_stand_in_the_address(
    desk: Desk, now: datetime, browse: Browse, query: str, shown: list[str]
) -> None:
    found = dict(zip(("soon", "middle", "late"), three(now), strict=True))
    answer = browse(desk.dana).get(f"/disputes?{query}")
    assert listed(answer.content.decode()) == [found[name].id for name in shown]


def test_pages_follow_one_another_without_a_gap(
    desk: Desk, now: datetime, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [scenes.raised(now - timedelta(hours=hours)).id for hours in range(47, 0, -1)]
    made += [scenes.raised(now - timedelta(minutes=minutes)).id for minutes in range(50, 40, -1)]
    client = browse(desk.dana)
    first = text(client, "/disputes")
    onward = re.search(r'href="(/disputes\?after=[^"]+)">Next page', first)
    assert onward
    second = text(client, onward[1].replace("&amp;", "&"))
    assert listed(first) + listed(second) == made
    assert "First page" in second


def test_the_queue_asks_the_same_number_of_questions_for_two_and_for_twenty(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    client = browse(desk.dana)
    counts = []
    for number in (2, 18):
        for minutes in range(number):
            scenes.raised(now - timedelta(minutes=minutes + number))
        text(client, "/disputes")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text(client, "/disputes")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_refresh_brings_the_list_alone(desk: Desk, now: datetime, browse: Browse) -> None:
    three(now)
    answer = browse(desk.dana).get("/disputes", headers=HTMX)
    assert answer.content.decode().lstrip().startswith('<section id="list"')


def test_an_empty_queue_says_where_disputes_come_from(desk: Desk, browse: Browse) -> None:
    assert "A dispute opens when a buyer raises an issue" in text(browse(desk.dana), "/disputes")
    assert "No dispute matches" in text(browse(desk.dana), "/disputes?state=decided")


def test_who_works_at_another_desk_is_told_so(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR)
    stranger = browse(cast.operator())
    for address in ("/disputes", f"/disputes/{dispute.id}", f"/disputes/{dispute.id}/ruling", "/evidence/1"):
        assert "You have no role on the deals desk" in text(stranger, address, 403)
    assert stranger.post("/disputes/next").status_code == 302
    assert Case.objects.get(id=dispute.case_id).assignee_id is None


def test_a_view_is_kept_and_taken_away(desk: Desk, browse: Browse) -> None:
    client = browse(desk.dana)
    kept = client.post("/disputes/views", {"name": "Korea", "query": "country=KR"})
    assert kept.headers["Location"] == "/disputes?country=KR"
    page = text(client, "/disputes")
    assert ">Korea</a>" in page
    assert client.post(re.findall(r"/disputes/views/\d+/removal", page)[0]).status_code == 302
    assert ">Korea</a>" not in text(client, "/disputes")


def test_two_who_take_the_next_get_two(desk: Desk, now: datetime, browse: Browse) -> None:
    soon, middle, _late = three(now)
    dana, minjun = browse(desk.dana), browse(desk.minjun)
    assert dana.post("/disputes/next").headers["Location"] == f"/disputes/{soon.id}"
    assert minjun.post("/disputes/next").headers["Location"] == f"/disputes/{middle.id}"
    assert Case.objects.get(id=soon.case_id).assignee_id == desk.dana.id


def test_with_nothing_free_left_one_goes_on_with_ones_own(desk: Desk, now: datetime, browse: Browse) -> None:
    dana = browse(desk.dana)
    assert "No unassigned open case" in dana.post("/disputes/next", follow=True).content.decode()
    only = scenes.raised(now - HOUR)
    for _ in range(2):
        assert dana.post("/disputes/next").headers["Location"] == f"/disputes/{only.id}"


def test_the_page_says_what_was_raised_and_what_the_deadline_would_do(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - 30 * HOUR, text="Scratched <b>door</b>")
    page = text(browse(desk.dana), f"/disputes/{dispute.id}")
    assert "Minor damage: Toyota Prius 2015" in page
    assert "Scratched &lt;b&gt;door&lt;/b&gt;" in page
    assert re.search(r"17 h 5\d min left", page)
    wanted = "If nobody rules by then: MNT 15,000 to the buyer as an offset, MNT 135,000 to the seller."
    assert wanted in page.replace("\xa0", " ")


def test_the_case_of_a_dispute_leads_to_its_page(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR)
    client = browse(desk.dana)
    assert client.get(f"/cases/{dispute.case_id}").headers["Location"] == f"/disputes/{dispute.id}"
    assert client.post(f"/cases/{dispute.case_id}/note", {"text": "Called the buyer."}).status_code == 302
    assert "Called the buyer." in text(client, f"/disputes/{dispute.id}")


def test_nobody_sees_a_dispute_whose_time_has_passed_as_open(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    """No worker ran: the page itself lets happen what was due."""
    dispute = scenes.raised(now - 49 * HOUR)
    page = text(browse(desk.dana), f"/disputes/{dispute.id}").replace("\xa0", " ")
    assert "Decided by the deadline: nobody ruled in time." in page
    assert "MNT 15,000 to the buyer, MNT 135,000 to the seller." in page
    dispute.refresh_from_db()
    assert dispute.decided_at == dispute.due_at
    assert "Next dispute" in page


def test_who_only_reads_is_offered_no_move(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR, items=("exterior",))
    page = text(browse(desk.vik), f"/disputes/{dispute.id}")
    for move in ("/ruling", "/waivers/", "data-upload", "/withdrawal", "/taking"):
        assert move not in page


def test_a_dispute_that_is_not_there_is_a_page_that_says_so(desk: Desk, browse: Browse) -> None:
    assert "There is no dispute 77" in text(browse(desk.dana), "/disputes/77", 404)
    text(browse(desk.dana), "/disputes/99999999999999999999", 404)


def test_a_korean_operator_reads_items_and_money_in_korean(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(
        now - HOUR, scope="KR.USED_CAR_PRIVATE", currency="KRW", total=12_500_000, items=("exterior",)
    )
    page = text(browse(desk.minjun), f"/disputes/{dispute.id}")
    assert "외관 사진" in page
    assert "₩1,875,000" in page
    assert '<html lang="ko"' in page


def test_next_in_the_lists_of_cases_is_the_soonest_deadline_too(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    later = scenes.raised(now - HOUR)
    soonest = scenes.raised(now - 40 * HOUR)
    # Touched already: by the targets of cases nothing is due on it any more.
    actions.write_note(case_id=soonest.case_id, text="Looked.", actor=desk.dana.actor, now=now)
    answer = browse(desk.dana).post("/desks/deals/next")
    assert answer["Location"] == f"/disputes/{soonest.id}"
    assert Case.objects.get(id=later.case_id).assignee_id is None


def test_the_navigation_leads_who_only_works_on_deals_nowhere_they_may_not_go(
    desk: Desk, browse: Browse
) -> None:
    client = browse(desk.dana)
    page = text(client, "/desks/deals/cases")
    nav = re.search(r'<nav class="nav".*?</nav>', page, re.DOTALL)
    addresses = set(re.findall(r'href="([^"]+)"', nav[0] if nav else ""))
    assert len(addresses) > 15
    assert {client.get(address).status_code for address in addresses} == {200}
    assert "/intake" not in page, "nor does the page itself"
    for address in ("/intake", "/letters"):
        assert "the * desk" not in text(client, address, 403)


def test_what_nobody_can_do_any_more_is_not_said_to_be_a_missing_right(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - 49 * HOUR)
    address = f"/deals/{dispute.deal_id}/issue"
    client = browse(desk.dana)
    page = text(client, address, 403)
    assert "This can’t be done now" in page
    assert "open to you" not in page + client.get(address, headers=HTMX).content.decode()
    assert "This page isn’t open to you" in text(browse(desk.vik), address, 403)


def test_the_queue_says_whose_move_it_is_who_has_it_and_what_is_left_in_both_clocks(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    ours, theirs = scenes.raised(now - HOUR), scenes.raised(now - 2 * HOUR)
    sent = {"on": "third_party", "party": "seller", "expected_at": f"{now + HOUR:%Y-%m-%dT%H:%M}"}
    client = browse(desk.dana)
    assert client.post(f"/cases/{theirs.case_id}/wait", sent).status_code == 302
    page = text(client, "/disputes")
    for dispute, whose in ((ours, "Operator"), (theirs, "Seller")):
        row = page.partition(f'<tr data-row="{dispute.id}"')[2].partition("</tr>")[0]
        assert re.search(rf">{whose}<div", row), whose
        own = text(client, f"/disputes/{dispute.id}")
        hours = calendar_of(cases.desk("deals"), "disputes", "MN")
        # The pages read the clock after `now`: in business hours a minute may have begun since.
        moments = (now, datetime.now(UTC))
        left = {working(business_time(moment, dispute.due_at, hours)) for moment in moments}
        assert any(f"{each} of working time<" in row for each in left)
        assert any(f"{each} of working time left" in own for each in left)
