"""Answers about the way of requests through the tiers, from the funnel."""

from dataclasses import replace

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.counts import Count
from opsdesk.insight.funnel import Funnel, TypeRow, funnel
from opsdesk.insight.registry import Question, Tally
from opsdesk.kernel.period import Period
from opsdesk.web.escaping import html_of
from opsdesk.web.findings.links import Link, month_of
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.words import by_kind, family_name, requests_opening, share_inside, type_name
from opsdesk.web.labels import shipped
from opsdesk.web.numbers import address as numbers
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.phrases import joined, opening, phrase
from opsdesk.web.questions.said import Asked, Row, Said

EVERY = FunnelFilters()
MOST_ROWS = 12
HANDED_UP = "escalation_reasons"


def counted(asked: Asked, period: Period | None = None) -> Funnel:
    """The funnel of the period asked about, or of another."""
    return funnel(desk=asked.desk.key, period=period or asked.period, filters=EVERY, now=asked.now)


def place_of(asked: Asked) -> Place:
    return Place(asked.desk.key, month=month_of(asked.period, asked.desk.zone))


def lists_of(asked: Asked) -> numbers.Place:
    """Where the lists of the catalogue's numbers are."""
    return numbers.Place(
        desk=asked.desk.key,
        zone=asked.desk.zone,
        now=asked.now,
        path=reverse("questions"),
        month=month_of(asked.period, asked.desk.zone),
    )


def opened(count: Count, place: Place) -> SafeString:
    """A count of the funnel that opens its cases."""
    return opening(count.n, place.cases(count.pick) if count.n else "")


def all_in(count: Count, place: Place) -> SafeString:
    """The same in words: `204 requests`."""
    return requests_opening(count.n, place.cases(count.pick))


def nothing_came(asked: Asked) -> Said:
    """The answer where no request came in."""
    ledger = Link(_("The intake ledger: what reached the desk"), None, reverse("ledger"))
    return Said(_("Nothing came in in %(when)s.") % {"when": asked.when}, links=(ledger, _funnel(asked)))


def _funnel(asked: Asked) -> Link:
    return Link(_("The funnel of %(when)s") % {"when": asked.when}, None, place_of(asked).page())


def _still_open(found: Funnel, place: Place) -> tuple[str, ...]:
    if not found.open.n:
        return ()
    still = ngettext("%(n)d is not resolved yet.", "%(n)d are not resolved yet.", found.open.n)
    return (phrase(still, {"n": opened(found.open, place)}),)


def split(asked: Asked) -> Said:
    """Which tier resolved how much of all."""
    found, place = counted(asked), place_of(asked)
    whole = found.requests.n
    if not whole:
        return nothing_came(asked)
    parts, rows = [], []
    for row in found.tiers:
        share = Share(row.resolved.n, row.resolved.n + row.open.n, whole)
        words = {"tier": row.tier, "n": opened(row.resolved, place), "share": share_inside(share)}
        parts.append(phrase(_("Tier %(tier)d resolved %(n)d (%(share)s)"), words))
        cells = [_cell(count.n, count.pick, place) for count in (row.received, row.resolved, row.escalated)]
        rows.append(Row(_("Tier %(tier)d") % {"tier": row.tier}, tuple(cells)))
    words = {"requests": all_in(found.requests, place), "when": asked.when, "parts": joined(parts)}
    return Said(
        phrase(_("Of %(requests)s in %(when)s, %(parts)s."), words),
        more=_still_open(found, place),
        head=(_("Received"), _("Resolved"), _("Handed up")),
        rows=tuple(rows),
        links=(_funnel(asked),),
    )


def _cell(n: int, pick: str, place: Place, kind: str | None = None) -> tuple[str, str]:
    return str(n), place.cases(pick, kind=kind) if n else ""


def tier_1_alone(asked: Asked) -> Said:
    """What Tier 1 resolves without handing anything up, in all and type by type."""
    found, place = counted(asked), place_of(asked)
    if not found.requests.n:
        return nothing_came(asked)
    share = found.tier_1_share
    words = {
        "share": share_inside(share),
        "n": opened(found.tiers[0].resolved, place),
        "requests": all_in(found.requests, place),
        "when": asked.when,
    }
    ordered = sorted(found.types, key=lambda row: (-row.requests, row.type))
    rows = [
        Row(
            shipped(type_name(asked.desk, row.type)),
            (
                _cell(row.requests, "in", place, row.type),
                _cell(row.resolved[0], "resolved:1", place, row.type),
                _share(Share(row.resolved[0], row.resolved[0] + row.open[0], row.requests), row.type, place),
            ),
        )
        for row in ordered[:MOST_ROWS]
    ]
    return Said(
        phrase(_("Tier 1 handles %(share)s alone: it resolved %(n)d of %(requests)s in %(when)s."), words),
        more=_still_open(found, place),
        head=(_("In"), _("Resolved at Tier 1"), _("Share")),
        rows=tuple(rows),
        links=(Link(_("Resolved at Tier 1"), share.low, place.cases("resolved:1")), _funnel(asked)),
    )


