"""Answers about the way of requests through the tiers, from the funnel."""

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.cohort import FunnelFilters
from opsdesk.insight.funnel import Funnel, TypeRow, funnel
from opsdesk.insight.registry import Question, Tally
from opsdesk.kernel.period import Period
from opsdesk.web.findings.links import Link, month_of
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.words import by_kind, family_name, requests, share_inside, type_name
from opsdesk.web.labels import shipped
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.questions.said import Asked, Row, Said

EVERY = FunnelFilters()
MOST_ROWS = 12


def counted(asked: Asked, period: Period | None = None) -> Funnel:
    """The funnel of the period asked about, or of another."""
    return funnel(desk=asked.desk.key, period=period or asked.period, filters=EVERY, now=asked.now)


def place_of(asked: Asked) -> Place:
    return Place(asked.desk.key, month=month_of(asked.period, asked.desk.zone))


def nothing_came(asked: Asked) -> Said:
    """The answer where no request came in."""
    ledger = Link(_("The intake ledger: what reached the desk"), None, reverse("ledger"))
    return Said(_("Nothing came in in %(when)s.") % {"when": asked.when}, links=(ledger, _funnel(asked)))


def _funnel(asked: Asked) -> Link:
    return Link(_("The funnel of %(when)s") % {"when": asked.when}, None, place_of(asked).page())


def _still_open(found: Funnel) -> tuple[str, ...]:
    if not found.open.n:
        return ()
    still = ngettext("%(n)d is not resolved yet.", "%(n)d are not resolved yet.", found.open.n)
    return (still % {"n": found.open.n},)


def split(asked: Asked) -> Said:
    """Which tier resolved how much of all."""
    found, place = counted(asked), place_of(asked)
    whole = found.requests.n
    if not whole:
        return nothing_came(asked)
    parts, rows = [], []
    for row in found.tiers:
        share = Share(row.resolved.n, row.resolved.n + row.open.n, whole)
        words = {"tier": row.tier, "n": row.resolved.n, "share": share_inside(share)}
        parts.append(_("Tier %(tier)d resolved %(n)d (%(share)s)") % words)
        cells = [_cell(count.n, count.pick, place) for count in (row.received, row.resolved, row.escalated)]
        rows.append(Row(_("Tier %(tier)d") % {"tier": row.tier}, tuple(cells)))
    words = {"requests": requests(whole), "when": asked.when, "parts": ", ".join(parts)}
    return Said(
        _("Of %(requests)s in %(when)s, %(parts)s.") % words,
        more=_still_open(found),
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
        "n": share.low,
        "requests": requests(share.of),
        "when": asked.when,
    }
    ordered = sorted(found.types, key=lambda row: (-row.requests, row.type))
    rows = [
        Row(
            shipped(type_name(asked.desk, row.type)),
            (
                _cell(row.requests, "in", place, row.type),
                _cell(row.resolved[0], "resolved:1", place, row.type),
                (share_inside(Share(row.resolved[0], row.resolved[0] + row.open[0], row.requests)), ""),
            ),
        )
        for row in ordered[:MOST_ROWS]
    ]
    return Said(
        _("Tier 1 handles %(share)s alone: it resolved %(n)d of %(requests)s in %(when)s.") % words,
        more=_still_open(found),
        head=(_("In"), _("Resolved at Tier 1"), _("Share")),
        rows=tuple(rows),
        links=(Link(_("Resolved at Tier 1"), share.low, place.cases("resolved:1")), _funnel(asked)),
    )


def to_tier_2(asked: Asked) -> Said:
    """What came to Tier 2, into which queues, and why it was handed up."""
    found, place = counted(asked), place_of(asked)
    if not found.requests.n:
        return nothing_came(asked)
    received = found.tiers[1].received if len(found.tiers) > 1 else None
    if received is None or not received.n:
        return Said(_("Nothing went to Tier 2 in %(when)s.") % {"when": asked.when}, links=(_funnel(asked),))
    paths, reasons = _broken(asked, "to"), _broken(asked, "reason")
    words = {"n": received.n, "requests": requests(found.requests.n), "paths": _listed(paths, asked, "queue")}
    why = _("They were handed up for: %(reasons)s.") % {"reasons": _listed(reasons, asked, "reason")}
    direct = received.n - sum(n for _key, n in paths)
    return Said(
        _("%(n)d of %(requests)s went to Tier 2: %(paths)s.") % words
        if paths
        else _("%(n)d of %(requests)s entered at Tier 2 directly.") % words,
        more=(*((why,) if reasons else ()), *_direct(direct if paths else 0), *_still_open(found)),
        head=(_("To Tier 2"),),
        rows=_types_at(asked, found.types, 2, place),
        links=(Link(_("Received by Tier 2"), received.n, place.cases("received:2")), _funnel(asked)),
    )


def _direct(n: int) -> tuple[str, ...]:
    if n <= 0:
        return ()
    said = ngettext("%(n)d entered at Tier 2 directly.", "%(n)d entered at Tier 2 directly.", n)
    return (said % {"n": n},)


def _broken(asked: Asked, by: str) -> list[tuple[str, int]]:
    """Requests that Tier 1 handed up, by queue or by reason, the most frequent first."""
    question = Question(asked.desk.key, asked.period, asked.now, by=("tier", by))
    answers = ask("escalation_reasons", question)
    found = [(key[1], each.n) for key, each in answers.items() if key[0] == "1" and isinstance(each, Tally)]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _listed(found: list[tuple[str, int]], asked: Asked, name: str) -> str:
    return ", ".join(f"{n} {value_name(name, key, asked.desk)}" for key, n in found)


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
        words = {"n": second.received.n, "when": asked.when}
        nothing = _("Nothing passed Tier 2 in %(when)s; it received %(n)d.") % words
        return Said(nothing, more=_still_open(found), links=(_funnel(asked),))
    reached = tuple(replace(row, resolved=row.received) for row in found.types)
    words = {
        "n": second.escalated.n,
        "received": second.received.n,
        "when": asked.when,
        "kinds": by_kind(asked.desk, reached, 3),
    }
    return Said(
        _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it: %(kinds)s.") % words
        if third.received.n == second.escalated.n
        else _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it. At Tier 3: %(kinds)s.")
        % words,
        more=_still_open(found),
        head=(_("To Tier 3"),),
        rows=_types_at(asked, found.types, 3, place),
        links=(
            Link(_("Passed Tier 2"), second.escalated.n, place.cases("escalated:2")),
            Link(_("Received by Tier 3"), third.received.n, place.cases("received:3")),
            _funnel(asked),
        ),
    )
