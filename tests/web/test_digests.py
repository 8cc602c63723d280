"""The pages of digests: read, counted, asked for by mail."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from opsdesk.clock.models import Task, TaskState
from opsdesk.review import digest_actions
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import Rhythm
from opsdesk.review.models import Digest, Subscription
from opsdesk.review.timers import MAIL
from opsdesk.worker.digests import addresses
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, escalate, resolve
from tests.review.digests import HOUR, utc, work
from tests.review.scene import undone_after

Browse = Callable[[Somebody], Client]
pytestmark = pytest.mark.django_db
PAGE = "/desks/support/digests"


def test_a_desk_without_any_says_when_the_first_comes(browse: Browse) -> None:
    """The first of this file: the others share a desk that has some."""
    cast.desk(utc(1))
    page = text(browse(cast.admin()), "/desks/deals/digests")
    assert "No digest was made yet" in page
    assert "Nobody has asked for them by mail" in page


@pytest.fixture(scope="module")
def lena(django_db_setup: None, django_db_blocker: Any) -> Iterator[Somebody]:
    """A lead of a desk with two digests; on the 20th two came in, one was resolved, one went up."""
    with undone_after(django_db_blocker):
        cast.desk(utc(1))
        work(utc(19, 12))
        hands, lena = crew(), cast.lead()
        work(utc(19))
        digest_actions.subscribe(desk="support", rhythm="daily", actor=lena.actor, now=utc(20, 12))
        one, other = (cast.request_at(utc(20, 14), subject=f"Number {n}") for n in (1, 2))
        resolve(one, hands.operator, utc(20, 16), "how-to.dashboard")
        escalate(other, hands.operator, utc(20, 16), "core.llm-behaviour")
        work(utc(20))
        yield lena


def newest() -> int:
    found = queries.newest("support", Rhythm.DAILY)
    assert found is not None
    return found.id


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_letter_names_the_pages_that_there_are(lena: Somebody, settings: LazySettings) -> None:
    settings.OPSDESK_ADDRESS = "https://desk.example.com"
    named = addresses(queries.digest("support", newest()))
    site = "https://desk.example.com"
    assert named.digest == site + reverse("digest", args=["support", newest()])
    assert named.digests == site + reverse("digests", args=["support"])


def test_the_list_has_the_newest_first_with_what_happened(lena: Somebody, browse: Browse) -> None:
    page = text(browse(lena), PAGE)
    assert page.index("Tuesday, 20 October 2026") < page.index("Monday, 19 October 2026")
    assert "2 in, 1 resolved, 1 to Tier 2, 0 to Tier 3." in page
    assert "No outgoing mail server is set up" in page
    assert f'href="{PAGE}"' in text(browse(lena), "/desks/support/flow")
    older = text(browse(lena), f"{PAGE}?after={newest()}")
    assert ("Monday, 19" in older, "Tuesday, 20" in older) == (True, False)
    assert "No older ones" in text(browse(lena), f"{PAGE}?after=1")
    assert "20 October" not in text(browse(lena), f"{PAGE}?rhythm=weekly")


def test_every_number_opens_what_it_counts(lena: Somebody, browse: Browse) -> None:
    page = text(browse(lena), f"{PAGE}/{newest()}")
    links = re.findall(rf'<a href="({PAGE}/[^"]+)">(\d+)<', page)
    assert sorted(int(number) for _, number in links) == [1, 1, 1, 2]
    for address, number in links:
        listed = text(browse(lena), unescape(address))
        assert f"1 to {number} of {number}" in listed
        assert "The digest said" not in listed
    up = next(address for address, _ in links if address.endswith("/2"))
    assert "Number 2" in text(browse(lena), up)
    assert "Number 1" not in text(browse(lena), up)
    saved = browse(lena).get(f"{PAGE}/{newest()}/0?table=list&as=csv").content.decode()
    assert len(saved.splitlines()) == 3


def test_a_list_that_holds_more_than_was_told_says_so(lena: Somebody, browse: Browse) -> None:
    cast.request_at(utc(20, 15), subject="Fetched the day after")
    assert "The digest said 2: the list holds 3" in text(browse(lena), f"{PAGE}/{newest()}/0")


def test_what_is_not_there_is_not_found(lena: Somebody, browse: Browse) -> None:
    client, here = browse(lena), f"/{newest()}"
    for address in ("/99999", f"{here}/99", f"{here}/gap-7", f"{here}/x", "/so-far/hourly"):
        assert client.get(PAGE + address).status_code == 404, address
    assert client.get(f"{PAGE}{here}/0?start=500").status_code == 404


def test_one_click_asks_for_it_and_one_click_undoes_it(lena: Somebody, browse: Browse) -> None:
    vera = cast.viewer()
    client = browse(vera)
    wants = {"rhythm": "weekly", "wanted": "yes"}
    for _ in range(2):
        assert "will be mailed to you" in client.post(f"{PAGE}/letters", wants, follow=True).content.decode()
    assert list(Subscription.objects.filter(person_id=vera.id).values_list("kind", flat=True)) == ["weekly"]
    assert "Send it no more" in text(client, PAGE)
    client.post(f"{PAGE}/letters", {"rhythm": "weekly", "wanted": "no"})
    assert not Subscription.objects.filter(person_id=vera.id).exists()
    nonsense = client.post(f"{PAGE}/letters", {"rhythm": "hourly", "wanted": "yes"}, follow=True)
    assert "Choose the end of the day or the week" in nonsense.content.decode()


def test_a_lead_sees_who_gets_what_and_others_do_not(lena: Somebody, browse: Browse) -> None:
    assert "Who gets what" in text(browse(lena), PAGE)
    assert "Its letters" in text(browse(lena), f"{PAGE}/{newest()}")
    vera = browse(cast.viewer())
    assert "Who gets what" not in text(vera, PAGE)
    assert "Its letters" not in text(vera, f"{PAGE}/{newest()}")


def test_a_lead_has_a_letter_that_failed_tried_again(lena: Somebody, browse: Browse) -> None:
    Task.objects.filter(kind=MAIL).update(state=TaskState.DEAD, last_error="550 recipient")
    client = browse(lena)
    assert "550 recipient" in text(client, f"{PAGE}/{newest()}")
    again = {"person": lena.id}
    assert browse(cast.viewer()).post(f"{PAGE}/{newest()}/retrial", again).status_code == 302
    assert Task.objects.get(kind=MAIL).state == TaskState.DEAD
    client.post(f"{PAGE}/{newest()}/retrial", again)
    assert Task.objects.get(kind=MAIL).state == TaskState.ARMED
    assert client.post(f"{PAGE}/99999/retrial", again).status_code == 404


def test_what_the_next_one_would_say_is_told_and_not_kept(lena: Somebody, browse: Browse) -> None:
    before = Digest.objects.count()
    cast.request_at(datetime.now(UTC) - HOUR, subject="Just now")
    page = text(browse(lena), f"{PAGE}/so-far/daily")
    assert "This digest is not due yet" in page
    assert "Just now" in text(browse(lena), f"{PAGE}/so-far/daily/0")
    assert Digest.objects.count() == before
    assert "what it would say now" in text(browse(lena), PAGE)


def test_a_stranger_reads_none(lena: Somebody, browse: Browse) -> None:
    stranger = browse(cast.stranger())
    for address in ("", f"/{newest()}", f"/{newest()}/0", "/so-far/daily", "/so-far/daily/0"):
        assert stranger.get(PAGE + address).status_code == 403
    stranger.post(f"{PAGE}/letters", {"rhythm": "daily", "wanted": "yes"})
    assert Subscription.objects.count() == 1
