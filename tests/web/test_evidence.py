"""Evidence on its pages: added, looked at, handed out, withdrawn, let go."""

import io
import json
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from opsdesk.disputes import evidence
from opsdesk.disputes.models import Evidence
from opsdesk.disputes.redaction import redact_evidence
from tests import cast
from tests.cast import Somebody
from tests.web import disputes_scene as scenes
from tests.web.disputes_scene import HOUR, Desk

Browse = Callable[[Somebody], Client]


@pytest.fixture
def desk(db: None, now: datetime) -> Desk:
    return scenes.desk(now)


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def names(deal_id: int) -> list[tuple[str, str]]:
    rows = Evidence.objects.filter(deal_id=deal_id, withdrawn_at__isnull=True).order_by("id")
    return list(rows.values_list("name", "item"))


def test_several_files_are_added_at_once(desk: Desk, now: datetime, browse: Browse) -> None:
    deal = scenes.delivered(now - HOUR)
    files = [upload("front.jpg", scenes.photo("front")), upload("back.jpg", scenes.photo("back"))]
    answer = browse(desk.dana).post(
        f"/deals/{deal.id}/evidence", {"files": files, "item": "exterior", "back": "/disputes"}
    )
    assert answer.headers["Location"] == "/disputes"
    assert names(deal.id) == [("front.jpg", "exterior"), ("back.jpg", "exterior")]


