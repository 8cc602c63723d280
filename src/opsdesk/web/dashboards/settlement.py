"""Settlement health: how long deals take, how many are completed, and what is peculiar to a category."""

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.deals.models import Ending
from opsdesk.insight.bands import Share
from opsdesk.insight.metrics.deals_ground import published
from opsdesk.insight.registry import Mean, Side, Unit
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.memory import remembered
from opsdesk.web.charts.histogram import Bin
from opsdesk.web.dashboards.ground import Ground, brackets, counted
from opsdesk.web.dashboards.pieces import Content, Picture, bars
from opsdesk.web.deals import labels
from opsdesk.web.numbers.cells import figure
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import opening, phrase

BANDS = ("settled_under_3", "settled_3_to_5", "settled_5_to_7", "settled_7_and_more")
METRICS = (
    "completion",
    "old_never_funded",
    "time_to_settle",
    "time_to_settle_spread",
    *BANDS,
    "deals_settled",
    "deals_stuck",
    "deals_never_funded",
)
BY = ("category",)
ENDED_BY = ("category", "ending")


def content(ground: Ground) -> Content:
    """The page's pieces."""
    return Content(
        sentences=(completion_sentence(ground), settled_sentence(ground), *peculiar_sentences(ground)),
        tiles=(
            ground.tile("completion", ground.limits_text("completion")),
            ground.tile("old_never_funded", _("beside the completion rate, not in it")),
            ground.tile("time_to_settle", ground.limits_text("time_to_settle")),
            ground.tile("deals_stuck", _("funded, in the same state for more than 7 days")),
            ground.tile("deals_never_funded", _("created more than 7 days ago")),
        ),
        pictures=(_distribution(ground),),
        tables=(_bands(ground), _by_category(ground), _endings(ground)),
    )


def completion_sentence(ground: Ground) -> str:
    """Of the funded deals that are old enough, how many are settled."""
    found = ground.ask("completion")[()]
    if not isinstance(found, Share) or not found.of:
        return _("No funded deal of this period is old enough to say how many are completed.")
    words = {
        "of": ground.opening(found.of, "completion", side=Side.WHOLE),
        "settled": ground.opening(found.low, "completion"),
        "share": brackets(found),
    }
    return phrase(_("Of %(of)d funded deals that are old enough %(settled)d are settled (%(share)s)."), words)


def settled_sentence(ground: Ground) -> str:
    """How many were settled in the period, and how fast."""
    mean = ground.ask("time_to_settle")[()]
    spread = ground.ask("time_to_settle_spread")[()]
    if not isinstance(mean, Mean) or not isinstance(spread, Spread) or mean.value is None:
        return _("No deal was settled in this period.")
    median = spread.median.value if spread.median else 0
    href = ground.href("time_to_settle")
    words = {
        "n": opening(mean.n, href),
        "mean": opening(days(mean.value), href),
        "median": opening(days(median), ground.href("time_to_settle_spread")),
    }
    said = _("Settled in this period: %(n)d, after %(mean)s days on average (median %(median)s).")
    return phrase(said, words)


def peculiar_sentences(ground: Ground) -> list[SafeString]:
    """What each category does differently: its time, how much of it is inspection, how most deals end."""
    means = ground.ask("time_to_settle", *BY)
    endings = ground.ask("deals_settled", *ENDED_BY)
    if len(means) < 2:
        return []
    found = []
    for (category,), mean in sorted(means.items()):
        if isinstance(mean, Mean) and mean.value is not None:
            ending, n = _most(category, endings)
            href = ground.href("time_to_settle", BY, (category,))
            words = {
                "category": labels.category_name(category),
                "mean": opening(days(mean.value), href),
                "window": windows().get(category, "–"),
                "ending": labels.word(labels.ENDINGS, ending),
                "n": ground.opening(n, "deals_settled", ENDED_BY, (category, ending)),
                "of": opening(mean.n, href),
            }
            said = _(
                "%(category)s: %(mean)s days on average, the inspection window is %(window)s; most end as"
                " “%(ending)s” (%(n)d of %(of)d)."
            )
            found.append(phrase(said, words))
    return found


def _most(category: str, endings: object) -> tuple[str, int]:
    """The ending that most deals of a category have."""
    assert isinstance(endings, dict)
    found = {key[1]: counted(each) for key, each in endings.items() if key[0] == category}
    best = max(found, key=lambda code: found[code], default="")
    return best, found.get(best, 0)


