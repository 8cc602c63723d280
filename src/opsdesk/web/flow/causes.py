"""Bugs, missing features or one-offs? And for which reasons requests are handed up."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.web.charts import bar
from opsdesk.web.escaping import html_of
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import Page, Picture, Told, columns, listed, part, picture
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Table, heading
from opsdesk.web.phrases import phrase


def answer(place: Place, desk: DeskDefinition) -> str:
    """What the causes were, the most frequent first."""
    causes = asked(place, "causes_above_tier_1", "cause")
    above = asked(place, "above_tier_1")
    total = above.n()
    if not total:
        return _("No request went above Tier 1.")
    resolved = causes.total()
    if not resolved:
        text = ngettext(
            "%(requests)s went above Tier 1 and is not resolved, so it has no cause yet.",
            "%(requests)s went above Tier 1 and none is resolved, so they have no cause yet.",
            total,
        )
        return phrase(text, {"requests": above.requests()})
    each = [
        html_of("{} {}", _name("cause", key, desk), part(n, resolved, causes.href(key)))
        for (key,), n in causes.ranked()
    ]
    words = {"requests": above.requests(), "resolved": causes.opening_all(), "each": listed(each)}
    return phrase(_("%(requests)s went above Tier 1; of the %(resolved)d resolved: %(each)s."), words)


def tell(place: Place, desk: DeskDefinition) -> Told:
    causes = asked(place, "causes_above_tier_1", "cause")
    standing = asked(place, "reasons_standing_in", "reason")
    reasons = asked(place, "escalation_reasons", "reason", "tier", "queue")
    first = answer(place, desk)
    if not causes.total() and not standing.total():
        return Told(
            (first,), empty=_("Nothing was handed up in this period. Choose another one, or more types.")
        )
    more = []
    if standing.total() and causes.total():
        each = [
            html_of("{} {}", _name("reason", key, desk), standing.opening(key))
            for (key,), _n in standing.ranked()
        ]
        words = {"n": standing.opening_all(), "each": listed(each)}
        form = _("%(n)d are not resolved; until they are, the reason stands in: %(each)s.")
        more.append(phrase(form, words))
    return Told(
        sentences=(first, *more),
        pictures=(_picture(causes, standing, desk),),
        tables=(_causes(causes, standing, desk), _reasons(reasons, desk), _kinds(place, desk)),
    )


def _picture(causes: Asked, standing: Asked, desk: DeskDefinition) -> Picture:
    bars, places = [], []
    for key in _codes(causes, standing):
        name = _name("cause", key, desk) if (key,) in causes.answers else _name("reason", key, desk)
        n, still = causes.n(key), standing.n(key)
        words = {"name": name, "n": n, "open": still}
        label = _("%(name)s: the cause of %(n)d resolved, the reason of %(open)d not resolved") % words
        parts = (
            bar.Part(n, "series-1", causes.href(key)),
            bar.Part(still, "is-rest series-6", standing.href(key)),
        )
        bars.append(bar.Column(parts, label, causes.href(key) if n else standing.href(key)))
        places.append(name)
    legend = [("series-1", _("resolved, by cause")), ("series-6 is-rest", _("not resolved, by reason"))]
    return picture(_("What went above Tier 1"), places, bars, legend)


def _causes(causes: Asked, standing: Asked, desk: DeskDefinition) -> Table:
    rows = tuple(
        (
            heading(_name("cause" if (key,) in causes.answers else "reason", key, desk)),
            causes.cell(key),
            standing.cell(key),
        )
        for key in _codes(causes, standing)
    )
    return Table(
        "causes",
        _("What went above Tier 1"),
        columns(_("Cause or reason"), _("Cause, resolved"), _("Reason, not resolved")),
        rows,
        note=_(
            "A cause is known once a request is resolved. Until then the reason stands in;"
            " the two are never added."
        ),
    )


def _codes(*answers: Asked) -> list[str]:
    """The codes of all, those of the first before, the most frequent first."""
    return list(dict.fromkeys(key[0] for each in answers for key, _n in each.ranked()))


def _reasons(reasons: Asked, desk: DeskDefinition) -> Table:
    ways = sorted({(key[1], key[2]) for key in reasons.answers})
    codes = list(reasons.sums(0))
    head = [f"{value_name('queue', queue, desk)} ({value_name('tier', tier, desk)})" for tier, queue in ways]
    rows = tuple(
        (heading(_name("reason", code, desk)), *(reasons.cell(code, tier, queue) for tier, queue in ways))
        for code in codes
    )
    return Table(
        "reasons",
        _("Why requests were handed up, by the queue that did"),
        columns(_("Reason"), *head),
        rows,
        note=_(
            "A request that was handed up twice, for two reasons or from two queues, stands in both places."
        ),
        empty=_("No request was handed up."),
    )


def _kinds(place: Place, desk: DeskDefinition) -> Table:
    causes = asked(place, "causes_above_tier_1", "type", "cause")
    codes, kinds = list(causes.sums(1)), list(causes.sums(0))
    rows = tuple(
        (heading(value_name("type", kind, desk)), *(causes.cell(kind, code) for code in codes))
        for kind in kinds
    )
    head = columns(_("Type"), *(_name("cause", code, desk) for code in codes))
    return Table(
        "kinds", _("Causes by type, of what is resolved"), head, rows, empty=_("None is resolved yet.")
    )


def _name(dimension: str, key: str, desk: DeskDefinition) -> str:
    if key == "-":
        return _("No cause given") if dimension == "cause" else _("Came in above Tier 1")
    return value_name(dimension, key, desk)


PAGE = Page(
    key="causes",
    title=gettext_lazy("Reasons and causes"),
    question=gettext_lazy("Bugs, missing features or one-offs?"),
    metrics=("above_tier_1", "causes_above_tier_1", "reasons_standing_in", "escalation_reasons"),
    answer=answer,
    tell=tell,
)