def test_a_refused_file_stops_no_other_and_loses_nothing_chosen(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    deal = scenes.delivered(now - HOUR)
    files = [upload("a.zip", b"PK\x03\x04" + b"x" * 80), upload("front.jpg", scenes.photo("front"))]
    answer = browse(desk.dana).post(f"/deals/{deal.id}/evidence", {"files": files, "item": "exterior"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "a.zip" in page
    assert "This is no photo, video or document" in page
    assert '<option value="exterior" selected>' in page
    assert names(deal.id) == [("front.jpg", "exterior")]


@pytest.mark.parametrize(
    ("data", "item", "added"),
    [(scenes.photo("front"), "exterior", True), (b"", "", False), (b"\0\1", "", False)],
)
def test_a_script_that_sends_one_file_is_told_what_became_of_it(
    desk: Desk, now: datetime, browse: Browse, data: bytes, item: str, added: bool
) -> None:
    deal = scenes.delivered(now - HOUR)
    answer = browse(desk.dana).post(
        f"/deals/{deal.id}/evidence",
        {"files": upload("front.jpg", data), "item": item, "kind": ""},
        headers={"X-One-File": "1"},
    )
    told = json.loads(answer.content)
    assert (told["added"], answer.status_code) == (added, 200 if added else 422)
    assert told["words"]
    assert len(names(deal.id)) == added


def test_a_form_without_a_file_says_so_to_a_script(desk: Desk, now: datetime, browse: Browse) -> None:
    deal = scenes.delivered(now - HOUR)
    answer = browse(desk.dana).post(f"/deals/{deal.id}/evidence", {}, headers={"X-One-File": "1"})
    assert json.loads(answer.content) == {"added": False, "words": "No file came with this."}
    assert browse(desk.dana).post(f"/deals/{deal.id}/evidence", {}).status_code == 422


def test_a_file_is_handed_out_as_a_download_that_nothing_runs(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    deal = scenes.delivered(now - HOUR)
    file = scenes.add(deal.id, data=scenes.paper(), name='c"on;tract\u202e.pdf', at=now)
    answer = browse(desk.vik).get(f"/evidence/{file.id}")
    assert answer.content == scenes.paper()
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_pictures_are_made_by_us_small_or_page_by_page(desk: Desk, now: datetime, browse: Browse) -> None:
    deal, client = scenes.delivered(now - HOUR), browse(desk.dana)
    photo = scenes.add(deal.id, item="exterior", at=now)
    paper = scenes.add(deal.id, data=scenes.paper(), name="contract.pdf", at=now)
    small = client.get(f"/evidence/{photo.id}/picture?small=1")
    assert small.headers["Content-Type"] == "image/png"
    assert max(Image.open(io.BytesIO(small.content)).size) == 320
    second = client.get(f"/evidence/{paper.id}/picture?page=2")
    assert second.headers["X-Pages"] == "2"
    assert client.get(f"/evidence/{paper.id}/picture?page=9").status_code == 403
    pages = client.get(f"/evidence/{paper.id}/pages?back=/disputes").content.decode()
    assert pages.count("<figure") == 2
    assert 'href="/disputes" data-key="u"' in pages


def test_what_is_no_picture_says_so(desk: Desk, now: datetime, browse: Browse) -> None:
    deal = scenes.delivered(now - HOUR)
    note = scenes.add(deal.id, data=b"Scratched.\n", name="note.txt", at=now)
    client = browse(desk.dana)
    assert client.get(f"/evidence/{note.id}/picture").status_code == 403
    assert f"/evidence/{note.id}/picture" not in client.get(f"/deals/{deal.id}/evidence").content.decode()


def test_a_damaged_file_says_so_on_its_page_and_where_its_picture_would_be(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    deal, client = scenes.delivered(now - HOUR), browse(desk.dana)
    cut = scenes.add(deal.id, data=scenes.photo("front")[:300] + b"\xff\xd9", name="cut.jpg", at=now)
    page = client.get(f"/evidence/{cut.id}/pages")
    assert (page.status_code, "<figure" in page.content.decode()) == (200, False)
    assert "No picture of this file can be drawn" in page.content.decode()
    assert f'href="/evidence/{cut.id}" download' in page.content.decode()
    assert 'data-undrawn="can’t be drawn"' in client.get(f"/deals/{deal.id}/evidence").content.decode()


def test_a_picture_in_the_browser_is_asked_for_again_and_shown_no_more_once_erased(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    deal, client = scenes.delivered(now - HOUR), browse(desk.dana)
    photo = scenes.add(deal.id, item="exterior", at=now)
    address = f"/evidence/{photo.id}/picture?small=1"
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    kept = {"If-None-Match": first.headers["ETag"]}
    assert client.get(address, headers=kept).status_code == 304
    assert client.get(f"/evidence/{photo.id}/picture", headers=kept).status_code == 200
    redact_evidence(photo.id, reason="asked", actor=cast.admin().actor, now=now)
    assert client.get(address, headers=kept).status_code == 403


def test_a_file_is_withdrawn_after_asking(desk: Desk, now: datetime, browse: Browse) -> None:
    deal, client = scenes.delivered(now - HOUR), browse(desk.dana)
    file = scenes.add(deal.id, item="exterior", at=now)
    asked = client.get(f"/evidence/{file.id}/withdrawal?back=/disputes").content.decode()
    assert "exterior.jpg no longer counts as evidence" in asked
    answer = client.post(f"/evidence/{file.id}/withdrawal?back=/disputes")
    assert answer.headers["Location"] == "/disputes"
    assert names(deal.id) == []
    again = client.post(f"/evidence/{file.id}/withdrawal")
    assert (again.status_code, "was taken away before" in again.content.decode()) == (422, True)


def test_once_it_is_decided_the_evidence_stays_as_it_is(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute, client = scenes.raised(now - 49 * HOUR), browse(desk.dana)
    page = client.get(f"/deals/{dispute.deal_id}/evidence").content.decode()
    assert "frozen: the deal is settled" in page
    assert "data-upload" not in page
    before = names(dispute.deal_id)
    late = client.post(
        f"/deals/{dispute.deal_id}/evidence", {"files": upload("late.jpg", scenes.photo("late"))}
    )
    assert "its evidence stays as it is" in late.content.decode()
    file = Evidence.objects.filter(deal_id=dispute.deal_id).earliest("id")
    assert client.post(f"/evidence/{file.id}/withdrawal").status_code == 422
    assert names(dispute.deal_id) == before


def test_an_item_is_let_go_with_a_reason_and_asked_for_again(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute, client = scenes.raised(now - HOUR, items=("exterior",)), browse(desk.dana)
    address = f"/disputes/{dispute.id}/waivers/interior"
    refused = client.post(address, {"reason": " "})
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    assert client.post(address, {"reason": "The car is <far> away."}).status_code == 302
    page = client.get(f"/disputes/{dispute.id}").content.decode()
    assert "Waived by Dana" in page
    assert "The car is &lt;far&gt; away." in page
    assert client.post(f"{address}/withdrawal").status_code == 302
    assert len(evidence.state_of(dispute.deal_id).missing) == 2
    assert client.post(f"{address}/withdrawal").status_code == 422
    assert client.get(f"/disputes/{dispute.id}/waivers/wings").status_code == 404


def test_nobody_is_shown_a_dialog_of_ruling_or_waiving_that_can_come_to_nothing(
    desk: Desk, now: datetime, browse: Browse
) -> None:
    dispute = scenes.raised(now - HOUR, items=("exterior",))
    waiver = f"/disputes/{dispute.id}/waivers/interior"
    reader, client = browse(desk.vik), browse(desk.dana)
    assert [reader.get(each).status_code for each in (waiver, f"/disputes/{dispute.id}/ruling")] == [403, 403]
    asked = client.get(waiver).content.decode()
    assert "optional" not in asked
    assert re.search(r'<textarea name="reason"[^>]* required', asked)
    done = scenes.raised(now - 49 * HOUR, items=("exterior",))
    late = client.get(f"/disputes/{done.id}/waivers/interior").content.decode()
    assert "its evidence stays as it is" in late
    assert "<textarea" not in late
    # Who was typing while the deadline came keeps the words.
    kept = client.post(f"/disputes/{done.id}/waivers/interior", {"reason": "The car is far away."})
    assert (kept.status_code, "The car is far away." in kept.content.decode()) == (422, True)


def test_the_parts_that_refresh_themselves_come_alone(desk: Desk, now: datetime, browse: Browse) -> None:
    dispute, client = scenes.raised(now - HOUR), browse(desk.dana)
    for address, beginning in (
        (f"/disputes/{dispute.id}/evidence", '<section class="panel" id="evidence"'),
        (f"/disputes/{dispute.id}/step", '<div id="next-step"'),
    ):
        assert client.get(address).content.decode().lstrip().startswith(beginning)


def test_evidence_is_for_those_who_may_read_the_desk(desk: Desk, now: datetime, browse: Browse) -> None:
    deal = scenes.delivered(now - HOUR)
    file = scenes.add(deal.id, item="exterior", at=now)
    stranger, reader = browse(cast.operator()), browse(desk.vik)
    for address in (f"/evidence/{file.id}", f"/evidence/{file.id}/picture", f"/deals/{deal.id}/evidence"):
        assert stranger.get(address).status_code == 403
    added = reader.post(f"/deals/{deal.id}/evidence", {"files": upload("x.jpg", scenes.photo("x"))})
    assert (added.status_code, names(deal.id)) == (422, [("exterior.jpg", "exterior")])
    assert reader.get("/evidence/99").status_code == 404
    assert reader.get("/deals/99/evidence").status_code == 404
