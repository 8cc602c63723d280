from collections.abc import Callable
from datetime import datetime

import pytest
from django.template.loader import render_to_string
from django.test import Client

from opsdesk.playbook import actions, queries
from opsdesk.vault import queries as vault
from opsdesk.vault.models import Document
from opsdesk.web.playbooks.prose import as_html
from tests.cast import Somebody
from tests.web import deals_scene as scenes
from tests.web.deals_scene import DealsScene
from tests.web.test_deals_page import words

Browse = Callable[[Somebody], Client]
PAGE = "/playbooks/USED_CAR_PRIVATE"
TEXT = """key: BOAT_SALE
title: { en: Boats, ko: 보트 }
typical_issues: [{ en: It leaks., ko: 물이 샌다. }]
verify: [Look below the water line.]
patterns: { DAMAGE_MINOR: Offset within the cap. }
body: "## Read\\n\\n<script>alert(1)</script> [link](javascript:alert(1)) ![x](https://elsewhere.example/x.png)"
"""


@pytest.fixture
def desk(db: None, now: datetime) -> DealsScene:
    return scenes.people(now)


def newest(category: str) -> Document:
    found = vault.current("playbook", category)
    assert found is not None
    return found


def test_each_category_has_its_playbook_and_one_without_is_told(desk: DealsScene, browse: Browse) -> None:
    scenes.scopes.set_stage(
        scope=scenes.PRIVATE, stage="open", reason="x", actor=desk.lena.actor, now=desk.now
    )
    said = words(browse(desk.vera).get("/playbooks"))
    for category in queries.categories():
        assert category in said
    assert "version 1 KR × Used car private , MN × Used car private" in said


def test_a_playbook_is_read_in_the_readers_language(desk: DealsScene, browse: Browse) -> None:
    found = queries.page("USED_CAR_PRIVATE", "en")
    assert found is not None
    client = browse(desk.vera)
    said = words(client.get(PAGE))
    for text in (found.title, *found.verify, *found.typical_issues, *(each.text for each in found.patterns)):
        assert text in said
    assert "version 1" in said
    assert newest("USED_CAR_PRIVATE").source.split("\n")[0] in words(client.get(f"{PAGE}/versions/1"))


def test_an_admin_publishes_the_next_version_and_others_may_not(desk: DealsScene, browse: Browse) -> None:
    text = newest("USED_CAR_PRIVATE").source + "\n# Once more\n"
    for somebody in (desk.vera, desk.otgon, desk.lena):
        client = browse(somebody)
        assert "Publish a new version" not in words(client.get(PAGE))
        assert client.get(f"{PAGE}/next").status_code == 403
        assert client.post(f"{PAGE}/next", {"text": text}).status_code == 403
        assert client.post("/playbooks/next", {"text": TEXT}).status_code == 403
    client = browse(desk.ada)
    assert client.get(f"{PAGE}/next").status_code == 200
    assert client.post(f"{PAGE}/next", {"text": text, "note": "More"})["Location"] == PAGE
    assert "version 2" in words(client.get(PAGE))
    assert client.post("/playbooks/next", {"text": TEXT})["Location"] == "/playbooks/BOAT_SALE"


def test_a_text_that_is_wrong_is_refused_with_its_line_and_kept(desk: DealsScene, browse: Browse) -> None:
    client = browse(desk.ada)
    wrong = client.post(f"{PAGE}/next", {"text": "key: USED_CAR_PRIVATE\ntitel: Cars\n"})
    assert wrong.status_code == 422
    assert "Line 2: " in words(wrong)
    assert "titel: Cars" in words(wrong)
    other = client.post(f"{PAGE}/next", {"text": TEXT})
    assert other.status_code == 422
    assert "BOAT_SALE" in words(other)
    assert newest("USED_CAR_PRIVATE").version == 1


def test_a_body_runs_nothing_and_fetches_nothing(desk: DealsScene, browse: Browse) -> None:
    actions.publish_playbook(TEXT, source="test", actor=desk.ada.actor, now=desk.now)
    text = browse(desk.vera).get("/playbooks/BOAT_SALE").content.decode()
    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert "<img" not in text
    assert "<h4>Read</h4>" in text


@pytest.mark.parametrize("address", ["/playbooks/NOTHING", f"{PAGE}/versions/9", "/playbooks/NOTHING/next"])
def test_a_playbook_that_is_not_there_is_said_to_be_missing(
    desk: DealsScene, browse: Browse, address: str
) -> None:
    assert browse(desk.ada).get(address).status_code == 404


def test_a_category_with_a_scope_and_no_playbook_has_a_page_that_says_so(
    db: None, browse: Browse, now: datetime
) -> None:
    scenes.cast.desk(now)
    scenes.publishing.publish_shipped(now=now)
    said = words(browse(scenes.cast.admin()).get(PAGE))
    assert "No playbook is published for this category" in said
    assert "Publish a new version" in said


def test_beside_a_dispute_stands_the_pattern_of_its_reason(desk: DealsScene) -> None:
    found = queries.page("USED_CAR_PRIVATE", "en")
    assert found is not None
    beside = render_to_string("playbooks/_beside.html", {"playbook": found, "reason": "DAMAGE_MINOR"})
    assert found.pattern("DAMAGE_MINOR") in beside
    assert found.verify[0] in beside
    assert "No playbook is published" in render_to_string("playbooks/_beside.html", {"playbook": None})


def test_headings_of_a_text_stand_below_those_of_the_page() -> None:
    assert as_html("# One\n\n###### Six") == "<h3>One</h3>\n<h6>Six</h6>\n"
