import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from opsdesk.deals import actions
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import actions as disputes
from opsdesk.disputes import evidence
from opsdesk.disputes.models import Dispute, Evidence
from opsdesk.kernel.actor import SYSTEM, Role
from opsdesk.kernel.permissions import NotYourDesk, NotYourQueue, NotYourRight
from opsdesk.people import tokens
from tests import cast
from tests.cast import Somebody
from tests.web import deals_scene as scenes
from tests.web.conftest import HTMX
from tests.web.deals_scene import DAY, HOUR, MARKET, DealsScene

Browse = Callable[[Somebody], Client]
MOST = 45


@pytest.fixture
def desk(db: None, now: datetime) -> DealsScene:
    scene = scenes.people(now)
    scenes.open_scope(scene)
    return scene


def words(answer: HttpResponse) -> str:
    """What a page says, without its tags and with plain spaces."""
    text = re.sub(r"<(script|style|head).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(text).replace("\N{NO-BREAK SPACE}", " ").split())


def photo(name: str = "door.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, scenes.photo(), content_type="text/plain")


def test_a_deal_shows_whose_move_it_is_and_who_can_make_each_move(desk: DealsScene, browse: Browse) -> None:
    client = browse(desk.vera)
    deal = scenes.created(desk.now - 3 * HOUR)
    said = words(client.get(f"/deals/{deal.id}"))
    assert "The buyer’s move. MNT 1,000,000 has to be paid in" in said
    assert "Fund Only the marketplace, by API." in said
    actions.fund(deal_id=deal.id, actor=MARKET, now=desk.now - 2 * HOUR)
    said = words(client.get(f"/deals/{deal.id}"))
    assert "The seller’s move. MNT 1,000,000 is held." in said
    assert "MNT 850,000 is released" in said
    actions.deliver(deal_id=deal.id, actor=MARKET, now=desk.now - HOUR)
    said = words(client.get(f"/deals/{deal.id}"))
    assert "Approve Only the marketplace, by API." in said
    assert "Raise an issue The marketplace by API, or an operator on behalf of the buyer." in said
    assert "Then silence approves: MNT 150,000 goes to the seller" in said
    actions.approve(deal_id=deal.id, actor=MARKET, now=desk.now)
    said = words(client.get(f"/deals/{deal.id}"))
    assert "Settled. Nothing is held any more." in said
    assert "None: the deal is settled." in said


def test_money_stands_in_a_strip_and_each_transfer_has_its_cause(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.in_issue(desk.now - HOUR)
    said = words(browse(desk.vera).get(f"/deals/{deal.id}"))
    strip = "Total MNT 1,000,000 Immediate MNT 850,000 Holdback MNT 150,000 Released MNT 850,000"
    assert f"{strip} Still held MNT 150,000 Possible offset MNT 15,000" in said
    assert "Hold Buyer → Escrow the buyer paid in MNT 1,000,000" in said
    assert "Release Escrow → Seller immediate part, at delivery MNT 850,000" in said


def test_an_issue_lies_over_the_deal_with_its_deadline_and_what_happens_then(
    desk: DealsScene, browse: Browse
) -> None:
    deal = scenes.in_issue(desk.now - HOUR)
    answer = browse(desk.vera).get(f"/deals/{deal.id}")
    said, dispute = words(answer), Dispute.objects.get(deal=deal)
    assert "Issue: Minor damage" in said
    assert "The left door is scratched." in said
    assert f'href="/disputes/{dispute.id}"' in answer.content.decode()
    assert "1 d 22 h left" in said
    assert "Then the deadline settles: MNT 15,000 to the buyer, MNT 135,000 to the seller." in said


def test_without_a_cap_the_deadline_gives_the_buyer_nothing_and_the_page_says_so(
    desk: DealsScene, browse: Browse
) -> None:
    deal = scenes.in_issue(desk.now - HOUR, Reason.DAMAGE_MAJOR)
    said = words(browse(desk.vera).get(f"/deals/{deal.id}"))
    assert "Then the deadline settles: MNT 150,000 to the seller, nothing to the buyer." in said
    assert "Possible offset MNT 0" in said


def test_looking_at_a_deal_first_does_what_was_due_on_it(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.in_issue(desk.now - 3 * DAY)
    said = words(browse(desk.vera).get(f"/deals/{deal.id}"))
    assert Deal.objects.get(id=deal.id).state == "SETTLED"
    assert "Opsdesk settled by the deadline: MNT 15,000 to the buyer" in said
    assert "Offset MNT 15,000 Still held MNT 0" in said
    silent = scenes.delivered(desk.now - 4 * DAY)
    said = words(browse(desk.vera).get(f"/deals/{silent.id}"))
    assert "Opsdesk approved, as nobody objected until the end of the inspection" in said
    assert "Approved by silence" in said


def test_the_timeline_names_persons_programs_and_the_system(desk: DealsScene, browse: Browse) -> None:
    made = tokens.add(name="UB Market", abilities=["create deals"], actor=desk.ada.actor, now=desk.now)
    by_token = scenes.Actor(kind=MARKET.kind, id=made.id, name="UB Market", abilities=MARKET.abilities)
    deal = scenes.delivered(desk.now - HOUR)
    evidence.add(deal_id=deal.id, data=scenes.photo(), name="a.png", actor=by_token, now=desk.now)
    disputes.raise_issue(deal_id=deal.id, reason=Reason.MISSING_PARTS, actor=desk.otgon.actor, now=desk.now)
    said = words(browse(desk.vera).get(f"/deals/{deal.id}"))
    assert "UB Market (by API) added evidence: Photo" in said
    assert "Otgon raised an issue: Missing parts" in said


def test_a_deal_that_refreshes_itself_gets_its_own_part_and_only_if_it_changed(
    desk: DealsScene, browse: Browse
) -> None:
    deal, client = scenes.delivered(desk.now - HOUR), browse(desk.vera)
    again = re.findall(r'hx-get="([^"]+)"', client.get(f"/deals/{deal.id}").content.decode())
    same = client.get(again[-1], headers=HTMX)
    assert (same.status_code, same.content) == (204, b"")
    scenes.photographed(deal, desk.now)
    text = client.get(again[-1], headers=HTMX).content.decode()
    assert text.lstrip().startswith('<div id="deal"')
    assert "<html" not in text
    assert "added evidence: Exterior photos" in words(HttpResponse(text))


@pytest.mark.parametrize("number", ["0", "999999", str(2**63), "9" * 40])
def test_a_deal_that_is_not_there_is_said_to_be_missing(
    desk: DealsScene, browse: Browse, number: str
) -> None:
    for address in (f"/deals/{number}", f"/deals/{number}/issue"):
        assert browse(desk.otgon).get(address).status_code == 404


def test_what_a_marketplace_wrote_is_shown_as_text(desk: DealsScene, browse: Browse) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    deal = scenes.created(desk.now, item=hostile, buyer=hostile, seller=hostile, reference="<b>")
    client = browse(desk.vera)
    for address in ("/deals", f"/deals/{deal.id}"):
        text = client.get(address).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_an_issue_is_raised_on_behalf_with_its_files(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.delivered(desk.now - HOUR)
    client = browse(desk.otgon)
    assert "Raise an issue on behalf" in words(client.get(f"/deals/{deal.id}"))
    sent = {"reason": "DAMAGE_MINOR", "text": "The door.", "photos": [photo(), photo("again.png")]}
    answer = client.post(f"/deals/{deal.id}/issue", sent)
    assert answer["Location"] == f"/deals/{deal.id}"
    dispute = Dispute.objects.get(deal=deal)
    assert (dispute.text, dispute.raised_by_id) == ("The door.", desk.otgon.id)
    assert Evidence.objects.filter(deal=deal).count() == 1
    said = words(client.get(f"/deals/{deal.id}"))
    assert "The issue is raised. It is to be ruled until" in said
    assert "Raise an issue on behalf" not in said


def test_a_refused_issue_loses_neither_text_nor_files(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.delivered(desk.now - HOUR)
    client = browse(desk.otgon)
    without = client.post(f"/deals/{deal.id}/issue", {"reason": "DAMAGE_MINOR", "text": "The door."})
    assert without.status_code == 422
    assert "The door." in without.content.decode()
    assert "Attach at least one file" in words(without)
    bad = SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\x00" * 200)
    sent = {"reason": "OTHER", "text": "It smells.", "photos": [photo(), bad]}
    partly = client.post(f"/deals/{deal.id}/issue", sent)
    assert partly.status_code == 422
    assert "It smells." in partly.content.decode()
    assert "run.exe: " in words(partly)
    assert "Kept as evidence already door.png" in words(partly)
    assert not Dispute.objects.exists()
    wordless = client.post(f"/deals/{deal.id}/issue", {"reason": "OTHER", "text": " "})
    assert "Say in words what is wrong" in words(wordless)
    done = client.post(f"/deals/{deal.id}/issue", {"reason": "OTHER", "text": "It smells."})
    assert done.status_code == 302


def test_who_is_too_late_is_told_and_keeps_the_text(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.photographed(scenes.delivered(desk.now - 4 * DAY), desk.now - 4 * DAY)
    answer = browse(desk.otgon).post(f"/deals/{deal.id}/issue", {"reason": "OTHER", "text": "Too late?"})
    assert answer.status_code == 422
    assert "Too late?" in answer.content.decode()
    assert f"Deal {deal.id} is settled" in words(answer)
    again = browse(desk.otgon).get(f"/deals/{deal.id}/issue")
    assert again.status_code == 403
    assert "is settled" in words(again)


def test_who_is_not_the_first_to_raise_an_issue_is_told_who_was_and_led_to_the_dispute(
    desk: DealsScene, browse: Browse
) -> None:
    deal = scenes.photographed(scenes.delivered(desk.now - HOUR), desk.now - HOUR)
    sent = {"reason": "DAMAGE_MINOR", "text": "The door."}
    assert browse(desk.otgon).post(f"/deals/{deal.id}/issue", sent).status_code == 302
    dispute = Dispute.objects.get()
    late = browse(desk.lena).post(f"/deals/{deal.id}/issue", {"reason": "OTHER", "text": "The roof."})
    assert late.status_code == 422
    told = f"{desk.otgon.person.name} was first and raised the issue “Minor damage”: dispute {dispute.id}."
    assert told in words(late)
    assert f'<a href="/disputes/{dispute.id}">' in late.content.decode()
    assert "The roof." in late.content.decode()
    assert browse(desk.lena).get(f"/deals/{deal.id}/issue").url == f"/disputes/{dispute.id}"


WHO = {
    "viewer": ([Role.VIEWER], [], False),
    "operator in disputes": ([Role.OPERATOR], ["disputes"], True),
    "operator without a seat": ([Role.OPERATOR], [], False),
    "engineer in on-call": ([Role.ENGINEER], ["on-call"], False),
    "lead": ([Role.LEAD], [], True),
    "admin": ([Role.ADMIN], [], True),
}


@pytest.mark.parametrize("who", WHO)
def test_each_role_may_raise_an_issue_as_the_table_says_by_action_and_by_page(
    desk: DealsScene, browse: Browse, who: str
) -> None:
    roles, seats, allowed = WHO[who]
    person = cast.somebody("pat", roles, seats, desk="deals")
    deal = scenes.photographed(scenes.delivered(desk.now - HOUR), desk.now - HOUR)
    assert by_action(deal, person, desk.now) == allowed
    client = browse(person)
    assert ("Raise an issue on behalf" in words(client.get(f"/deals/{deal.id}"))) == allowed
    assert client.get(f"/deals/{deal.id}/issue").status_code == (200 if allowed else 403)
    answer = client.post(f"/deals/{deal.id}/issue", {"reason": "DAMAGE_MINOR", "text": "The door."})
    assert answer.status_code == (302 if allowed else 403)
    assert Dispute.objects.exists() == allowed


def by_action(deal: Deal, person: Somebody, now: datetime) -> bool:
    """Whether the action did it; it is taken back either way."""
    with transaction.atomic():
        try:
            disputes.raise_issue(deal_id=deal.id, reason=Reason.DAMAGE_MINOR, actor=person.actor, now=now)
        except (NotYourDesk, NotYourRight, NotYourQueue):
            return False
        finally:
            transaction.set_rollback(True)
    return True


def test_nobody_is_offered_a_move_that_is_the_marketplaces_alone(desk: DealsScene, browse: Browse) -> None:
    deal = scenes.funded(desk.now)
    text = browse(desk.ada).get(f"/deals/{deal.id}").content.decode()
    forms = re.findall(r'<form[^>]+method="post"[^>]+action="([^"]+)"', text)
    assert forms == ["/sign-out"]


def test_a_deals_page_asks_the_database_as_often_whatever_happened_to_it(
    desk: DealsScene, browse: Browse
) -> None:
    deal = scenes.in_issue(desk.now - HOUR)
    client = browse(desk.otgon)
    client.get(f"/deals/{deal.id}")
    few = counted(client, deal)
    for number in range(20):
        evidence.add(
            deal_id=deal.id,
            data=scenes.photo(number),
            name=f"{number}.png",
            item="interior",
            actor=(desk.otgon, desk.lena)[number % 2].actor,
            now=desk.now + timedelta(microseconds=number),
        )
    # The names of the persons in the timeline and of those who added files: one question each.
    assert counted(client, deal) <= few + 2 <= MOST


def counted(client: Client, deal: Deal) -> int:
    with CaptureQueriesContext(connection) as statements:
        assert client.get(f"/deals/{deal.id}").status_code == 200
    return len(statements)


def test_the_system_itself_raises_no_issue(desk: DealsScene) -> None:
    deal = scenes.photographed(scenes.delivered(desk.now - HOUR), desk.now)
    with pytest.raises(NotYourRight):
        disputes.raise_issue(deal_id=deal.id, reason=Reason.OTHER, text="x", actor=SYSTEM, now=desk.now)
