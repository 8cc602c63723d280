import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.cases import actions, handoffs
from opsdesk.cases.models import Case
from opsdesk.people.models import SavedView
from tests import cast
from tests.cast import Somebody
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
ALL = "/desks/support/cases"


def shown(answer: object) -> list[int]:
    """The cases of a list, in its order."""
    return [int(number) for number in re.findall(r'data-row="(\d+)"', answer.content.decode())]  # type: ignore[attr-defined]


def requests(scene: Scene, count: int, **more: object) -> list[Case]:
    """Requests an hour apart, the oldest first."""
    first = scene.now - timedelta(hours=count)
    return [cast.request_at(first + timedelta(hours=number), **more) for number in range(count)]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/desks/support/mine", "Nothing is yours to do"),
        ("/desks/support/queues/ops", "This queue is empty"),
        (ALL, "No open case"),
        (ALL + "?text=nothing", "No case matches"),
        ("/intake", "No mail yet"),
        ("/intake?outcome=joined", "No arrival matches"),
        ("/accounts", "No account yet"),
        ("/accounts?text=nothing", "No account matches"),
    ],
)
def test_an_empty_list_says_what_to_do(scene: Scene, browse: Browse, address: str, says: str) -> None:
    assert says in browse(scene.olga).get(address).content.decode()


def test_my_queue_shows_mine_then_the_unassigned_ones_of_my_queues(scene: Scene, browse: Browse) -> None:
    first, second, third = requests(scene, 3)
    actions.take(case_id=third.id, actor=scene.olga.actor, now=scene.now)
    actions.take(case_id=second.id, actor=scene.omar.actor, now=scene.now)
    answer = browse(scene.olga).get("/desks/support/mine")
    assert shown(answer) == [third.id, first.id]
    assert "Unassigned in my queues" in answer.content.decode()
    assert shown(browse(scene.enzo).get("/desks/support/mine")) == []


def test_filters_stand_in_the_address(scene: Scene, browse: Browse) -> None:
    one, two = requests(scene, 2)
    other = cast.request_at(scene.now, subject="Op code 76ZZ", requester_email="bo@lake.example")
    actions.classify(case_id=one.id, type="core.llm-behaviour", actor=scene.olga.actor, now=scene.now)
    actions.take(case_id=two.id, actor=scene.olga.actor, now=scene.now)
    actions.wait(case_id=two.id, on="customer", actor=scene.olga.actor, now=scene.now)
    client = browse(scene.olga)
    for query, expected in {
        "text=op+code": [other.id],
        "text=bo%40lake": [other.id],
        f"text=%23{one.id}": [one.id],
        "state=waiting": [two.id],
        "state=resolved": [],
        "type=core.llm-behaviour": [one.id],
        "type=core.*": [one.id],
        "assignee=me": [two.id],
        f"assignee={scene.olga.id}": [two.id],
        "queue=core-support": [],
        "account=nobody-has-it": [],
        "state=nonsense&type=nonsense&assignee=nonsense": [one.id, other.id, two.id],
    }.items():
        assert sorted(shown(client.get(f"{ALL}?{query}"))) == sorted(expected), query
    assert sorted(shown(client.get(f"{ALL}?assignee=nobody"))) == sorted([one.id, other.id])


def test_unread_is_marked_until_the_person_looks(scene: Scene, browse: Browse) -> None:
    case = cast.request_at(scene.now)
    client = browse(scene.olga)
    assert shown(client.get(f"{ALL}?unread=on")) == [case.id]
    assert 'aria-label="unread"' in client.get(ALL).content.decode()
    client.get(f"/cases/{case.id}")
    assert shown(client.get(f"{ALL}?unread=on")) == []
    assert 'aria-label="unread"' not in client.get(ALL).content.decode()


@pytest.mark.parametrize("state", ["", "any"])
def test_pages_go_on_where_they_left_off_whatever_comes_in_between(
    scene: Scene, browse: Browse, state: str
) -> None:
    cases = requests(scene, 60)
    client = browse(scene.olga)
    first = client.get(f"{ALL}?state={state}")
    onward = re.search(r'href="([^"]*after=[^"]*)">Next page', first.content.decode())
    assert onward is not None
    requests(scene, 5)
    second = client.get(onward[1].replace("&amp;", "&"))
    assert len(shown(first)) == 50
    assert not set(shown(first)) & set(shown(second))
    assert {case.id for case in cases} <= set(shown(first)) | set(shown(second))


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "0~now~now~1",
        "0~2026-01-01T00:00:00~2026-01-01T00:00:00~1",
        "1~2~3",
        "0~2026-01-01T00:00:00+00:00~2026-01-01T00:00:00+00:00~99999999999999999999999",
    ],
)
def test_a_place_that_makes_no_sense_is_the_first_page(scene: Scene, browse: Browse, after: str) -> None:
    case = cast.request_at(scene.now)
    assert shown(browse(scene.olga).get(ALL, {"after": after})) == [case.id]


def test_a_refresh_gets_the_rows_the_counts_and_the_moment_only(scene: Scene, browse: Browse) -> None:
    cast.request_at(scene.now)
    text = browse(scene.olga).get("/desks/support/queues/ops", headers=HTMX).content.decode()
    assert "<!doctype html>" not in text
    assert 'id="list"' in text
    assert 'id="fold" class="fold" hx-swap-oob="true"' in text
    assert 'id="as-of" hx-swap-oob="true"' in text


