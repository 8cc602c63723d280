"""What every page of numbers says of itself: its filters, which queue they mean, how far its facts are."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from opsdesk.insight.facts.keeping import Keeper
from opsdesk.people.models import SavedView
from opsdesk.web.numbers.address import views_of
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, resolve
from tests.web import deals_scene
from tests.web.conftest import HTMX

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
MARCH = "month=2026-03"
LLM = "core.llm-behaviour"
FLOW = "/desks/support/flow"
WITH_FACTS = (
    FLOW,
    f"{FLOW}/backlog",
    "/desks/support/funnel",
    "/findings",
    "/questions/split",
    "/dashboards",
)


@pytest.fixture
def ada(browse: Browse) -> Client:
    """An admin, who reads both desks."""
    cast.desk()
    people = crew()
    resolve(cast.request_at(type=LLM), people.operator, cast.MONDAY, LLM)
    return browse(people.admin)


@pytest.fixture
def building(tmp_path: Path, settings: LazySettings) -> Iterator[Keeper]:
    """Somebody who builds the facts, and has begun."""
    settings.OPSDESK_HOME = tmp_path
    keeper = Keeper(tmp_path)
    keeper.step()
    yield keeper
    while keeper.step():
        pass


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_pages_say_that_the_facts_are_being_built(ada: Client, building: Keeper) -> None:
    for address in WITH_FACTS:
        assert "Facts are being built: 0 %; until then answers come from the records" in text_of(
            shown(ada, address)
        ), address
    piece = ada.get(f"{FLOW}/stuck", headers=HTMX).content.decode()
    assert '<div id="facts" role="status" hx-swap-oob="true"><p' in piece


def test_pages_say_nothing_where_nobody_builds(ada: Client, tmp_path: Path, settings: LazySettings) -> None:
    settings.OPSDESK_HOME = tmp_path
    for address in WITH_FACTS:
        assert '<div id="facts" role="status"></div>' in shown(ada, address), address


def folded(page: str) -> str:
    """The line that stands for the filters where they are folded."""
    return text_of(re.findall(r'<details class="folds"><summary>(.*?)</summary>', page, re.DOTALL)[0])


def test_the_folded_bar_says_which_period_and_filters_are_set(ada: Client) -> None:
    page = shown(ada, f"{FLOW}/types?{MARCH}&type={LLM}&queue=ops&queue=core-support")
    assert folded(page) == ("March 2026 · Type: LLM behaviour · Queue it stands in: Operations, Core support")
    assert (
        folded(shown(ada, f"/desks/support/funnel?{MARCH}&type={LLM}")) == "March 2026 · Type: LLM behaviour"
    )
    assert '<details class="folds" open>' in ada.get(f"{FLOW}?month=nothing").content.decode()


def test_a_page_says_which_queue_its_filter_means(ada: Client) -> None:
    page = shown(ada, f"{FLOW}/types")
    assert 'class="small muted">Queue it stands in</span>' in page
    assert "Which queue the filter means" not in page
    assert 'class="small muted">Queue it entered</span>' in shown(ada, f"{FLOW}/arrivals")
    assert 'class="small muted">Any queue it was in</span>' in shown(ada, f"{FLOW}/queues")
    mixed = text_of(shown(ada, f"{FLOW}/backlog"))
    assert (
        "Which queue the filter means: Queue it stands in (Backlog, Backlog at the end of the day);"
        " Queue that resolved it (Resolved in the period); Queue it entered (Arrivals)."
    ) in mixed
    assert "Queue it entered: Operations" in text_of(
        shown(ada, f"/desks/support/numbers/arrivals?{MARCH}&queue=ops")
    )


def test_what_stands_side_by_side_is_narrowed_alike(ada: Client) -> None:
    assert 'name="queue"' not in shown(ada, f"{FLOW}/mail")


def test_a_filter_that_cannot_be_used_is_named_and_left_out_with_one_click(ada: Client) -> None:
    answer = ada.get(f"{FLOW}/types?{MARCH}&account=nobody&queue=moon&type={LLM}")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "No account has this key." in page
    assert "moon is not one of the available choices" in page
    without = f"{FLOW}/types?{MARCH}&amp;type={LLM}"
    assert f'href="{without}">Leave out: Account, Queue it stands in</a>' in page
    assert ada.get(unescape(without)).status_code == 200
    assert "Leave out" not in ada.get(f"{FLOW}/types?month=x&account=nobody").content.decode()


def test_a_list_of_what_there_is_not_says_so_instead_of_nothing(ada: Client) -> None:
    numbers = "/desks/support/numbers"
    for of in ("account:nobody", "queue:moon", "type:moon"):
        page = text_of(shown(ada, f"{numbers}/requests_in?{MARCH}&of={of}"))
        name, value = of.split(":")
        assert f"{name.capitalize()} “{value}”: there is none." in page
    for known in ("requests_in?of=queue:core-support", "backlog?of=state:waiting", "requests_in?of=type:-"):
        assert "Nothing is counted here" in text_of(shown(ada, f"{numbers}/{known}&{MARCH}")), known


def test_a_view_of_one_desk_is_not_one_of_another(ada: Client, now: datetime) -> None:
    page = views_of("flow-types", "support")
    sent = {"name": "Mine", "query": MARCH, "shared": "on"}
    assert f"/desks/support/number-views/{page}?" in shown(ada, f"{FLOW}/types")
    ada.post(f"/desks/support/number-views/{page}?back={FLOW}/types", sent)
    assert ">Mine</a>" in shown(ada, f"{FLOW}/types")
    assert ">Mine</a>" not in shown(ada, f"{FLOW}/queues")
    elsewhere = {"page": views_of("flow-types", "second")}
    SavedView.objects.update(**elsewhere)
    assert ">Mine</a>" not in shown(ada, f"{FLOW}/types")
    assert ada.post(f"/desks/support/number-views/{elsewhere['page']}", sent).status_code == 404


def test_every_report_of_the_deals_desk_has_the_line_too(browse: Browse, now: datetime) -> None:
    lead = browse(deals_scene.people(now).lena)
    page = shown(lead, "/dashboards/disputes?period=30-days&category=USED_CAR_DEALER&state=ISSUE")
    assert folded(page).endswith("· Category: Used car dealer · State: Issue")
