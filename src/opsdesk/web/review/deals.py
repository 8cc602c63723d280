"""The sections of the deals desk: where deals stand, the categories side by side, disputes, what is stuck."""

from collections.abc import Callable, Iterable
from fractions import Fraction

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share
from opsdesk.review.document import Category, OfDeals
from opsdesk.review.numbers import Number
from opsdesk.web.deals import labels
from opsdesk.web.escaping import html_of
from opsdesk.web.funnel.words import period_text
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import joined, phrase
from opsdesk.web.review.beside import cells
from opsdesk.web.review.compared import name_of
from opsdesk.web.review.numbers import Source, summed, total, when
from opsdesk.web.review.paper import Item, Section

Name = Callable[[str], str]


def sections(found: OfDeals, source: Source) -> Iterable[Section]:
    """What only a review of deals has."""
    yield Section(
        "deals",
        _("Where the deals stand"),
        said=tuple(_standing(found, source)),
        tables=(
            _counts("states", _("Created, by state"), found.states, "state", state, source),
            _counts("running", _("Not settled at the end, by state"), found.running, "state", state, source),
            _counts("endings", _("Settled, by how"), found.endings, "ending", ending, source),
            _days(found, source),
        ),
    )
    yield Section("categories", _("The categories side by side"), tables=tuple(_compared(found, source)))
    yield Section(
        "disputes",
        _("Disputes and their reasons"),
        said=tuple(_why(found, source)),
        tables=(_reasons(found, source),),
    )
    yield Section("questions", _("The questions, answered"), items=tuple(_questions(found, source)))


def state(code: str) -> str:
    """A state in words."""
    return labels.word(labels.STATES, code)


def ending(code: str) -> str:
    """How a deal ended, in words."""
    return labels.word(labels.ENDINGS, code)


def reason(code: str) -> str:
    """A reason in words."""
    return labels.word(labels.REASONS, code)


def _standing(found: OfDeals, source: Source) -> Iterable[str]:
    running, settled = summed(found.running), summed(found.endings)
    said = ngettext("%(n)d deal was settled.", "%(n)d deals were settled.", settled)
    yield phrase(said, {"n": _all(found.endings, source)})
    said = ngettext("%(n)d was not settled at the end.", "%(n)d were not settled at the end.", running)
    yield phrase(said, {"n": _all(found.running, source)})


def _all(numbers: tuple[Number, ...], source: Source) -> SafeString:
    """How many all of them count, as a link to them."""
    return source.opening(total(numbers)) if numbers else SafeString("0")


def _counts(key: str, title: str, numbers: tuple[Number, ...], by: str, name: Name, source: Source) -> Table:
    rows = tuple((heading(name(each.of.get(by, ""))), source.cell(each)) for each in numbers if each.n)
    head = _("State") if by == "state" else _("How")
    columns = (Column(head, is_number=False), Column(_("Deals")))
    return Table(key, title, columns, rows, empty=_("None."))


def _days(found: OfDeals, source: Source) -> Table:
    title = _("Settled, by how long it took")
    rows = tuple((heading(name_of(each.metric)), source.cell(each)) for each in found.days)
    return Table("days", title, (Column(_("Days"), is_number=False), Column(_("Deals"))), rows)


def _compared(found: OfDeals, source: Source) -> Iterable[Table]:
    """A table for each category: its numbers beside those of the period before."""
    before = period_text(source.document.before, source.desk)
    for category in found.categories:
        columns = (
            Column(_("Number"), is_number=False),
            Column(when(source)),
            Column(before),
            Column(_("Difference")),
        )
        title = labels.category_name(category.key)
        yield Table(f"category-{category.key}", title, columns, _lines(category, source))


def _lines(category: Category, source: Source) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            heading(name_of(each.now.metric)),
            *cells(each, source),
        )
        for each in category.numbers
    )


def _why(found: OfDeals, source: Source) -> Iterable[str]:
    """Each category's most frequent reason; where several are level, the number opens the first one's."""
    for category in dict.fromkeys(each.of["category"] for each in found.reasons):
        of_it = [each for each in found.reasons if each.of["category"] == category and each.n]
        if of_it:
            most = max(of_it, key=lambda each: each.n)
            level = sum(each.n == most.n for each in of_it)
            words = {
                "category": labels.category_name(category),
                "reason": reason(most.of["reason"]),
                "n": source.opening(most),
                "of": source.opening(total(of_it, category=category)),
                "level": level,
            }
            said = _("In %(category)s most often %(reason)s: %(n)d of %(of)d.")
            if level > 1:
                said = _("In %(category)s no reason stands out: %(level)d are level, each %(n)d of %(of)d.")
            yield phrase(said, words)


