"""The filter bar, the lists behind numbers and the files, as every page of numbers has them."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils.translation import override
from openpyxl import load_workbook

from opsdesk.accounts.models import Account
from opsdesk.cases.models import Case
from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import metric
from opsdesk.insight.registry import Mean, Tally, Unit
from opsdesk.insight.statistics import spread
from opsdesk.people.models import SavedView
from opsdesk.web.funnel.export import Value
from opsdesk.web.numbers import tables
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.cells import drawn
from opsdesk.web.numbers.tables import Cell, Column, Table, csv_bytes, xlsx_bytes
from opsdesk.web.numbers.words import day_text, period_text
from tests import cast
from tests.cast import Somebody
from tests.insight.builders import crew, resolved_at_tier

pytestmark = pytest.mark.django_db
Browse = Callable[[Somebody], Client]
MARCH = "month=2026-03"
LIST = "/desks/support/numbers/requests_in"
LLM, DMS = "core.llm-behaviour", "integration.dms"


@pytest.fixture
def lena(browse: Browse) -> Client:
    """A lead of a desk with 60 requests in March, half of each of two types."""
    cast.desk()
    people = crew()
    start = datetime.fromisoformat("2026-03-03T15:00:00+00:00")
    for n in range(60):
        resolved_at_tier(people, 1, LLM if n % 2 else DMS, start + n * timedelta(hours=1))
    return browse(cast.lead())


def cases(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'href="/cases/(\d+)"', page)]


def place(**more: object) -> Place:
    given: dict[str, object] = {
        "desk": "support",
        "zone": ZoneInfo("America/Chicago"),
        "now": datetime(2026, 3, 20, 12, tzinfo=UTC),
        "path": "/x",
        **more,
    }
    return Place(**given)  # type: ignore[arg-type]


def test_the_list_behind_a_number_has_exactly_what_it_counts_page_by_page(lena: Client) -> None:
    first = lena.get(f"{LIST}?{MARCH}").content.decode()
    assert "1 to 50 of 60" in first
    following = re.findall(r'href="([^"]+)">Next page', first)[0].replace("&amp;", "&")
    second = lena.get(following).content.decode()
    assert len(cases(first)) == 50
    assert sorted(cases(first) + cases(second)) == sorted(Case.objects.values_list("id", flat=True))


def test_filters_compose(lena: Client) -> None:
    assert "1 to 30 of 30" in lena.get(f"{LIST}?{MARCH}&type={LLM}").content.decode()
    assert "of 60" in lena.get(f"{LIST}?{MARCH}&type={LLM}&type={DMS}").content.decode()
    none = lena.get(f"{LIST}?{MARCH}&type={LLM}&account=-&family=integration").content.decode()
    assert "Nothing is counted here" in none


def test_the_whole_list_is_a_file_in_both_forms(lena: Client) -> None:
    address = f"{LIST}?{MARCH}&type={LLM}&table=list"
    text = lena.get(f"{address}&as=csv")
    lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(lena.get(f"{address}&as=xlsx").content))
    sheet = [[str(cell or "") for cell in row] for row in book.active.iter_rows(values_only=True)]
    assert lines == sheet
    assert len(lines) == 31
    assert text["Content-Disposition"] == 'attachment; filename="list.csv"'
    assert lena.get(f"{address}&as=pdf").status_code == 404


def test_a_file_holds_no_formula() -> None:
    line = ["=1+1", "@x", "-5", -5, "a\x0bb", None, 0.5]
    rows = list(csv.reader(io.StringIO(csv_bytes(["+head"], [line]).decode("utf-8-sig"))))
    assert rows == [["'+head"], ["'=1+1", "'@x", "'-5", "-5", "a\x0bb", "", "0.5"]]
    book = load_workbook(io.BytesIO(xlsx_bytes("a/b", ["+head"], [line])))
    found = list(book.active.iter_rows(values_only=True))
    assert found[1] == ("'=1+1", "'@x", "'-5", -5, "ab", None, 0.5)


def test_a_list_names_what_it_is_of_in_words(browse: Browse) -> None:
    cast.desk()
    lena = browse(cast.lead())
    page = lena.get("/desks/support/numbers/stuck_for?of=on:others")
    assert page.context["narrowed"] == ["Waiting on: others"]
    page = lena.get(f"{LIST}?{MARCH}&of=account:nobody-known")
    assert page.context["narrowed"] == ["Account: nobody-known"]
    Account.objects.create(key="bramwell-west", name="Bramwell West", recorded_at=cast.MONDAY)
    page = lena.get(f"{LIST}?{MARCH}&account=bramwell-west")
    assert page.context["narrowed"] == ["Account: Bramwell West"]


def test_what_no_metric_is_called_is_not_found(lena: Client) -> None:
    assert lena.get("/desks/support/numbers/nothing").status_code == 404
    assert lena.get(f"{LIST}?{MARCH}&of=moon:full").status_code == 404
    assert lena.get(f"{LIST}?{MARCH}&side=dark").status_code == 404
    assert lena.get("/desks/nowhere/numbers/requests_in").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "month=0001-01", "from=2026-03-09", "from=2026-03-09&to=2026-03-01", "as_of=x",
     "as_of=0001-01-01", "period=year", "type=moon", "account=nobody"],
)  # fmt: skip
def test_nonsense_in_the_address_is_said_beside_its_field(lena: Client, query: str) -> None:
    answer = lena.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()


AHEAD = "as_of=2099-01-01"
PAGES = ("funnel", "funnel/cases", "flow", "flow/backlog", "numbers/requests_in")


def test_a_day_that_has_not_come_is_refused_in_words_and_now_is_shown(lena: Client) -> None:
    for page in PAGES:
        address = f"/desks/support/{page}?{MARCH}"
        answer = lena.get(f"{address}&{AHEAD}")
        shown = answer.content.decode()
        assert (answer.status_code, answer.context["bar"].place.as_of_day) == (200, None), page
        assert "1 January 2099 has not come yet: this is as of now." in shown
        assert "as_of=2099" not in shown.partition("<main")[2].replace(f"{MARCH}&amp;{AHEAD}", "")
        assert "has not come yet" not in lena.get(address).content.decode()
    both = lena.get(f"/desks/support/funnel?{AHEAD}&type=moon")
    assert (both.status_code, both.context["bar"].place) == (400, None)


def test_no_file_is_made_as_of_a_day_that_has_not_come(lena: Client) -> None:
    files = (
        f"numbers/requests_in?{MARCH}&table=list&as=csv", f"funnel?{MARCH}&table=tiers&as=xlsx",
        f"flow/types?{MARCH}&table=type&as=csv", f"funnel.csv?{MARCH}", f"funnel/cases.csv?{MARCH}&pick=in",
    )  # fmt: skip
    for address in files:
        assert lena.get(f"/desks/support/{address}").status_code == 200, address
        answer = lena.get(f"/desks/support/{address}&{AHEAD}")
        assert answer.status_code == 400, address
        assert "This day has not come yet. Choose today or a day before." in answer.content.decode()


def test_a_page_far_beyond_the_last_is_the_first(lena: Client) -> None:
    for start in ("999999", "-1", "x", "9" * 30):
        assert "1 to 50 of 60" in lena.get(f"{LIST}?{MARCH}&start={start}").content.decode()


def test_who_does_not_lead_sees_nothing_by_person(lena: Client, browse: Browse) -> None:
    assert lena.get(f"{LIST}?{MARCH}&person=1").status_code in (200, 400)
    viewer = browse(cast.viewer())
    assert viewer.get(f"{LIST}?{MARCH}").status_code == 200
    assert viewer.get(f"{LIST}?{MARCH}&person=1").status_code == 403


def test_a_list_leads_back_to_the_page_it_was_opened_from(lena: Client) -> None:
    page = lena.get(f"{LIST}?{MARCH}&type={LLM}&back=/deals").content.decode()
    assert f'href="/deals?{MARCH}&amp;type={LLM}"' in page
    elsewhere = lena.get(f"{LIST}?{MARCH}&back=//evil.example/").content.decode()
    assert 'href="//evil.example' not in elsewhere


def test_a_view_is_kept_and_taken_away_where_it_came_from(lena: Client) -> None:
    address = "/desks/support/number-views/flow?back=/deals"
    sent = {"name": "Mine", "query": MARCH, "shared": "on"}
    assert lena.post(address, sent).headers["Location"] == f"/deals?{MARCH}"
    view = SavedView.objects.get(page="flow")
    assert (view.name, view.query, view.shared) == ("Mine", MARCH, True)
    gone = lena.post(f"/desks/support/number-views/{view.id}/removal?back=//evil.example")
    assert gone.headers["Location"] == "/"
    view.refresh_from_db()
    assert view.removed_at is not None


def test_a_view_of_somebody_else_is_not_there_and_a_shared_one_is_theirs_to_remove(
    lena: Client, browse: Browse
) -> None:
    viewer = browse(cast.viewer())
    for shared, found in (({}, 404), ({"shared": "on"}, 403)):
        lena.post("/desks/support/number-views/flow?back=/deals", {"name": "Hers", "query": MARCH, **shared})
        view = SavedView.objects.get(name="Hers", shared=bool(shared))
        for page in ("number-views", "views"):
            assert viewer.get(f"/desks/support/{page}/{view.id}/removal").status_code == found
        told = viewer.post(f"/desks/support/number-views/{view.id}/removal")
        assert told.status_code == 422
        assert "manage people" not in told.content.decode()
        assert SavedView.objects.filter(id=view.id, removed_at=None).exists()


def test_a_view_that_no_page_could_show_is_not_kept(lena: Client) -> None:
    wrong = ("month=banana", "month=2026-13", "from=2026-03-09&to=2026-03-01", "as_of=soon")
    for page, queries in {"flow": (*wrong, "queue=nope"), "funnel:support": (*wrong, "type=nope")}.items():
        for query in queries:
            sent = {"name": "Odd", "query": query}
            refused = lena.post(f"/desks/support/number-views/{page}?back=/flow", sent)
            assert refused.status_code == 422, query
            assert "No page can be filtered so" in refused.content.decode()
    assert not SavedView.objects.exists()
    family = {"name": "All of it", "query": f"{MARCH}&type=integration"}
    assert lena.post("/desks/support/number-views/funnel:support?back=/flow", family).status_code == 302


def test_the_same_place_has_one_address_that_brings_it_back() -> None:
    here = place(month="2026-02", filters={"type": ("b", "a"), "account": ("-",)}, as_of_day=date(2026, 3, 1))
    assert here.query == "month=2026-02&as_of=2026-03-01&account=-&type=b&type=a"
    assert here.only(type="", account="x").query == "month=2026-02&as_of=2026-03-01&account=x"
    assert here.rolled("7-days").query == "period=7-days&as_of=2026-03-01&account=-&type=b&type=a"


def test_a_rolling_period_is_of_the_desks_day() -> None:
    late = place(rolling="7-days", now=datetime(2026, 3, 20, 3, tzinfo=UTC))
    assert late.today == date(2026, 3, 19)
    assert late.period.end == datetime(2026, 3, 20, 5, tzinfo=UTC)
    months = place(rolling="12-months").period
    assert months.start == datetime(2025, 4, 1, 5, tzinfo=UTC)
    december = place(rolling="12-months", now=datetime(2026, 12, 31, 12, tzinfo=UTC)).period
    assert december.start == datetime(2026, 1, 1, 6, tzinfo=UTC)


def test_as_of_a_day_is_its_end_and_never_later_than_now() -> None:
    assert place(as_of_day=date(2026, 3, 1)).as_of == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert place(as_of_day=date(2026, 3, 20)).as_of == datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_the_period_before_is_as_long_and_ends_where_this_one_begins() -> None:
    here = place(month="2026-03")
    assert here.before().period.end == here.period.start
    assert (here.before().first, here.before().last) == (date(2026, 1, 29), date(2026, 2, 28))


def test_an_answer_is_written_in_its_unit_and_opens_its_list_unless_it_counts_nothing() -> None:
    assert drawn(Tally(1234), Unit.CASES, "/l").text == "1,234"
    assert drawn(Tally(0), Unit.CASES, "/l").href == ""
    assert drawn(Mean(9.0, 2, 1), Unit.DAYS, "/l").text == "4.5 days"
    assert drawn(Mean(0.0, 0), Unit.DAYS).text == "–"
    few = drawn(Share(10, 10, 10), Unit.SHARE, "/l")
    assert (few.text, few.note, few.value) == ("10 of 10", "72-100 %", 1.0)
    running = drawn(spread([60.0], [7200.0]), Unit.SECONDS)
    assert running.text == ">= 1 h 00 min"
    assert drawn(None, Unit.CASES).text == "–"


def test_a_period_is_written_in_the_order_of_the_language() -> None:
    with override("ko"):
        assert period_text(place(month="2026-03")) == "2026년 3월"
        assert day_text(date(2026, 3, 5)) == "2026년 3월 5일"
    days = place(first=date(2026, 3, 1), last=date(2026, 3, 5))
    assert period_text(days) == "1 March 2026 to 5 March 2026"
    assert period_text(place(first=date(2026, 3, 5), last=date(2026, 3, 5))) == "5 March 2026"
    assert period_text(place(first=date(2026, 2, 1), last=date(2026, 3, 31))).endswith("31 March 2026")


def filed(*cells: Cell) -> dict[str, Value]:
    """What a file says of a row of these cells under A, B, C."""
    columns = tuple(Column(title) for title, _cell in zip("ABC", cells, strict=False))
    head, lines = tables.filed(Table("x", "X", columns, [cells]))
    return dict(zip(head, lines[0], strict=True))


def test_a_file_has_both_ends_of_a_range_and_says_what_still_runs() -> None:
    some = drawn(Share(3, 9, 12), Unit.SHARE)
    times = drawn(spread([3600, 7200], [5400, 5400]), Unit.SECONDS)
    assert filed(Cell("x", "x"), some, times) == {
        "A": "x", "B: low": 0.25, "B: high": 0.75, "B: of": 12, "C: seconds": 5400, "C: at least": 1,
    }  # fmt: skip
    few = filed(drawn(spread([float(n) for n in range(1, 10)]), Unit.DAYS))
    assert few == {"A: days": 5, "A: at least": 0, "A: range from": 2, "A: range to": 8}
    assert filed(drawn(Mean(7200, 2, missing=1), Unit.SECONDS)) == {
        "A: seconds": 3600,
        "A: without a time": 1,
    }
    assert filed(drawn(Tally(3), Unit.CASES)) == {"A": 3}


def test_what_has_no_value_is_empty_in_each_of_its_columns() -> None:
    columns, none = (Column("A"),), Cell("–", "")
    head, lines = tables.filed(Table("x", "X", columns, [(none,), (drawn(Share(1, 2, 4), Unit.SHARE),)]))
    assert (head, lines) == (["A: low", "A: high", "A: of"], [["", "", ""], [0.25, 0.5, 4]])


def test_working_time_has_no_days() -> None:
    week = spread([40 * 3600.0])
    assert drawn(week, metric("to_resolution_working").unit).text == "40 h 00 min"
    assert drawn(week, metric("to_resolution_elapsed").unit).text == "1 d 16 h"
