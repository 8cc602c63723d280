"""The funnel's answer in words, and what its shares mean."""

from dataclasses import dataclass
from functools import partial

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share, State
from opsdesk.insight.counts import Count
from opsdesk.insight.funnel import Funnel, TierRow
from opsdesk.insight.registry import Side
from opsdesk.web.findings.limits import amount
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.behind import NOWHERE, Behind
from opsdesk.web.funnel.words import (
    CHIPS,
    by_kind,
    nowhere,
    period_text,
    requests_opening,
    share_inside,
    share_parts,
    state_text,
)
from opsdesk.web.phrases import opening, phrase


def sentences(funnel: Funnel, desk: DeskDefinition, place: Place | None = None) -> list[SafeString]:
    """What came in, what each tier made of it, what is still open; at a place each number opens its cases."""
    first = phrase(
        _("%(requests)s in %(period)s."),
        {
            "requests": requests_opening(funnel.requests.n, _cases(funnel.requests, place)),
            "period": period_text(funnel.period, desk),
        },
    )
    if not funnel.requests.n:
        return [first]
    found = [first, *(_of_tier(funnel, row, desk, place) for row in funnel.tiers if row.received.n)]
    if funnel.open.n:
        still = ngettext("%(n)d is not resolved yet.", "%(n)d are not resolved yet.", funnel.open.n)
        found.append(phrase(still, {"n": _opening(funnel.open, place)}))
    return found


def _cases(count: Count, place: Place | None) -> str:
    return place.cases(count.pick) if place and count.n else ""


def _opening(count: Count, place: Place | None) -> SafeString:
    return opening(count.n, _cases(count, place))


def _of_tier(funnel: Funnel, row: TierRow, desk: DeskDefinition, place: Place | None) -> SafeString:
    words = {
        "tier": row.tier,
        "resolved": _opening(row.resolved, place),
        "share": share_inside(funnel.tier_1_share if row.tier == 1 else row.rate),
        "up": _opening(row.escalated, place),
    }
    if row.escalated.n:
        return phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s) and handed %(up)d up."), words)
    if row.tier == len(funnel.tiers) and row.resolved.n:
        of = partial(_of_kind, place, row.resolved.pick) if place else nowhere
        words["kinds"] = by_kind(desk, funnel.types, row.tier, of)
        return phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s): %(kinds)s."), words)
    return phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s)."), words)


def _of_kind(place: Place, pick: str, kind: str) -> str:
    return place.cases(pick, kind=kind)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One share with its thresholds: as text, as a state in words, and what it means. `pick` lists what it
    counts, empty where that is nothing; `open` is the address of what it may still count."""

    name: str
    value: str
    range: str
    of: str
    state: str
    chip: str
    meaning: str
    pick: str
    open: str


def verdicts(funnel: Funnel, place: Place | None = None, behind: Behind = NOWHERE) -> list[Verdict]:
    """The shares that have thresholds."""
    of_all, of_done = _("of all requests in"), _("of what it finished")
    share = funnel.tier_1_share
    found = [_verdict(_("Tier 1 share"), share, _tier_1(funnel, place), "tier_1_share", of_all, behind)]
    if len(funnel.tiers) >= 2:
        share = funnel.tiers[1].rate
        found.append(_verdict(_("Tier 2 rate"), share, _tier_2(share), "tier_2_rate", of_done, behind))
    if len(funnel.tiers) >= 3:
        share = funnel.tier_3_share
        found.append(_verdict(_("Tier 3 share"), share, _tier_3(share), "tier_3_share", of_all, behind))
    share = funnel.last_resort_share
    said = _last_resort(share)
    return [*found, _verdict(_("Last resort"), share, said, "last_resort_share", of_all, behind)]


def _verdict(name: str, share: Share, meaning: str, metric: str, of: str, behind: Behind) -> Verdict:
    value, range_ = share_parts(share)
    chip, state = CHIPS.get(share.state, ""), state_text(share)
    still = behind.of(metric, Side.OPEN) if share.state is State.NOT_YET_KNOWN and share.open else ""
    return Verdict(name, value, range_, of, state, chip, meaning, COUNTED[metric] if share.low else "", still)


# By share, the number of the funnel that it counts.
COUNTED = {
    "tier_1_share": "resolved:1",
    "tier_2_rate": "resolved:2",
    "tier_3_share": "received:3",
    "last_resort_share": "last_resort",
}


def _limits(share: Share) -> dict[str, object]:
    """The limits it is held against, as text: healthy, red, note."""
    held = share.band.limits
    if held is None:
        return {}
    return {"healthy": amount(held.healthy), "red": amount(held.red), "note": amount(held.note or 0)}


def _tier_1(funnel: Funnel, place: Place | None) -> str:
    share = funnel.tier_1_share
    words = _limits(share)
    if share.noted:
        again = ngettext("%(n)d was reopened", "%(n)d were reopened", funnel.reopened.n)
        words |= {"again": phrase(again, {"n": _opening(funnel.reopened, place)})}
        return phrase(_("Above %(note)s: look at the reopened ones too (%(again)s)."), words)
    if share.state is State.RED:
        return _("Below %(red)s: its toolkit is too small.") % words
    return _("%(healthy)s and more is healthy, below %(red)s red.") % words


def _tier_2(share: Share) -> str:
    words = _limits(share)
    if share.noted:
        return _("Above %(note)s: Tier 1 may hand up what it could keep.") % words
    if share.state is State.RED:
        return _("Below %(red)s: tools are lacking, or there are many bugs.") % words
    if words["healthy"] == words["red"]:
        return _("%(healthy)s and more is healthy, less is red.") % words
    return _("%(healthy)s and more is healthy, below %(red)s red.") % words


def _tier_3(share: Share) -> str:
    words = _limits(share)
    if share.state is State.RED:
        return _("Above %(red)s: product engineers are drawn into support.") % words
    return _("Below %(healthy)s is healthy, above %(red)s red.") % words


def _last_resort(share: Share) -> str:
    words = _limits(share)
    if share.state is State.RED:
        return _("Above %(red)s: founders are pulled in.") % words
    if share.band.limits and share.band.limits.healthy:
        return _("Up to %(healthy)s is healthy; above %(red)s is red.") % words
    return _("None is healthy; above %(red)s is red.") % words


def per_100(funnel: Funnel, place: Place | None = None, accounts: str = "") -> str:
    """Requests in per 100 live accounts, or why there is no such number; it opens the requests, and the
    accounts at their address."""
    if funnel.filters.account:
        return ""
    if funnel.per_100_accounts is None:
        return _("No account was live on the last day, so there is no number per 100 accounts.")
    number = number_format(round(funnel.per_100_accounts, 1), 1)
    words = {
        "number": opening(number, _cases(funnel.requests, place)),
        "live": opening(funnel.live_accounts, accounts),
    }
    return phrase(_("%(number)s per 100 live accounts (%(live)d live)"), words)
