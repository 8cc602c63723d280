"""The categories side by side: deals, disputes by count and by rate, why, how long, and what to do."""

from fractions import Fraction

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import metric
from opsdesk.insight.registry import Answers, Mean
from opsdesk.insight.statistics import SMALL
from opsdesk.playbook import queries as playbooks
from opsdesk.web.charts.donut import Slice
from opsdesk.web.charts.histogram import Bin
from opsdesk.web.dashboards.ground import Ground, counted
from opsdesk.web.dashboards.pieces import Content, Picture, bars, ring, series
from opsdesk.web.dashboards.reasons import level_opening, level_text, reasons_table, top_reasons
from opsdesk.web.deals import labels
from opsdesk.web.escaping import html_of
from opsdesk.web.funnel.words import share_inside, share_parts, share_text
from opsdesk.web.numbers.cells import measured
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import joined, opening, phrase

COMPARED = (
    "deals_created",
    "disputes_raised",
    "dispute_rate",
    "time_to_settle",
    "resolution_time",
    "intervention",
    "completion",
)
METRICS = (*COMPARED, "dispute_reasons")
BY = ("category",)


def content(ground: Ground) -> Content:
    """The page's pieces."""
    most = list(dict.fromkeys([*most_by_count(ground), *most_by_rate(_rates_of(ground))]))
    said = (most_sentence(ground), few_sentence(_rates_of(ground)), *why_sentences(ground, most))
    return Content(
        sentences=tuple(each for each in said if each),
        pictures=(
            _deals(ground),
            _rates(ground),
            _times(ground, "time_to_settle"),
            _times(ground, "resolution_time"),
        ),
        tables=(_compared(ground), reasons_table(ground)),
    )


def most_by_count(ground: Ground) -> list[str]:
    """The categories with the most disputes; several where they are level."""
    counts = {key[0]: counted(each) for key, each in ground.ask("disputes_raised", *BY).items()}
    most = max(counts.values(), default=0)
    return sorted(category for category, n in counts.items() if n == most and most)


def most_by_rate(rates: Answers) -> list[str]:
    """The categories with the highest dispute rate, compared exactly, of those with 20 deals or more."""
    found = {
        key[0]: Fraction(each.low, each.of)
        for key, each in rates.items()
        if isinstance(each, Share) and not each.is_small
    }
    most = max(found.values(), default=Fraction(0))
    return sorted(category for category, rate in found.items() if rate == most and most)


def is_apart(ground: Ground) -> bool:
    """Whether a filter in use narrows the disputes but not their rate: the two can't share a sentence."""
    return any(name not in metric("dispute_rate").filters for name in ground.place.filters)


def _rates_of(ground: Ground) -> Answers:
    """The dispute rates that may be said beside the disputes."""
    return {} if is_apart(ground) else ground.ask("dispute_rate", *BY)


def few_sentence(rates: Answers) -> str:
    """Which categories have deals, but too few to be compared by rate."""
    few = sorted(key[0] for key, each in rates.items() if isinstance(each, Share) and 0 < each.of < SMALL)
    return _("Too few deals to compare by rate: %(names)s.") % {"names": _names(few)} if few else ""


def most_sentence(ground: Ground) -> str:
    """Which category has the most disputes, by count and by rate; both where they differ."""
    rates = _rates_of(ground)
    by_count, by_rate = most_by_count(ground), most_by_rate(rates)
    if not by_count and not by_rate:
        return _nothing(ground)
    counts = ground.ask("disputes_raised", *BY)
    words = {
        "count": _names(by_count),
        "n": _opening(ground, counts, by_count),
        "rate": _names(by_rate),
        "share": _share(ground, rates, by_rate),
    }
    if is_apart(ground):
        said = _("The most of these disputes are in %(count)s (%(n)d).")
    elif not by_rate:
        said = _("By count the most disputes are in %(count)s (%(n)d); no rate is known yet.")
    elif not by_count:
        said = _("By rate the most disputes are in %(rate)s (%(share)s); none was raised in this period.")
    elif by_count == by_rate:
        said = _("The most disputes are in %(count)s, by count (%(n)d) and by rate (%(share)s).")
    else:
        said = _("By count the most disputes are in %(count)s (%(n)d), by rate in %(rate)s (%(share)s).")
    return phrase(said, words)


def _nothing(ground: Ground) -> str:
    if ground.place.filters:
        return _("With these filters no category has a dispute in this period.")
    return _("No category has a dispute in this period.")


def _opening(ground: Ground, counts: Answers, categories: list[str]) -> SafeString:
    """How many the first of these categories has, opening them; all of them have as many."""
    first = tuple(categories[:1])
    return ground.opening(counted(counts.get(first)), "disputes_raised", BY, first)


