"""Ruling on a dispute through its dialog."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Transfer
from opsdesk.disputes import rulings
from opsdesk.disputes.models import Dispute, Ruling
from opsdesk.disputes.refusals import RuledAlready
from opsdesk.kernel.money import MOST_MINOR, Money
from opsdesk.web.disputes import amounts
from tests.cast import Somebody
from tests.web import disputes_scene as scenes
from tests.web.disputes_scene import HOUR, Desk

Browse = Callable[[Somebody], Client]
WHY = "The photos show it."


@pytest.fixture
def desk(db: None, now: datetime) -> Desk:
    return scenes.desk(now)


def send(client: Client, dispute: Dispute, step: str, **data: str) -> HttpResponse:
    return client.post(f"/disputes/{dispute.id}/ruling", {"step": step, "reason": WHY, **data})  # type: ignore[return-value]


def words(answer: HttpResponse) -> str:
    return unescape(answer.content.decode()).replace("\xa0", " ")


def seen(dispute: Dispute) -> str:
    """The version of the deal that the page shows while it is in dispute."""
    return str(Deal.objects.get(id=dispute.deal_id).version)


def paid(dispute: Dispute) -> dict[str, int]:
    """What the ruling moved, by action."""
    found = Transfer.objects.filter(deal_id=dispute.deal_id, cause__in=["ruling", "holdback", "ttl"])
    return {row.action: row.amount_minor for row in found}


def test_the_dialog_offers_what_is_allowed_with_its_exact_result(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - HOUR)
    page = words(browse(desk.dana).get(f"/disputes/{dispute.id}/ruling"))  # type: ignore[arg-type]
    assert re.findall(r'name="outcome" value="(\w+)"', page) == ["REJECT", "OFFSET"]
    assert "MNT 0 to the buyer, MNT 150,000 to the seller" in page
    assert "at most MNT 15,000 to the buyer, then MNT 135,000 to the seller" in page
    assert 'name="offset" value="15000"' in page


def test_an_offset_is_ruled_in_three_steps(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute, client = scenes.raised(now - HOUR), browse(desk.dana)
    chosen = {"outcome": "OFFSET", "offset": "12,000.50", "seen_version": seen(dispute)}
    summary = words(send(client, dispute, "look", **chosen))
    assert "MNT 12,000.50" in summary
    assert "MNT 137,999.50" in summary
    assert paid(dispute) == {}
    assert send(client, dispute, "confirm", **chosen).status_code == 302
    assert paid(dispute) == {"OFFSET": 12_000_50, "RELEASE": 137_999_50}
    ruling = Ruling.objects.get(dispute=dispute)
    assert (ruling.outcome, ruling.to_buyer_minor, ruling.reason) == ("OFFSET", 12_000_50, WHY)
    page = words(client.get(f"/disputes/{dispute.id}"))  # type: ignore[arg-type]
    assert "Ruled by Dana." in page
    assert "Next dispute" in page


def test_the_summary_leads_back_with_everything_typed(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR)
    back = send(browse(desk.dana), dispute, "change", outcome="OFFSET", offset="12,000.50")
    page = words(back)
    assert 'value="12,000.50"' in page
    assert WHY in page
    assert re.search(r'value="OFFSET" id="[^"]+" required checked', page)
    assert paid(dispute) == {}


@pytest.mark.parametrize("amount", ["15000.01", "0", "-5", "ten", "", "1,50", "1e3", "150.005"])
def test_an_amount_out_of_bounds_is_refused_and_nothing_typed_is_lost(
    desk: Desk, now: datetime, browse: Browse, amount: str
) -> None:
    dispute = scenes.raised(now - HOUR)
    for step in ("look", "confirm"):
        answer = send(browse(desk.dana), dispute, step, outcome="OFFSET", offset=amount)
        assert answer.status_code == 422
        assert WHY in words(answer)
        assert f'value="{amount}"' in words(answer) or not amount
    assert paid(dispute) == {}


def test_the_bound_is_said_in_the_units_people_count_in(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR)
    answer = send(browse(desk.dana), dispute, "look", outcome="OFFSET", offset="15000.01")
    assert words(answer).count("Above 0 and at most MNT 15,000.") == 2


@pytest.mark.parametrize(
    ("language", "text", "currency", "minor"),
    [
        ("en", "15,000", "KRW", 15_000),
        ("ko", "₩15,000", "KRW", 15_000),
        ("ko", "15000원", "KRW", None),
        ("en", "15,000.5", "MNT", 15_000_50),
        ("en", "MNT 15 000.05", "MNT", 15_000_05),
        ("mn", "₮ 1,234,567.89", "MNT", 123_456_789),
        ("en", "15.5", "KRW", None),
        ("en", "15.0", "KRW", 15),
        ("en", "1.234", "MNT", None),
        ("en", "15,00", "KRW", None),
        ("en", "٣٤", "KRW", None),
        ("en", "9" * 30, "KRW", None),
        ("en", f"{MOST_MINOR + 1}", "KRW", None),
        ("en", f"{MOST_MINOR}", "KRW", MOST_MINOR),
        ("en", "1.5", "KWD", 1_500),
    ],
)
def test_amounts_are_read_exactly_or_not_at_all(
    language: str, text: str, currency: str, minor: int | None
) -> None:
    with translation.override(language):
        assert amounts.read(text, currency) == minor


@pytest.mark.parametrize("language", ["en", "ko", "mn"])
@pytest.mark.parametrize(("minor", "currency"), [(1, "MNT"), (1_500_050, "MNT"), (15_000, "KRW"), (7, "KWD")])
def test_what_the_form_presets_is_read_back_the_same(language: str, minor: int, currency: str) -> None:
    with translation.override(language):
        assert amounts.read(amounts.plain(Money(minor, currency)), currency) == minor


def test_a_missing_paper_allows_only_what_the_deadline_would_do_until_it_is_waived(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute, client = scenes.raised(now - HOUR, items=("exterior",)), browse(desk.dana)
    refused = send(client, dispute, "look", outcome="REJECT")
    assert refused.status_code == 422
    assert "Still missing: Interior photos, Odometer photo. Add each of them or waive it" in words(refused)
    assert send(client, dispute, "look", outcome="OFFSET", offset="15000").status_code == 200
    for item in ("interior", "odometer"):
        waived = client.post(f"/disputes/{dispute.id}/waivers/{item}", {"reason": "Car is far away."})
        assert waived.status_code == 302
    assert send(client, dispute, "confirm", outcome="REJECT").status_code == 302
    assert paid(dispute) == {"RELEASE": 150_000_00}


def test_high_value_is_ruled_after_a_second_look_at_the_papers_named(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(
        now - HOUR, Reason.DOCUMENT_MISMATCH, items=("property",), scope="MN.REAL_ESTATE_SALE"
    )
    scenes.add(dispute.deal_id, item="contract", data=scenes.paper(), name="contract.pdf", at=now)
    client = browse(desk.dana)
    summary = words(send(client, dispute, "look", outcome="FULL_REFUND"))
    assert "look at the papers once more" in summary
    assert "contract.pdf" in summary
    unseen = send(client, dispute, "confirm", outcome="FULL_REFUND")
    assert unseen.status_code == 422
    assert "confirm that you did" in words(unseen)
    assert paid(dispute) == {}
    assert send(client, dispute, "confirm", outcome="FULL_REFUND", looked_again="on").status_code == 302
    assert paid(dispute) == {"REFUND": 250_000_00}
    assert Ruling.objects.get(dispute=dispute).second_look


def test_a_replacement_says_what_comes_and_by_when(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute, client = _replaceable(now), browse(desk.dana)
    assert "Say what is to come and by when." in words(send(client, dispute, "look", outcome="REPLACEMENT"))
    told = {"outcome": "REPLACEMENT", "replacement": "A new sink by Friday."}
    assert send(client, dispute, "confirm", **told).status_code == 302
    assert "A new sink by Friday." in words(client.get(f"/disputes/{dispute.id}"))  # type: ignore[arg-type]


def _replaceable(now: datetime) -> Dispute:
    """Missing parts of a property, its papers complete."""
    dispute = scenes.raised(
        now - HOUR, Reason.MISSING_PARTS, items=("property",), scope="MN.REAL_ESTATE_SALE"
    )
    scenes.add(dispute.deal_id, item="contract", data=scenes.paper(), name="contract.pdf", at=now)
    return dispute


def test_of_two_operators_the_second_is_told_who_was_first_and_keeps_the_text(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - HOUR)
    version = seen(dispute)
    first = Choice(Outcome.OFFSET, "Seen the scratch.", 10_000_00)
    rulings.rule(dispute_id=dispute.id, choice=first, actor=desk.dana.actor, now=now)
    answer = send(browse(desk.delia), dispute, "confirm", outcome="REJECT", seen_version=version)
    assert answer.status_code == 422
    assert "Dana was first" in words(answer)
    assert WHY in words(answer)
    assert Ruling.objects.count() == 1
    assert paid(dispute) == {"OFFSET": 10_000_00, "RELEASE": 140_000_00}


def test_who_confirms_twice_is_told_of_the_own_ruling_and_led_to_the_next_dispute(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute, client = scenes.raised(now - HOUR), browse(desk.dana)
    chosen = {"outcome": "OFFSET", "offset": "12,000.50", "seen_version": seen(dispute)}
    assert send(client, dispute, "confirm", **chosen).status_code == 302
    client.get(f"/disputes/{dispute.id}")
    again = send(client, dispute, "confirm", **chosen)
    assert (again.status_code, again["Location"]) == (302, f"/disputes/{dispute.id}")
    page = words(client.get(again["Location"]))  # type: ignore[arg-type]
    assert "You have ruled this already: Offset to the buyer." in page
    assert "Next dispute" in page
    choice = Choice(Outcome.REJECT, WHY)
    with pytest.raises(RuledAlready):
        rulings.rule(dispute_id=dispute.id, choice=choice, actor=desk.dana.actor, now=now)
    assert paid(dispute) == {"OFFSET": 12_000_50, "RELEASE": 137_999_50}


def test_who_comes_after_the_deadline_is_told_and_keeps_the_text(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - 49 * HOUR)
    answer = send(browse(desk.dana), dispute, "confirm", outcome="REJECT", seen_version=seen(dispute))
    assert answer.status_code == 422
    assert "The deadline was first" in words(answer)
    assert WHY in words(answer)
    assert paid(dispute) == {"OFFSET": 15_000_00, "RELEASE": 135_000_00}


def test_who_may_not_rule_changes_nothing(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute = scenes.raised(now - HOUR)
    answer = send(browse(desk.vik), dispute, "confirm", outcome="REJECT")
    assert answer.status_code == 422
    assert "Your role doesn't allow you to rule" in words(answer)
    assert paid(dispute) == {}


@pytest.mark.parametrize(
    "data", [{}, {"outcome": "EVERYTHING"}, {"outcome": "FULL_REFUND"}, {"outcome": "REJECT", "reason": " "}]
)
def test_nonsense_is_refused_in_words(
    desk: Desk, now: datetime, browse: Browse, data: dict[str, str]
) -> None:
    dispute = scenes.raised(now - HOUR)
    assert send(browse(desk.dana), dispute, "confirm", **data).status_code == 422
    assert paid(dispute) == {}
