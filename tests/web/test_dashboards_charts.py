"""The ring and the lying bars: pure geometry."""

import re
from math import hypot

import pytest
from django.template.loader import render_to_string

from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Mean, Tally
from opsdesk.insight.statistics import spread
from opsdesk.web.charts.donut import Slice, donut
from opsdesk.web.charts.histogram import Bin, histogram
from opsdesk.web.dashboards.asking import added, plus


def part(value: int, name: str = "a") -> Slice:
    return Slice(name, value, f"{name}: {value}", f"/{name}", "series-1")


def points(path: str) -> list[tuple[float, float]]:
    """Where the pieces of a path begin and end."""
    ends = re.findall(r"(?:M|L|A[\d.]+ [\d.]+ 0 [01] [01] )(-?[\d.]+) (-?[\d.]+)", path)
    return [(float(x), float(y)) for x, y in ends]


def test_a_ring_runs_clockwise_from_the_top_and_closes() -> None:
    drawn = donut([part(1), part(1), part(2)], size=200, thickness=40)
    quarters = [points(each.path) for each in drawn.slices]
    assert quarters[0][:2] == [(100, 2), (198, 100)]
    assert quarters[1][:2] == [(198, 100), (100, 198)]
    assert quarters[2][:2] == [(100, 198), (100, 2)]
    assert drawn.total == 4


def test_every_corner_lies_on_the_outer_or_the_inner_circle() -> None:
    drawn = donut([part(3), part(5), part(11)], size=200, thickness=40)
    for each in drawn.slices:
        for x, y in points(each.path):
            radius = hypot(x - 100, y - 100)
            assert min(abs(radius - 98), abs(radius - 58)) < 0.02


@pytest.mark.parametrize(("values", "large"), [((3, 1), "1"), ((1, 1), "0"), ((1, 3), "0")])
def test_a_part_of_more_than_half_takes_the_long_way_round(values: tuple[int, int], large: str) -> None:
    drawn = donut([part(value) for value in values])
    assert re.findall(r"A\S+ \S+ 0 (\d) 1", drawn.slices[0].path) == [large]


def test_the_only_part_is_a_whole_ring_and_nothing_is_left_out() -> None:
    drawn = donut([part(0, "none"), part(7, "all"), part(0)])
    assert [each.name for each in drawn.slices] == ["all"]
    assert drawn.slices[0].path.count("A") == 4
    assert donut([]).slices == ()


def test_a_thin_part_carries_no_number_but_its_label_says_it() -> None:
    thin, thick = donut([part(1, "thin"), part(99, "thick")]).slices
    assert (thin.text, thick.text) == ("", "99")
    assert thin.label == "thin: 1"


def test_lying_bars_are_as_long_as_their_values_and_leave_room_for_the_words() -> None:
    drawn = histogram([Bin("a", 4, "4", "a: 4"), Bin("b", 2, "2", "b: 2"), Bin("c", 0, "0", "")], width=300)
    lengths = [each.width for each in drawn.bins]
    assert lengths[0] == 2 * lengths[1]
    assert lengths[2] == 0
    assert drawn.bins[0].text_x + 8 < 300
    assert [each.y for each in drawn.bins] == [20, 66, 112]


def test_a_bar_with_bounds_shows_what_is_open_behind_it() -> None:
    drawn = histogram([Bin("a", 0.4, "40-50 %", "", high=0.5)], width=300, most=1)
    only = drawn.bins[0]
    assert only.range_width == pytest.approx(only.width / 4, abs=0.01)


def test_nothing_at_all_can_be_drawn() -> None:
    assert histogram([], width=300).bins == ()
    assert histogram([Bin("a", 0, "0", "")], width=300).bins[0].width == 0


def test_a_mark_without_a_list_is_no_link() -> None:
    chart = histogram([Bin("a", 0, "0", "a: 0"), Bin("b", 1, "1", "b: 1", "/b")], width=300)
    svg = render_to_string("charts/histogram.html", {"chart": chart, "title": "Days"})
    assert re.findall(r'<a href="([^"]+)"', svg) == ["/b"]
    assert 'role="img" aria-label="a: 0"' in svg


def test_answers_by_scope_add_up_to_those_by_category_and_to_all() -> None:
    found = {("CREATED", "MN.CAR"): Tally(2), ("FUNDED", "MN.CAR"): Tally(1), ("FUNDED", "KR.CAR"): Tally(4)}
    dimensions = ("state", "scope")
    assert added(found, dimensions, ()) == {(): Tally(7)}
    assert added(found, dimensions, ("state",)) == {("CREATED",): Tally(2), ("FUNDED",): Tally(5)}
    assert added(found, dimensions, ("category",)) == {("CAR",): Tally(7)}
    assert added(found, dimensions, ("scope",)) == {("MN.CAR",): Tally(3), ("KR.CAR",): Tally(4)}


def test_shares_and_means_add_up_by_their_parts_and_percentiles_do_not() -> None:
    assert plus(Share(1, 2, 3), Share(4, 4, 5)) == Share(5, 6, 8)
    assert plus(Mean(3.0, 2, 1), Mean(1.0, 1)) == Mean(4.0, 3, 1)
    with pytest.raises(TypeError, match="added up"):
        plus(spread([1.0]), spread([2.0]))