def test_take_next_takes_the_due_soonest_and_then_says_there_is_none(scene: Scene, browse: Browse) -> None:
    first, second = requests(scene, 2)
    client = browse(scene.olga)
    assert client.post("/desks/support/next").url == f"/cases/{first.id}"
    assert client.post("/desks/support/next").url == f"/cases/{second.id}"
    answer = client.post("/desks/support/next", follow=True)
    assert "No unassigned open case is left" in answer.content.decode()
    assert client.get("/desks/support/next").status_code == 405


def test_a_view_is_kept_shared_and_removed(scene: Scene, browse: Browse) -> None:
    olga, omar = browse(scene.olga), browse(scene.omar)
    dialog = olga.get("/desks/support/views?query=state%3Dwaiting", headers=HTMX).content.decode()
    assert 'value="state=waiting"' in dialog
    kept = olga.post(
        "/desks/support/views", {"name": "All that waits", "query": "state=waiting", "shared": "on"}
    )
    assert kept.url == f"{ALL}?state=waiting"
    for client in (olga, omar):
        assert f'href="{ALL}?state=waiting"' in client.get(ALL).content.decode()
    olga.post("/desks/support/views", {"name": "Mine alone", "query": "assignee=me"})
    assert "Mine alone" in olga.get(ALL).content.decode()
    assert "Mine alone" not in omar.get(ALL).content.decode()
    view = SavedView.objects.get(name="All that waits")
    assert omar.post(f"/desks/support/views/{view.id}/removal").status_code == 422
    assert olga.get(f"/desks/support/views/{view.id}/removal").status_code == 200
    assert olga.post(f"/desks/support/views/{view.id}/removal").status_code == 302
    assert "All that waits" not in omar.get(ALL).content.decode()


def test_many_cases_are_asked_for_once_and_told_one_by_one(scene: Scene, browse: Browse) -> None:
    one, two = requests(scene, 2)
    client = browse(scene.olga)
    actions.take(case_id=two.id, actor=scene.olga.actor, now=scene.now)
    asked = client.get("/desks/support/bulk/void", {"case": [one.id, two.id]}, headers=HTMX).content.decode()
    assert f"#{one.id}, #{two.id}" in asked
    assert Case.objects.filter(state="void").count() == 0
    missing = 999_999
    done = client.post(
        "/desks/support/bulk/void", {"case": [one.id, missing, two.id], "reason": "spam"}, headers=HTMX
    )
    text = done.content.decode()
    assert text.count("is-good") == 2
    assert f"There is no case #{missing}" in text
    assert set(Case.objects.values_list("state", flat=True)) == {"void"}


@pytest.mark.parametrize(
    ("act", "sent", "who", "changed"),
    [
        ("take", {}, "olga", {"assignee__name": "Olga"}),
        ("assign", {"person_id": "omar"}, "lena", {"assignee__name": "Omar"}),
    ],
)
def test_each_bulk_act_does_what_it_says(
    scene: Scene, browse: Browse, act: str, sent: dict[str, str], who: str, changed: dict[str, str]
) -> None:
    cases = requests(scene, 2)
    filled = {name: getattr(scene, value).id for name, value in sent.items()}
    browse(getattr(scene, who)).post(
        f"/desks/support/bulk/{act}", {"case": [case.id for case in cases], **filled}
    )
    assert Case.objects.filter(**changed).count() == 2


def test_rerouting_many_needs_words_and_stays_in_the_tier(scene: Scene, browse: Browse) -> None:
    case = cast.request_at(scene.now)
    type = cast.definition().family("core").types[0].key  # type: ignore[union-attr]
    handoffs.escalate(
        case_id=case.id, reason="bug", words="Tried.", type=type, actor=scene.lena.actor, now=scene.now
    )
    client = browse(scene.lena)
    unsaid = client.post(
        "/desks/support/bulk/reroute", {"case": [case.id], "queue": "core-support", "words": ""}
    )
    assert unsaid.status_code == 422
    sent = {"case": [case.id], "queue": "core-engineering", "words": "Theirs"}
    assert client.post("/desks/support/bulk/reroute", sent).status_code == 422
    case.refresh_from_db()
    assert case.queue == "core-support"
    told = client.post("/desks/support/bulk/reroute", {**sent, "queue": "integration-support"})
    assert "done" in told.content.decode()


def test_a_bulk_act_without_cases_or_without_another_queue_says_so(scene: Scene, browse: Browse) -> None:
    case = cast.request_at(scene.now)
    client = browse(scene.lena)
    for picked, words in (("", "No case is picked"), (f"?case={case.id}", "no other queue of their tier")):
        answer = client.get(f"/desks/support/bulk/reroute{picked}", follow=True)
        assert words in answer.content.decode()


def test_who_sits_nowhere_is_led_to_the_people(scene: Scene, browse: Browse) -> None:
    page = browse(scene.ada).get("/desks/support/mine").content.decode()
    assert 'href="/people"' in page.split("<main")[1]


def test_the_navigation_counts_each_queue(scene: Scene, browse: Browse) -> None:
    one, _two = requests(scene, 2)
    actions.take(case_id=one.id, actor=scene.olga.actor, now=scene.now)
    actions.wait(case_id=one.id, on="customer", actor=scene.olga.actor, now=scene.now)
    text = re.sub(r"\s+", " ", browse(scene.olga).get(ALL).content.decode())
    assert re.search(r'/mine".*?class="count">1</span>', text)
    assert re.search(r'/queues/ops".*?class="count">1<span class="muted" title="waiting"> \+1', text)
