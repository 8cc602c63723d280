import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsdesk.web.charts import bar, line
from opsdesk.web.charts.bar import Column, Part, bar_chart, count_ticks
from opsdesk.web.charts.line import Point, Series, line_chart
from opsdesk.web.charts.sankey import Band, Frame, Node, sankey

FRAME = Frame()


def node(key: str, column: int, value: int, above: int = 0, gaps: int = 0) -> Node:
    return Node(key, key, column, value, value, above, gaps, f"/{key}")


def band(source: str, target: str, value: int) -> Band:
    return Band(source, target, value, f"{source} to {target}", "/x", "is-up")


def ends(path: str) -> tuple[float, float, float, float]:
    """Where a band leaves (top, bottom) and where it arrives (top, bottom)."""
    numbers = [float(text) for text in re.findall(r"[-\d.]+", path)]
    return numbers[1], numbers[-1], numbers[7], numbers[8]


def test_a_bands_thickness_is_its_share_of_its_node() -> None:
    drawn = sankey(
        [node("a", 0, 200), node("b", 1, 140), node("c", 1, 60, above=140, gaps=1)],
        [band("a", "b", 140), band("a", "c", 60)],
        FRAME,
    )
    whole = drawn.nodes[0].height
    first, second = (ends(each.path) for each in drawn.bands)
    assert first[1] - first[0] == pytest.approx(whole * 0.7, abs=0.1)
    assert second[0] == pytest.approx(first[1], abs=0.1)
    assert second[2] == pytest.approx(drawn.nodes[2].y, abs=0.1)


def test_a_band_of_nothing_is_not_drawn_and_its_node_stays() -> None:
    drawn = sankey([node("a", 0, 5), node("b", 1, 0)], [band("a", "b", 0)], FRAME)
    assert drawn.bands == ()
    assert drawn.nodes[1].height > 0


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.sampled_from([360.0, 960.0]))
def test_every_node_lies_inside_the_drawing(values: list[int], width: float) -> None:
    nodes = [node(str(n), n, value, above=sum(values[:n]), gaps=n) for n, value in enumerate(values)]
    frame = Frame(width=width, height=500)
    for each in sankey(nodes, [], frame).nodes:
        assert each.y >= frame.head
        assert each.y + each.height <= frame.height
        assert 0 <= each.x <= width - each.width + 0.01


def test_a_line_breaks_where_there_is_nothing_to_tell() -> None:
    known = Point(50, 60, hollow=True, label="x", href="/x")
    gap = Point(None, None, hollow=False, label="", href="/x")
    chart = line_chart(["a", "b", "c"], [Series("s", "series-1", (known, gap, known))], line.Frame())
    (series,) = chart.series
    assert len(series.paths) == 2
    assert len(series.dots) == 2
    assert series.dots[0].high_y < series.dots[0].low_y
    assert series.dots[0].hollow


def test_an_axis_shows_as_many_words_as_fit_and_always_the_last() -> None:
    ticks = line.x_ticks([str(n) for n in range(12)], line.Frame(width=360))
    shown = [tick.text for tick in ticks if tick.is_shown]
    assert shown[-1] == "11"
    assert len(shown) < 12
    assert all(tick.is_shown for tick in line.x_ticks([str(n) for n in range(12)], line.Frame(width=960)))


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, (0, 1)),
        (3, (0, 1, 2, 3)),
        (4, (0, 1, 2, 3, 4)),
        (7, (0, 2, 4, 6, 8)),
        (200, (0, 50, 100, 150, 200)),
    ],
)
def test_a_count_axis_ends_at_a_round_number(most: int, ticks: tuple[int, ...]) -> None:
    assert count_ticks(most) == ticks


@given(st.integers(0, 10**7))
def test_a_count_axis_holds_what_it_must_in_few_ticks(most: int) -> None:
    ticks = count_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6
    assert len(set(ticks)) == len(ticks)


def test_a_columns_parts_stand_on_one_another() -> None:
    chart = bar_chart(["a"], [Column((Part(3, "x"), Part(0, "y"), Part(1, "z")), "4", "/x")], bar.Frame())
    lower, upper = chart.columns[0].blocks
    assert lower.y == pytest.approx(upper.y + upper.height, abs=0.02)
    assert lower.y + lower.height == pytest.approx(chart.frame.floor, abs=0.02)
    assert (lower.kind, upper.kind) == ("x", "z")