def _names(categories: list[str]) -> str:
    names = [labels.category_name(each) for each in categories]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def _share(ground: Ground, rates: Answers, categories: list[str]) -> SafeString:
    """The rate of the first of these categories, opening what it counts."""
    first = tuple(categories[:1])
    found = rates.get(first) if first else None
    if not isinstance(found, Share):
        return opening("", "")
    return opening(share_inside(found), ground.href("dispute_rate", BY, first))


def why_sentences(ground: Ground, categories: list[str]) -> list[SafeString]:
    """Why there, and what its playbook says to do about it."""
    return [_why(ground, category) for category in categories if top_reasons(ground, category)[0]]


def _why(ground: Ground, category: str) -> SafeString:
    """Of reasons that are level each is said; what to do follows from one alone."""
    reasons, n = top_reasons(ground, category)
    name = labels.category_name(category)
    counts = [ground.opening(n, "disputes_raised", ("reason", *BY), (each, category)) for each in reasons]
    named = [labels.word(labels.REASONS, each) for each in reasons]
    if len(reasons) > 1:
        level = joined(html_of("{} ({})", *each) for each in zip(named, counts, strict=True))
        said = _("Why: in %(category)s no reason stands out, these are level: %(reasons)s.")
        return phrase(said, {"category": name, "reasons": level})
    words = {"category": name, "reason": named[0], "n": counts[0], "todo": pattern(category, reasons[0])}
    why = phrase(_("Why: in %(category)s the most frequent reason is %(reason)s (%(n)d)."), words)
    todo = phrase(_("What to do, by its playbook: %(todo)s"), words) if words["todo"] else ""
    return joined((part for part in (why, todo) if part), " ")


def pattern(category: str, reason: str) -> str:
    """How disputes of that reason are usually resolved; empty where the playbook says nothing."""
    page = playbooks.page(category, get_language() or "en")
    return page.pattern(reason) if page else ""


def _deals(ground: Ground) -> Picture:
    answers = ground.ask("deals_created", *BY)
    slices = [
        Slice(
            name=(name := labels.category_name(category)),
            value=counted(each),
            label=_("%(name)s: %(n)d") % {"name": name, "n": counted(each)},
            href=ground.href("deals_created", BY, (category,)),
            kind=series(number),
        )
        for number, ((category,), each) in enumerate(sorted(answers.items()))
    ]
    return ring("deals", _("Deals by category"), slices, ground.href("deals_created"))


def _rates(ground: Ground) -> Picture:
    bins = []
    for number, ((category,), share) in enumerate(sorted(ground.ask("dispute_rate", *BY).items())):
        assert isinstance(share, Share)
        if share.of:
            name = labels.category_name(category)
            words = {"name": name, "n": share.low, "of": share.of, "text": share_parts(share)[0]}
            label = _("%(name)s: %(n)d of %(of)d deals came to an issue") % words
            href = ground.href("dispute_rate", BY, (category,)) if share.low else ""
            bins.append(Bin(name, share.low / share.of, share_text(share), label, href, series(number)))
    return bars("rates", _("Dispute rate by category"), bins)


def _times(ground: Ground, key: str) -> Picture:
    """How long it takes in each category, on average; the mark opens what the mean is of."""
    found = metric(key)
    bins = []
    for number, ((category,), mean) in enumerate(sorted(ground.ask(key, *BY).items())):
        if isinstance(mean, Mean) and mean.value is not None:
            name = labels.category_name(category)
            time = measured(mean.value, found.unit)
            label = _("%(name)s, %(time)s on average: %(n)d") % {"name": name, "time": time, "n": mean.n}
            href = ground.href(key, BY, (category,))
            bins.append(Bin(name, mean.value, time, label, href, series(number)))
    return bars(key.replace("_", "-"), _(found.name), bins)


def _compared(ground: Ground) -> Table:
    answers = {key: ground.ask(key, *BY) for key in COMPARED}
    rows = [
        (
            heading(labels.category_name(category)),
            *(ground.cell(key, found, BY, (category,)) for key, found in answers.items()),
            _top(ground, category),
        )
        for category in sorted({of[0] for found in answers.values() for of in found})
    ]
    titles = (
        _("Deals"), _("Disputes"), _("Dispute rate"), _("Mean time to settle"), _("Mean resolution time"),
        _("Intervention"), _("Completion"),
    )  # fmt: skip
    columns = (
        Column(_("Category"), is_number=False),
        *(Column(title) for title in titles),
        Column(_("Most frequent reason"), is_number=False),
    )
    return ground.table("compared", _("Side by side"), columns, rows)


def _top(ground: Ground, category: str) -> Cell:
    """The reason most often given, opening its disputes; of several that are level the first one's."""
    reasons, n = top_reasons(ground, category)
    if not reasons:
        return heading("")
    href = ground.href("disputes_raised", ("reason", *BY), (reasons[0], category))
    if len(reasons) > 1:
        return Cell(level_opening(len(reasons), opening(n, href)), level_text(len(reasons), n))
    return heading(f"{labels.word(labels.REASONS, reasons[0])} ({n})", href)
