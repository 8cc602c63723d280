"""Every reported number is defined in `insight`, once, and the handbook's page of them is up to date."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from opsdesk.insight.catalogue import METRICS, gathered
from opsdesk.insight.metrics import support_flow
from opsdesk.insight.registry import Subject
from tests.architecture.metrics_page import PAGE, page
from tests.architecture.source import PACKAGE, functions, python_files, room_of, tree

# What only a metric does: percentiles, means, shares, ranges.
STATISTICS = frozenset(
    {"median", "mean", "fmean", "quantiles", "quantile", "percentile", "percentiles", "average"}
    | {"spread", "wilson", "median_range", "Share", "Spread", "Mean"}
)
# What adds up records: on a query set, or in SQL.
ADDING = frozenset({"Count", "Sum", "Avg", "StdDev", "Variance"})
RECORDS = frozenset({"Case", "Stay", "Wait", "Deal", "Dispute", "Ruling", "Transfer"})
TABLES = re.compile(r"\b(cases_(case|stay|wait)|deals_(deal|transfer)|disputes_(dispute|ruling))\b")
IN_SQL = re.compile(r"\b(COUNT|SUM|AVG|PERCENTILE_CONT)\s*\(", re.IGNORECASE)

BALANCE = "a balance of the money ledger is the sum of its transfers"
SWEEP = "the sweep that looks whether the money ledger is whole"
PAGES = "how many a page or a badge counts: not reported anywhere"
RULE = "a rule of the lifecycle counts: not reported anywhere"
WORDS = "two counts that insight gave, said as a part of one another"
TRIGGER = "the trigger that refuses to overdraw the escrow sums it"
OTHERWISE = {
    "api/reading.py sums": BALANCE,
    "cases/lists.py": PAGES,
    "deals/actions.py _volume": RULE,
    "deals/ledger.py": BALANCE,
    "deals/ledger.py check_slice": SWEEP,
    "deals/lists.py counts": PAGES,
    "deals/models.py": TRIGGER,
    "deals/overview.py _running": PAGES,
    "deals/overview.py _used": PAGES,
    "demo/dealing.py _is_full": RULE,
    "watch/checks.py next_deals": SWEEP,
    "web/dashboards/asking.py plus": WORDS,
    "web/dashboards/reasons.py _none_of": WORDS,
    "web/flow/asked.py share": WORDS,
    "web/flow/told.py part": WORDS,
    "web/questions/of_tiers.py split": WORDS,
    "web/questions/of_tiers.py tier_1_alone": WORDS,
    "web/review/answered.py part": WORDS,
}


def test_no_reported_number_is_worked_out_outside_insight() -> None:
    assert sorted(set(worked_out())) == sorted(OTHERWISE)


def worked_out() -> Iterator[str]:
    """The functions, or files, outside `insight` that do what only a metric does."""
    for path in python_files():
        if room_of(path) != "insight":
            for node in ast.walk(tree(path)):
                if is_statistic(node) or adds_up(node, path) or is_adding_sql(node):
                    yield named(path, node)


def is_statistic(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) in STATISTICS


def adds_up(node: ast.AST, path: Path) -> bool:
    """An aggregate, or a count of a query set, in a file that reads the records."""
    if not isinstance(node, ast.Call) or not RECORDS & imported(path):
        return False
    counts = called(node) == "count" and isinstance(node.func, ast.Attribute) and not node.args
    return called(node) in ADDING or (counts and bool(RECORDS & names(node.func)))


def is_adding_sql(node: ast.AST) -> bool:
    text = node.value if isinstance(node, ast.Constant) else ""
    return isinstance(text, str) and bool(IN_SQL.search(text) and TABLES.search(text))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


@cache
def imported(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    return {name.name for node in nodes for name in node.names}


def named(path: Path, node: ast.AST) -> str:
    """The innermost function that the node is in."""
    line = getattr(node, "lineno", 0)
    around = [each for each in functions(path) if each.lineno <= line <= (each.end_lineno or 0)]
    innermost = max(around, key=lambda each: each.lineno, default=None)
    where = path.relative_to(PACKAGE).as_posix()
    return f"{where} {innermost.name}" if innermost else where


@pytest.mark.parametrize(
    "source",
    [
        "def f(values):\n    return statistics.median(values)",
        "x = Share(1, 1, 2)",
        'QUERY = "SELECT COUNT(*) FROM cases_stay"',
        "from m import Case\nn = Case.objects.filter(x=1).count()",
        "from m import Deal\nn = rows.annotate(n=Count('id'))",
    ],
)
def test_the_test_sees_each_way_to_work_a_number_out(source: str, tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text(source, encoding="utf-8")
    nodes = list(ast.walk(tree(path)))
    assert any(is_statistic(node) or adds_up(node, path) or is_adding_sql(node) for node in nodes)


def test_two_metrics_of_one_key_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two metrics are called requests_in"):
        gathered([support_flow, support_flow])


def test_every_metric_is_a_question_with_an_example() -> None:
    for key, metric in METRICS.items():
        assert metric.key == key
        assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
        assert str(metric.question).endswith("?"), key
        assert str(metric.name), key
        assert str(metric.dated), key
        assert str(metric.example).endswith("."), key


def test_every_metric_has_the_list_behind_it_unless_it_is_of_nothing_listed() -> None:
    assert [key for key, each in METRICS.items() if not each.members and each.subject != Subject.NONE] == []


def test_the_page_of_metrics_in_the_handbook_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_two_metrics_say_the_same_of_themselves() -> None:
    said = sorted((str(each.name), str(each.dated), each.key) for each in METRICS.values())
    assert [(one, other) for one, other in pairwise(said) if one[:2] == other[:2]] == []
