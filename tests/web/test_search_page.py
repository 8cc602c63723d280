import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from opsdesk.cases import actions
from opsdesk.kernel.actor import Role
from opsdesk.mail import finding
from opsdesk.search.models import Backlog, Kind
from tests import cast
from tests.cast import Somebody
from tests.search.numbers import cases_from_one
from tests.web.conftest import HTMX
from tests.web.scene import Scene

Browse = Callable[[Somebody], Client]
__all__ = ["cases_from_one"]


def shown(answer: object) -> list[int]:
    return [int(number) for number in re.findall(r'data-row="(\d+)"', answer.content.decode())]  # type: ignore[attr-defined]


def text_of(client: Client, query: str, **more: object) -> str:
    answer = client.get("/search", {"q": query, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_page_has_the_box_and_the_key(busy: Scene, browse: Browse) -> None:
    client = browse(busy.olga)
    for address in ("/desks/support/mine", "/cases/1", "/accounts", "/search"):
        page = client.get(address).content.decode()
        assert re.search(r'<form class="find" role="search" action="/search"', page), address
        assert page.index("data-search") == page.index("data-search><kbd")


def test_a_search_shows_its_cases_with_the_words_marked(busy: Scene, browse: Browse) -> None:
    answer = browse(busy.olga).get("/search", {"q": "greeting"})
    page = answer.content.decode()
    assert shown(answer) == [1]
    assert "The assistant repeats the <mark>greeting</mark> twice" in page
    assert "<mark>greeting</mark> flag is on twice" in page
    assert "Operations" in page
    assert "That is all." in page


def test_what_others_wrote_is_shown_as_it_is_not_as_a_page(busy: Scene, browse: Browse) -> None:
    actions.write_note(
        case_id=2,
        text='<script>alert("kiwi")</script> <mark>&amp;kiwi',
        actor=busy.olga.actor,
        now=busy.now,
    )
    page = text_of(browse(busy.olga), "kiwi <b>")
    assert "<script>alert" not in page
    assert "<b>" not in page
    page = text_of(browse(busy.olga), "kiwi")
    assert "&lt;script&gt;alert(&quot;<mark>kiwi</mark>&quot;)&lt;/script&gt;" in page
    assert "&lt;mark&gt;&amp;amp;<mark>kiwi</mark>" in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "Search every text"),
        ("zzzznothing", "Nothing found"),
        ("!!!", "Nothing was left to search for"),
        ("queue:nope greeting", "There is no queue “nope”"),
        ('"op code', "not closed"),
        ("greeting is:resolved", "The words without the filters"),
        ("north star", 'href="/accounts/north-star"'),
        ("#3", "The case of this number"),
        ("from:sam before:2031-02", "before</span> 2031-02"),
        ("-greeting assistant", "not greeting"),
    ],
)
def test_the_page_says_what_was_understood_and_what_to_do(
    busy: Scene, browse: Browse, query: str, says: str
) -> None:
    assert says in text_of(browse(busy.olga), query)


def test_pages_go_on_with_older_texts(busy: Scene, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding.find, "__kwdefaults__", {"below": None, "size": 4})
    cases = [cast.request_at(busy.now - timedelta(hours=n), subject="Ferret & more") for n in range(9)]
    client = browse(busy.olga)
    seen: list[int] = []
    address = "/search?q=Ferret+%26+more"
    for _ in range(3):
        answer = client.get(address)
        seen += shown(answer)
        onward = re.search(r'href="([^"]*below=[^"]*)" rel="next">Older', answer.content.decode())
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert seen == [case.id for case in cases]
    assert address == ""


@pytest.mark.parametrize("below", ["x", "-1", "9" * 30, "²"])
def test_a_place_that_makes_no_sense_is_the_first_page(busy: Scene, browse: Browse, below: str) -> None:
    answer = browse(busy.olga).get("/search", {"q": "greeting", "below": below})
    assert shown(answer) == [1]


def test_htmx_gets_what_was_found_alone(busy: Scene, browse: Browse) -> None:
    page = browse(busy.olga).get("/search", {"q": "greeting"}, headers=HTMX).content.decode()
    assert "<!doctype html>" not in page
    assert 'id="list"' in page


def test_while_the_index_is_built_the_page_says_how_much_of_it(busy: Scene, browse: Browse) -> None:
    Backlog.objects.create(kind=Kind.ACCOUNT, below=0, total=2, begun_at=busy.now)
    Backlog.objects.create(kind=Kind.CASE, below=0, total=8, begun_at=busy.now)
    Backlog.objects.create(kind=Kind.NOTE, below=0, total=0, begun_at=busy.now)
    Backlog.objects.create(kind=Kind.MESSAGE, below=5, total=10, begun_at=busy.now)
    client = browse(busy.olga)
    assert "The index is 75 % built" in text_of(client, "greeting")
    assert "75 % built" in client.get("/health").content.decode()
    Backlog.objects.update(below=0)
    assert "% built" not in text_of(client, "greeting")
    assert "100 % built" in client.get("/health").content.decode()


def test_only_who_has_a_role_may_search_and_only_their_desks(busy: Scene, browse: Browse) -> None:
    other = cast.somebody("other", [Role.VIEWER], desk="deals")
    assert shown(browse(other).get("/search", {"q": "greeting"})) == []
    nobody = cast.somebody("nobody", [])
    assert browse(nobody).get("/search", {"q": "greeting"}).status_code == 403
    assert Client().get("/search?q=greeting").status_code == 302
