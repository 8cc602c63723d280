"""Tables and bars as they are written: only what is drawn is made, and nothing a person wrote is markup."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from opsdesk.insight.registry import Side
from opsdesk.web.charts.bar import Column as Bar
from opsdesk.web.charts.bar import Part, bar_chart
from opsdesk.web.charts.line import Frame
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.tables import SHOWN, Cell, Column, Made, Row, Table, heading
from opsdesk.web.templatetags.numbers import bars, list_row, table_row

HOSTILE = """<script>alert("x")</script>&'"""
SAFE = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#x27;"
HEAD = (Column("Day", is_number=False), Column(HOSTILE))


def test_of_a_long_table_only_the_rows_that_are_drawn_are_made() -> None:
    made: list[str] = []

    def row(key: str) -> Row:
        made.append(key)
        return heading(key), Cell("1", 1)

    keys = [str(n) for n in range(SHOWN + 50)]
    table = Table("days", "Days", HEAD, Made(keys, row))
    page = render_to_string("numbers/table.html", {"table": table})
    assert made == keys[:SHOWN]
    assert page.count("<tr>") == 1 + SHOWN
    assert f"The first {SHOWN} of {SHOWN + 50} rows" in page
    assert [cells[0].text for cells in table.rows] == keys
    assert not Table("none", "None", HEAD, Made([], row)).rows


def test_a_row_is_written_as_a_template_would() -> None:
    cells = (
        Cell(HOSTILE),
        Cell("7", 7, "/list?a=1&b=2", note=HOSTILE, chip="is-calm", state=HOSTILE, shade=3),
    )
    line = list(zip(cells, HEAD, strict=True))
    said = f' <span class="range">{SAFE}</span> <span class="chip is-calm">{SAFE}</span>'
    link = '<a href="/list?a=1&amp;b=2">7'
    assert table_row(line) == (
        f'<th scope="row">{SAFE}</th><td class="number shade-3">'
        f'{link}<span class="visually-hidden"> {SAFE}</span></a>{said}</td>'
    )
    assert list_row(line) == f'<th scope="row">{SAFE}</th><td class=" shade-3">{link}</a>{said}</td>'


def test_a_bar_says_its_words_and_opens_its_list() -> None:
    chart = bar_chart(
        ["1."], [Bar((Part(2, "series-1"), Part(0, "series-2")), HOSTILE, "/a?b=1&c=2")], Frame()
    )
    drawn = bars(chart)
    assert drawn.startswith(f'<a href="/a?b=1&amp;c=2" aria-label="{SAFE}"><title>{SAFE}</title>')
    assert drawn.count("<rect") == 2
    assert 'class="mark series-1"' in drawn


def test_an_address_of_a_list_brings_every_value_back() -> None:
    now = datetime(2026, 3, 9, tzinfo=UTC)
    days = {"first": date(2026, 1, 1), "last": date(2026, 1, 31)}
    for place in (
        Place("support", ZoneInfo("UTC"), now, "/flow", **days),
        Place("support", ZoneInfo("UTC"), now, "/flow"),
    ):
        opened = place.opener("arrivals", by=("queue", "type"), side=Side.WHOLE)(("ops & more", "a:b/ü"))
        of = [("of", "queue:ops & more"), ("of", "type:a:b/ü"), ("side", "whole"), ("back", "/flow")]
        assert parse_qsl(urlsplit(opened).query) == [*place.pairs, *of]
        assert parse_qsl(urlsplit(place.members("arrivals")).query) == [*place.pairs, ("back", "/flow")]