@remembered
def windows() -> dict[str, str]:
    """Each category's inspection window in days, by the newest terms of its scopes: `3`, or `3-7`."""
    found: dict[str, list[int]] = {}
    newest = {each.scope: each for _scope, each in published()}
    for scope, each in newest.items():
        found.setdefault(scope.partition(".")[2], []).append(each.inspection_days)
    return {category: _range(min(each), max(each)) for category, each in found.items()}


def _range(low: int, high: int) -> str:
    days_text = str(low) if low == high else f"{low}-{high}"
    return _("%(days)s days") % {"days": days_text}


def days(value: float) -> str:
    return number_format(round(value, 1), 1)


def band_name(key: str) -> str:
    names = {
        "settled_under_3": _("Under 3 days"),
        "settled_3_to_5": _("3 to under 5 days"),
        "settled_5_to_7": _("5 to under 7 days"),
        "settled_7_and_more": _("7 days and more"),
    }
    return names[key]


def _distribution(ground: Ground) -> Picture:
    bins = []
    for key in BANDS:
        n = ground.count(key)
        label = _("%(name)s: %(n)d") % {"name": band_name(key), "n": n}
        bins.append(Bin(band_name(key), n, str(n), label, ground.href(key) if n else ""))
    return bars("distribution", _("Days from created to settled"), bins)


def _bands(ground: Ground) -> Table:
    answers = {key: ground.ask(key, *BY) for key in BANDS}
    categories = sorted({of[0] for found in answers.values() for of in found})
    rows = [
        (
            heading(labels.category_name(category)),
            *(ground.cell(key, found, BY, (category,)) for key, found in answers.items()),
        )
        for category in categories
    ]
    whole = (heading(_("All")), *(ground.cell(key, ground.ask(key)) for key in BANDS))
    columns = (Column(_("Category"), is_number=False), *(Column(band_name(key)) for key in BANDS))
    return ground.table(
        "bands",
        _("Deals settled, by the days they took"),
        columns,
        [*rows, whole] if rows else [],
        empty=_("No deal was settled in this period."),
    )


def _by_category(ground: Ground) -> Table:
    keys = ("completion", "old_never_funded", "time_to_settle")
    answers = {key: ground.ask(key, *BY) for key in (*keys, "deals_stuck", "deals_never_funded")}
    spreads = ground.ask("time_to_settle_spread", *BY)
    window = windows()
    rows = [
        (
            heading(labels.category_name(category)),
            *(ground.cell(key, answers[key], BY, (category,)) for key in keys),
            *_figures(ground, category, spreads.get((category,))),
            Cell(window.get(category, "–"), window.get(category, "")),
            ground.cell("deals_stuck", answers["deals_stuck"], BY, (category,)),
            ground.cell("deals_never_funded", answers["deals_never_funded"], BY, (category,)),
        )
        for category in sorted({of[0] for found in answers.values() for of in found})
    ]
    titles = (
        _("Completion"), _("Old enough, never funded"), _("Mean time to settle"), _("Median"), _("p90"),
        _("Inspection window"), _("Stuck"), _("Never funded"),
    )  # fmt: skip
    columns = (Column(_("Category"), is_number=False), *(Column(title) for title in titles))
    return ground.table("by-category", _("What is peculiar to a category"), columns, rows)


def _figures(ground: Ground, category: str, found: object) -> tuple[Cell, Cell]:
    if not isinstance(found, Spread):
        return Cell("–", ""), Cell("–", "")
    href = ground.href("time_to_settle_spread", BY, (category,))
    return figure(found, found.median, Unit.DAYS, href), figure(found, found.p90, Unit.DAYS, href)


def _endings(ground: Ground) -> Table:
    by = ("category", "ending")
    answers = ground.ask("deals_settled", *by)
    every = ground.ask("deals_settled", *BY)
    rows = [
        (
            heading(labels.category_name(category)),
            *(ground.cell("deals_settled", answers, by, (category, ending.value)) for ending in Ending),
            ground.cell("deals_settled", every, BY, (category,)),
        )
        for (category,) in sorted(every)
    ]
    columns = (
        Column(_("Category"), is_number=False),
        *(Column(labels.word(labels.ENDINGS, ending.value)) for ending in Ending),
        Column(_("All")),
    )
    empty = _("No deal was settled in this period.")
    return ground.table("endings", _("How deals ended"), columns, rows, empty=empty)
