"""Disputes and their deadlines: what runs, how urgent it is, why, who ends it, how long that takes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.bands import Share
from opsdesk.insight.registry import Side, Unit
from opsdesk.insight.statistics import Spread
from opsdesk.web.dashboards.ground import Ground, brackets, counted
from opsdesk.web.dashboards.pieces import Content, Picture, bars
from opsdesk.web.dashboards.reasons import reasons_table
from opsdesk.web.dashboards.urgency import (
    URGENCY,
    bin_of,
    urgency_name,
    urgency_picture,
    urgent,
    urgent_sentence,
)
from opsdesk.web.deals import labels
from opsdesk.web.numbers.cells import figure
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import phrase

METRICS = (
    "disputes_active",
    "disputes_raised",
    "dispute_reasons",
    "intervention",
    "resolution_time",
    "resolution_time_ruled",
    "dispute_first_response",
    "disputes_untouched",
)


def content(ground: Ground) -> Content:
    """The page's pieces."""
    return Content(
        sentences=(urgent_sentence(ground), raised_sentence(ground), intervention_sentence(ground)),
        tiles=(
            ground.tile("disputes_active"),
            ground.tile("disputes_raised"),
            ground.tile("intervention", ground.limits_text("intervention")),
            ground.tile("resolution_time", _("from raised to decided, by whomever")),
            ground.tile("dispute_first_response", _("half of those worked on waited at most this")),
            ground.tile("disputes_untouched", _("not decided, and nobody has worked on them")),
            ground.tile("resolution_time_ruled", _("half of those that an operator ruled took at most this")),
        ),
        pictures=(urgency_picture(ground), _reasons(ground)),
        tables=(_active(ground), reasons_table(ground), _by_category(ground)),
        is_urgent=urgent(ground) > 0,
    )


def raised_sentence(ground: Ground) -> str:
    """How many were raised, and why most of them."""
    counts = {key[0]: counted(each) for key, each in ground.ask("disputes_raised", "reason").items()}
    total = sum(counts.values())
    if not total:
        return _("No dispute was raised in this period.")
    order = [reason.value for reason in Reason]
    top = min(counts, key=lambda code: (-counts[code], order.index(code)))
    words = {
        "n": ground.opening(total, "disputes_raised"),
        "top": ground.opening(counts[top], "disputes_raised", ("reason",), (top,)),
        "reason": labels.word(labels.REASONS, top),
    }
    said = ngettext(
        "%(n)d dispute was raised in this period: %(reason)s.",
        "%(n)d disputes were raised in this period, most often for: %(reason)s (%(top)d).",
        total,
    )
    return phrase(said, words)


def intervention_sentence(ground: Ground) -> str:
    """Who ended the disputes whose deadlines lay in the period."""
    found = ground.ask("intervention")[()]
    if not isinstance(found, Share) or not found.of:
        return _("No deadline of a dispute lay in this period.")
    words = {
        "of": ground.opening(found.of, "intervention", side=Side.WHOLE),
        "ruled": ground.opening(found.low, "intervention"),
        "share": brackets(found),
    }
    said = ngettext(
        "Of %(of)d dispute whose deadline lay in this period operators ruled %(ruled)d (%(share)s).",
        "Of %(of)d disputes whose deadline lay in this period operators ruled %(ruled)d (%(share)s).",
        found.of,
    )
    return phrase(said, words)


def _reasons(ground: Ground) -> Picture:
    answers = ground.ask("disputes_raised", "reason")
    bins = [
        bin_of(labels.word(labels.REASONS, code), n, ground.href("disputes_raised", ("reason",), (code,)))
        for code, n in ((reason.value, counted(answers.get((reason.value,)))) for reason in Reason)
        if n
    ]
    return bars("why", _("Why disputes were raised"), sorted(bins, key=lambda each: -each.value))


def _active(ground: Ground) -> Table:
    by = ("scope", "urgency")
    answers, every = ground.ask("disputes_active", *by), ground.ask("disputes_active", "scope")
    rows = [
        (
            heading(labels.scope_name(scope)),
            *(ground.cell("disputes_active", answers, by, (scope, band)) for band in URGENCY),
            ground.cell("disputes_active", every, ("scope",), (scope,)),
        )
        for (scope,) in sorted(every)
    ]
    columns = (
        Column(_("Scope"), is_number=False),
        *(Column(urgency_name(band)) for band in URGENCY),
        Column(_("All")),
    )
    return ground.table(
        "active", _("Active disputes by scope"), columns, rows, empty=_("No dispute is open.")
    )


def _by_category(ground: Ground) -> Table:
    by = ("category",)
    keys = ("disputes_raised", "disputes_untouched", "intervention", "resolution_time")
    answers = {key: ground.ask(key, *by) for key in keys}
    ruled = ground.ask("resolution_time_ruled", *by)
    rows = [
        (
            heading(labels.category_name(category)),
            *(ground.cell(key, answers[key], by, (category,)) for key in keys),
            *_median_and_p90(ground, ruled.get((category,)), category),
        )
        for category in sorted({key[0] for found in answers.values() for key in found})
    ]
    columns = (
        Column(_("Category"), is_number=False),
        Column(_("Disputes raised")),
        Column(_("Untouched")),
        Column(_("Intervention")),
        Column(_("Mean resolution time")),
        Column(_("Median, ruled by operators")),
        Column(_("p90, ruled by operators")),
    )
    return ground.table("by-category", _("Who ends disputes, and how fast"), columns, rows)


def _median_and_p90(ground: Ground, found: object, category: str) -> tuple[Cell, Cell]:
    if not isinstance(found, Spread):
        return Cell("–", ""), Cell("–", "")
    href = ground.href("resolution_time_ruled", ("category",), (category,))
    return (
        figure(found, found.median, Unit.SECONDS, href),
        figure(found, found.p90, Unit.SECONDS, href),
    )
