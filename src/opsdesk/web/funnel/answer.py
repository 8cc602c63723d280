"""The funnel's answer in words, and what its shares mean."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share, State
from opsdesk.insight.funnel import Funnel, TierRow
from opsdesk.web.findings.limits import amount
from opsdesk.web.funnel.words import (
    CHIPS,
    by_kind,
    period_text,
    requests,
    share_inside,
    share_parts,
    state_text,
)


def sentences(funnel: Funnel, desk: DeskDefinition) -> list[str]:
    """What came in, what each tier made of it, what is still open."""
    opening = _("%(requests)s in %(period)s.") % {
        "requests": requests(funnel.requests.n),
        "period": period_text(funnel.period, desk),
    }
    if not funnel.requests.n:
        return [opening]
    found = [opening, *(_of_tier(funnel, row, desk) for row in funnel.tiers if row.received.n)]
    if funnel.open.n:
        still = ngettext("%(n)d is not resolved yet.", "%(n)d are not resolved yet.", funnel.open.n)
        found.append(still % {"n": funnel.open.n})
    return found


def _of_tier(funnel: Funnel, row: TierRow, desk: DeskDefinition) -> str:
    words = {
        "tier": row.tier,
        "resolved": row.resolved.n,
        "share": share_inside(funnel.tier_1_share if row.tier == 1 else row.rate),
        "up": row.escalated.n,
    }
    if row.escalated.n:
        return _("Tier %(tier)d resolved %(resolved)d (%(share)s) and handed %(up)d up.") % words
    if row.tier == len(funnel.tiers) and row.resolved.n:
        words["kinds"] = by_kind(desk, funnel.types, row.tier)
        return _("Tier %(tier)d resolved %(resolved)d (%(share)s): %(kinds)s.") % words
    return _("Tier %(tier)d resolved %(resolved)d (%(share)s).") % words


@dataclass(frozen=True, slots=True)
class Verdict:
    """One share with its thresholds: as text, as a state in words, and what it means."""

    name: str
    value: str
    range: str
    of: str
    state: str
    chip: str
    meaning: str
    pick: str


def verdicts(funnel: Funnel) -> list[Verdict]:
    """The shares that have thresholds."""
    of_all, of_done = _("of all requests in"), _("of what it finished")
    share = funnel.tier_1_share
    found = [_verdict(_("Tier 1 share"), share, _tier_1(funnel), "resolved:1", of_all)]
    if len(funnel.tiers) >= 2:
        share = funnel.tiers[1].rate
        found.append(_verdict(_("Tier 2 rate"), share, _tier_2(share), "resolved:2", of_done))
    if len(funnel.tiers) >= 3:
        share = funnel.tier_3_share
        found.append(_verdict(_("Tier 3 share"), share, _tier_3(share), "received:3", of_all))
    share = funnel.last_resort_share
    found.append(_verdict(_("Last resort"), share, _last_resort(share), "last_resort", of_all))
    return found


def _verdict(name: str, share: Share, meaning: str, pick: str, of: str) -> Verdict:
    value, range_ = share_parts(share)
    chip = CHIPS.get(share.state, "")
    return Verdict(name, value, range_, of, state_text(share), chip, meaning, pick)


def _limits(share: Share) -> dict[str, object]:
    """The limits it is held against, as text: healthy, red, note."""
    held = share.band.limits
    if held is None:
        return {}
    return {"healthy": amount(held.healthy), "red": amount(held.red), "note": amount(held.note or 0)}


def _tier_1(funnel: Funnel) -> str:
    share = funnel.tier_1_share
    words = _limits(share)
    if share.noted:
        again = ngettext("%(n)d was reopened", "%(n)d were reopened", funnel.reopened.n)
        words |= {"again": again % {"n": funnel.reopened.n}}
        return _("Above %(note)s: look at the reopened ones too (%(again)s).") % words
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


def per_100(funnel: Funnel) -> str:
    """Requests in per 100 live accounts, or why there is no such number."""
    if funnel.filters.account:
        return ""
    if funnel.per_100_accounts is None:
        return _("No account was live on the last day, so there is no number per 100 accounts.")
    number = number_format(round(funnel.per_100_accounts, 1), 1)
    words = {"number": number, "live": funnel.live_accounts}
    return _("%(number)s per 100 live accounts (%(live)d live)") % words
