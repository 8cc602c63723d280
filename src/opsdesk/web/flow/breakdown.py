"""Requests by account, by type and by queue: how many, where they were resolved, how long it took."""

from dataclasses import replace
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.accounts import queries as accounts
from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.registry import WITHOUT, Side, Unit
from opsdesk.insight.statistics import Spread
from opsdesk.kernel.memory import remembered
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Picture, Told, columns, part, picture
from opsdesk.web.funnel.pictures import SERIES_OF_TIER
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.cells import figure
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell, Table, heading
from opsdesk.web.phrases import joined, opening, phrase

DRAWN, LISTED = 8, 200
METRICS = ("requests_in", "resolved", "open", "to_resolution_elapsed", "to_resolution_working")


def answer(place: Place, desk: DeskDefinition, *, by: str) -> str:
    """Where most of them came from."""
    return _answer(asked(place, "requests_in", by), desk, by)


def _answer(found: Asked, desk: DeskDefinition, by: str) -> str:
    if not found.total():
        return _("No request came in.")
    ranked = [each for each in found.ranked() if each[0] != (WITHOUT,)]
    if not ranked:
        words: dict[str, object] = {"requests": found.requests()}
        if by == "account":
            return phrase(_("%(requests)s came in, from no known account."), words)
        return phrase(_("%(requests)s came in, without a type so far."), words)
    (key,), most = ranked[0]
    words = {
        "requests": found.requests(),
        "name": named(by, [key], desk)[key],
        "n": part(most, found.total(), found.href(key)),
    }
    if by == "account":
        return phrase(_("%(requests)s came in. %(name)s asked the most: %(n)s."), words)
    return phrase(_("%(requests)s came in. The most frequent type is %(name)s: %(n)s."), words)


def tell(place: Place, desk: DeskDefinition, *, by: str) -> Told:
    came = asked(place, "requests_in", by)
    first = _answer(came, desk, by)
    if not came.total():
        return Told((first,), empty=_("Choose another period, or look at every account and type."))
    names = named(by, [key for (key,), _n in came.ranked()[:LISTED]], desk)
    resolved = asked(place, "resolved", by, "tier")
    tiers = [str(tier) for tier in range(1, desk.top_tier + 1)]
    still = asked(place, "open", by)
    pictures = (_picture(resolved, still, names, tiers),)
    return Told((first,), pictures=pictures, tables=(_table(place, by, names, tiers, came, resolved, still),))


def _picture(resolved: Asked, still: Asked, names: dict[str, str], tiers: list[str]) -> Picture:
    bars = []
    for key, name in list(names.items())[:DRAWN]:
        parts = [
            bar.Part(resolved.n(key, tier), SERIES_OF_TIER[n % len(SERIES_OF_TIER)], resolved.href(key, tier))
            for n, tier in enumerate(tiers)
        ]
        parts.append(bar.Part(still.n(key), "is-rest series-6", still.href(key)))
        words = {"name": name, "n": sum(part.value for part in parts), "open": still.n(key)}
        label = _("%(name)s: %(n)d requests in, %(open)d not resolved") % words
        place = resolved.place
        bars.append(bar.Column(tuple(parts), label, place.members("requests_in", by=still.by, key=(key,))))
    legend = [
        *(
            (SERIES_OF_TIER[n % len(SERIES_OF_TIER)], _("resolved at Tier %(tier)s") % {"tier": tier})
            for n, tier in enumerate(tiers)
        ),
        ("series-6 is-rest", _("not resolved")),
    ]
    return picture(_("Those with the most requests"), list(names.values())[:DRAWN], bars, legend)


def _table(
    place: Place,
    by: str,
    names: dict[str, str],
    tiers: list[str],
    came: Asked,
    resolved: Asked,
    still: Asked,
) -> Table:
    wall, worked = (asked(place, f"to_resolution_{clock}", by) for clock in ("elapsed", "working"))
    rows = tuple(
        (
            heading(name),
            came.cell(key),
            *(resolved.cell(key, tier) for tier in tiers),
            still.cell(key),
            *times(wall, key),
            *times(worked, key),
        )
        for key, name in names.items()
    )
    head = columns(
        HEADS[by](),
        _("Requests in"),
        *(_("Resolved, Tier %(tier)s") % {"tier": tier} for tier in tiers),
        _("Not resolved"),
        *times_head(),
    )
    more = _("The %(n)d with the most requests.") % {"n": LISTED} if len(came.answers) > LISTED else ""
    note = _("Times of requests not resolved enter at their age so far; a figure that they touch is >=.")
    return Table(by, TITLES[by](), head, rows, note=f"{more} {note}".strip())


def times(spreads: Asked, *key: str) -> tuple[Cell, Cell]:
    """Median and 90th percentile; each opens what it is of. What they leave out stands beside the median."""
    found = spreads.answers.get(key)
    if not isinstance(found, Spread):
        return Cell("–", ""), Cell("–", "")
    unit = spreads.metric.unit
    href = spreads.href(*key)
    median = figure(found, found.median, unit, href)
    if found.missing:
        median = _with_left_out(median, found.missing, unit, spreads.href(*key, side=Side.MISSING))
    return median, figure(found, found.p90, unit, href)


def _with_left_out(median: Cell, n: int, unit: Unit, href: str) -> Cell:
    worked = unit is Unit.WORKING_SECONDS
    words = _("%(n)d without working time") if worked else _("%(n)d without a time")
    note = joined([each for each in (median.note, opening(words % {"n": n}, href)) if each])
    return replace(median, note=note, beside=(*median.beside, ("missing", n)))


def times_head() -> tuple[str, ...]:
    return (
        _("Elapsed, median"),
        _("Elapsed, 90 in 100 within"),
        _("Working, median"),
        _("Working, 90 in 100 within"),
    )


def named(by: str, keys: list[str], desk: DeskDefinition) -> dict[str, str]:
    """The names of a dimension's values, in their order."""
    known = _accounts() if by == "account" else {}
    return {key: known.get(key) or value_name(by, key, desk) for key in keys}


@remembered
def _accounts() -> dict[str, str]:
    return {each.key: each.name for each in accounts.everybody()}


HEADS = {"account": lambda: _("Account"), "type": lambda: _("Type"), "family": lambda: _("Family")}
TITLES = {"account": lambda: _("By account"), "type": lambda: _("By type"), "family": lambda: _("By family")}


def _page(by: str, title: Promise, question: Promise) -> Page:
    return Page(
        key=f"{by}s",
        title=title,
        question=question,
        metrics=METRICS,
        answer=partial(answer, by=by),
        tell=partial(tell, by=by),
    )


ACCOUNTS = _page("account", gettext_lazy("By account"), gettext_lazy("Which accounts ask the most?"))
TYPES = _page("type", gettext_lazy("By type"), gettext_lazy("What are requests about?"))