def _reasons(found: OfDeals, source: Source) -> Table:
    rows = tuple(
        (
            heading(labels.category_name(each.of["category"])),
            heading(reason(each.of["reason"])),
            source.cell(each),
        )
        for each in found.reasons
        if each.n
    )
    columns = (
        Column(_("Category"), is_number=False),
        Column(_("Reason"), is_number=False),
        Column(_("Disputes")),
    )
    return Table("reasons", _("Disputes raised"), columns, rows, empty=_("No dispute was raised."))


def _questions(found: OfDeals, source: Source) -> Iterable[Item]:
    yield Item(
        _("How many deals are stuck, where, and is any dispute urgent?"),
        (_stuck(found, source), _urgent(found, source)),
        tables=(_where(found, source),) if found.stuck_in or found.urgent else (),
    )
    yield Item(_("Which category has the most disputes?"), (_most(found, source),))
    month = period_text(found.last_month, source.desk)
    volume = zip(("created", "settled", "disputes"), map(source.opening, found.volume), strict=True)
    said = _("In %(when)s %(created)d deals were created, %(settled)d settled, %(disputes)d disputes raised.")
    yield Item(_("How much came in last month?"), (phrase(said, {"when": month, **dict(volume)}),))


def _stuck(found: OfDeals, source: Source) -> str:
    n = summed(found.stuck)
    if not n:
        return _("No deal is stuck.")
    states = joined(
        html_of("{} {}", source.opening(each), state(each.of["state"])) for each in found.stuck if each.n
    )
    form = ngettext("%(n)d deal is stuck: %(states)s.", "%(n)d deals are stuck: %(states)s.", n)
    return phrase(form, {"n": _all(found.stuck, source), "states": states})


def _urgent(found: OfDeals, source: Source) -> str:
    n = summed(found.urgent)
    if not n:
        return _("No dispute is urgent.")
    form = ngettext(
        "%(n)d dispute has less than 24 hours left.", "%(n)d disputes have less than 24 hours left.", n
    )
    every = total(found.urgent, urgency=found.urgent[0].of["urgency"])
    return phrase(form, {"n": source.opening(every)})


def _where(found: OfDeals, source: Source) -> Table:
    stuck = {each.of["scope"]: each for each in found.stuck_in}
    urgent = {each.of["scope"]: each for each in found.urgent}
    rows = tuple(
        (
            heading(labels.scope_name(scope)),
            *(source.cell(each[scope]) if scope in each else Cell("0", 0) for each in (stuck, urgent)),
        )
        for scope in dict.fromkeys([*stuck, *urgent])
    )
    columns = (Column(_("Scope"), is_number=False), Column(_("Stuck deals")), Column(_("Under 24 hours")))
    return Table("stuck", _("Where"), columns, rows)


def _most(found: OfDeals, source: Source) -> str:
    """The category with the most disputes by count and by rate, of those with 20 deals or more; both. Where
    several have as many, the number opens the first one's."""
    counts: dict[str, int] = {}
    for each in found.reasons:
        counts[each.of["category"]] = counts.get(each.of["category"], 0) + each.n
    most = max(counts.values(), default=0)
    if not most:
        return _("No dispute was raised.")
    by_count = sorted(each for each, n in counts.items() if n == most)
    first = [each for each in found.reasons if each.of["category"] == by_count[0]]
    words: dict[str, object] = {
        "count": _names(by_count),
        "n": source.opening(total(first, category=by_count[0])),
    }
    rates = {each.key: rate for each in found.categories if (rate := _rate(each)) is not None}
    if not rates:
        said = _("%(count)s had the most disputes by count (%(n)d); for rates there are too few deals.")
        return phrase(said, words)
    exact = {key: _fraction(rate) for key, rate in rates.items()}
    by_rate = sorted(key for key, rate in exact.items() if rate == max(exact.values()))
    words |= {"rate": _names(by_rate), "share": source.share(rates[by_rate[0]])}
    said = _("%(count)s had the most disputes by count (%(n)d), %(rate)s by rate (%(share)s).")
    if by_rate == by_count:
        said = _("%(count)s had the most disputes, by count (%(n)d) and by rate (%(share)s).")
    return phrase(said, words)


def _fraction(rate: Number) -> Fraction:
    answer = rate.answer
    return Fraction(answer.low, answer.of) if isinstance(answer, Share) else Fraction(0)


def _names(categories: Iterable[str]) -> str:
    return _(" and ").join(labels.category_name(each) for each in categories)


def _rate(category: Category) -> Number | None:
    """A category's dispute rate, where it has one and is of enough deals."""
    for each in category.numbers:
        answer = each.now.answer
        if each.now.metric == "dispute_rate" and isinstance(answer, Share) and answer.low:
            return None if answer.is_small else each.now
    return None