def _share(share: Share, kind: str, place: Place) -> tuple[str, str]:
    """What Tier 1 resolved of a type, as a share that opens it."""
    return share_inside(share), place.cases("resolved:1", kind=kind) if share.low else ""


def to_tier_2(asked: Asked) -> Said:
    """What came to Tier 2, into which queues, and why it was handed up."""
    found, place = counted(asked), place_of(asked)
    if not found.requests.n:
        return nothing_came(asked)
    received = found.tiers[1].received if len(found.tiers) > 1 else None
    if received is None or not received.n:
        return Said(_("Nothing went to Tier 2 in %(when)s.") % {"when": asked.when}, links=(_funnel(asked),))
    paths, reasons = _broken(asked, "to"), _broken(asked, "reason")
    words = {"n": opened(received, place), "requests": all_in(found.requests, place)}
    form = _("%(n)d of %(requests)s entered at Tier 2 directly.")
    if paths:
        form, words["paths"] = (
            _("%(n)d of %(requests)s went to Tier 2: %(paths)s."),
            _listed(paths, asked, "to"),
        )
    listed = {"reasons": _listed(reasons, asked, "reason")}
    why = phrase(_("They were handed up for: %(reasons)s."), listed)
    direct = _direct(found.tiers[1].entered, place) if paths else ()
    return Said(
        phrase(form, words),
        more=(*((why,) if reasons else ()), *direct, *_still_open(found, place)),
        head=(_("To Tier 2"),),
        rows=_types_at(asked, found.types, 2, place),
        links=(Link(_("Received by Tier 2"), received.n, place.cases("received:2")), _funnel(asked)),
    )


def _direct(entered: Count, place: Place) -> tuple[str, ...]:
    if not entered.n:
        return ()
    said = ngettext("%(n)d entered at Tier 2 directly.", "%(n)d entered at Tier 2 directly.", entered.n)
    return (phrase(said, {"n": opened(entered, place)}),)


def _broken(asked: Asked, by: str) -> list[tuple[str, int]]:
    """Requests that Tier 1 handed up, by where to or by reason, the most frequent first."""
    question = Question(asked.desk.key, asked.period, asked.now, by=("tier", by))
    answers = ask(HANDED_UP, question)
    found = [(key[1], each.n) for key, each in answers.items() if key[0] == "1" and isinstance(each, Tally)]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _listed(found: list[tuple[str, int]], asked: Asked, by: str) -> SafeString:
    """Each with its number, which opens the requests that Tier 1 handed there or for that."""
    name, href = "queue" if by == "to" else by, lists_of(asked).opener(HANDED_UP, by=("tier", by))
    return joined(
        html_of("{} {}", opening(n, href(("1", key))), value_name(name, key, asked.desk)) for key, n in found
    )


def _types_at(asked: Asked, types: tuple[TypeRow, ...], tier: int, place: Place) -> tuple[Row, ...]:
    ordered = sorted(types, key=lambda row: (-row.received[tier - 1], row.type))
    return tuple(
        Row(
            f"{shipped(family_name(asked.desk, row.family))}: {shipped(type_name(asked.desk, row.type))}",
            (_cell(row.received[tier - 1], f"received:{tier}", place, row.type),),
        )
        for row in ordered[:MOST_ROWS]
        if row.received[tier - 1]
    )


def past_tier_2(asked: Asked) -> Said:
    """What came to Tier 2 and went on to Tier 3."""
    found, place = counted(asked), place_of(asked)
    if not found.requests.n:
        return nothing_came(asked)
    if len(found.tiers) < 3:
        return Said(_("This desk has no Tier 3."), links=(_funnel(asked),))
    second, third = found.tiers[1], found.tiers[2]
    if not second.escalated.n:
        words = {"n": opened(second.received, place), "when": asked.when}
        nothing = phrase(_("Nothing passed Tier 2 in %(when)s; it received %(n)d."), words)
        return Said(nothing, more=_still_open(found, place), links=(_funnel(asked),))
    reached = tuple(replace(row, resolved=row.received) for row in found.types)
    words = {
        "n": opened(second.escalated, place),
        "received": opened(second.received, place),
        "when": asked.when,
        "kinds": by_kind(asked.desk, reached, 3, lambda kind: place.cases(third.received.pick, kind=kind)),
    }
    form = _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it: %(kinds)s.")
    if third.received.n != second.escalated.n:
        form = _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it. At Tier 3: %(kinds)s.")
    return Said(
        phrase(form, words),
        more=_still_open(found, place),
        head=(_("To Tier 3"),),
        rows=_types_at(asked, found.types, 3, place),
        links=(
            Link(_("Passed Tier 2"), second.escalated.n, place.cases("escalated:2")),
            Link(_("Received by Tier 3"), third.received.n, place.cases("received:3")),
            _funnel(asked),
        ),
    )
