import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from opsdesk import mail
from opsdesk.cases.models import Case
from opsdesk.mail.models import Arrival
from opsdesk.web import labels
from tests.cast import Somebody
from tests.web import scene as scenes
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
NOT_A_MAIL = b"\x00\xff not a mail"


@pytest.fixture
def odd(scene: Scene) -> Arrival:
    """A mail that the desk does not understand."""
    arrival = scenes.receive(scene, NOT_A_MAIL, at=scene.now, label="odd.eml")
    assert arrival.outcome == "quarantined"
    return arrival


def test_each_number_opens_its_list(scene: Scene, browse: Browse, odd: Arrival) -> None:
    client = browse(scene.olga)
    scenes.receive(scene, scenes.letter("Twice", "It says it twice.", at=scene.now), at=scene.now)
    page = client.get("/intake").content.decode()
    assert '/intake?outcome=quarantined"><b>1</b>' in page
    assert '/intake?outcome=requests"><b>1</b>' in page
    quarantined = client.get("/intake?outcome=quarantined").content.decode()
    assert "odd.eml" in quarantined
    assert "Twice" not in quarantined
    assert "Twice" in client.get("/intake?outcome=requests").content.decode()


def test_what_is_not_understood_is_run_again_from_the_list_and_from_its_page(
    scene: Scene, browse: Browse, odd: Arrival
) -> None:
    client = browse(scene.olga)
    back = "/intake?outcome=quarantined"
    answer = client.post(f"/intake/{odd.id}/rerun", {"back": back})
    assert answer.url == back
    assert "still not understood" in client.get(back).content.decode()
    elsewhere = client.post(f"/intake/{odd.id}/rerun", {"back": "https://evil.example/"})
    assert elsewhere.url == f"/intake/{odd.id}"


def test_a_mail_is_set_aside_with_a_reason(scene: Scene, browse: Browse, odd: Arrival) -> None:
    client = browse(scene.olga)
    assert client.post(f"/intake/{odd.id}/setting-aside", {"reason": ""}).status_code == 422
    assert client.post(f"/intake/{odd.id}/setting-aside", {"reason": "spam"}).status_code == 302
    again = client.post(f"/intake/{odd.id}/setting-aside", {"reason": "a sales letter"}, headers=HTMX)
    assert again.status_code == 422
    assert b"a sales letter" in again.content
    odd.refresh_from_db()
    assert odd.outcome == "set_aside"


def test_a_lead_sets_several_aside_at_once_and_what_somebody_settled_is_named(
    scene: Scene, browse: Browse, odd: Arrival
) -> None:
    other = scenes.receive(scene, NOT_A_MAIL + b"2", at=scene.now, label="fax.eml")
    assert "data-bulk" not in browse(scene.olga).get("/intake").content.decode()
    assert browse(scene.olga).get(f"/intake/setting-aside?arrival={odd.id}").status_code == 403
    client = browse(scene.lena)
    assert f'name="arrival" value="{odd.id}"' in client.get("/intake").content.decode()
    asked = client.get(f"/intake/setting-aside?arrival={odd.id}&arrival={other.id}").content.decode()
    assert f"2 mails picked: arrivals {odd.id}, {other.id}" in asked
    assert client.post("/intake/setting-aside", {"reason": "faxes"}).status_code == 422
    browse(scene.olga).post(f"/intake/{odd.id}/setting-aside", {"reason": "spam"})
    sent = {"reason": "faxes", "arrival": [odd.id, other.id]}
    told = client.post("/intake/setting-aside", sent).content.decode()
    assert "1 mail is set aside" in told
    assert "Olga was first" in told
    other.refresh_from_db()
    assert (other.outcome, other.detail) == ("set_aside", "faxes")


def test_a_request_is_made_of_it_by_hand(scene: Scene, browse: Browse, odd: Arrival) -> None:
    client = browse(scene.olga)
    sent = {
        "requester_email": "sam@dealer.example",
        "subject": "The lift is stuck",
        "text": "As the fax says.",
    }
    answer = client.post(f"/intake/{odd.id}/request", sent)
    case = Case.objects.get()
    assert answer.url == f"/cases/{case.id}"
    assert (case.subject, case.requester_email) == ("The lift is stuck", "sam@dealer.example")
    assert f'href="/cases/{case.id}"' in client.get(f"/intake/{odd.id}").content.decode()
    assert client.post(f"/intake/{odd.id}/request", sent).status_code == 422


def test_the_source_comes_as_it_came_and_as_a_download(scene: Scene, browse: Browse, odd: Arrival) -> None:
    answer = browse(scene.olga).get(f"/intake/{odd.id}/source")
    assert answer.content == NOT_A_MAIL
    assert answer["Content-Type"] == "application/octet-stream"
    assert "attachment" in answer["Content-Disposition"]


def test_a_viewer_reads_and_does_nothing(scene: Scene, browse: Browse, odd: Arrival) -> None:
    client = browse(scene.vera)
    assert "Run again" not in client.get(f"/intake/{odd.id}").content.decode()
    client.post(f"/intake/{odd.id}/rerun")
    assert client.post(f"/intake/{odd.id}/setting-aside", {"reason": "spam"}).status_code == 422
    odd.refresh_from_db()
    assert (odd.outcome, odd.tries) == ("quarantined", odd.tries)


def test_the_dates_of_the_filter_hold_the_days_they_name(scene: Scene, browse: Browse, odd: Arrival) -> None:
    client = browse(scene.olga)
    assert "odd.eml" not in client.get("/intake?first=2020-01-01&last=2020-01-31").content.decode()
    assert "odd.eml" in client.get("/intake?first=2020-01-01&last=2099-01-31").content.decode()
    assert client.get("/intake?first=nonsense&after=nonsense&source=nonsense").status_code == 200


def test_every_reason_that_a_mail_may_be_put_by_for_has_words() -> None:
    source = Path(mail.__file__).parent
    texts = "\n".join(path.read_text(encoding="utf-8") for path in source.glob("*.py"))
    codes = set(re.findall(r'NotUnderstood\(\s*"([^"]+)"', texts)) - {"no such part", "no HTML"}
    names = "LOOP|RATE|SPAM|BEFORE_THE_START|BY_HAND|AUTO_REPLY|BOUNCE|LIST|COMPLAINT"
    codes |= set(re.findall(rf'^(?:{names}) = "(.+)"', texts, re.MULTILINE))
    assert len(codes) > 10
    assert codes <= labels.REASONS.keys()
