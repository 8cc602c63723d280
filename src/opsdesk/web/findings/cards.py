"""A finding as its page shows it: in words, with its numbers and the ways to its cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import Finding, Group
from opsdesk.insight.findings.queries import Findings
from opsdesk.insight.registry import Mean, Tally
from opsdesk.insight.thresholds import KINDS, Unit
from opsdesk.kernel.period import Period
from opsdesk.web.deals.labels import category_name
from opsdesk.web.findings import limits
from opsdesk.web.findings.links import Link, links_of
from opsdesk.web.findings.texts import OF_NUMBERS, OF_OUTCOMES, Says
from opsdesk.web.findings.texts_deals import OF_DEALS
from opsdesk.web.findings.values import values_of
from opsdesk.web.funnel.words import CHIPS, period_text, share_parts
from opsdesk.web.labels import shipped

TEXTS = {**OF_NUMBERS, **OF_DEALS}
STATES = {
    State.HEALTHY: gettext_noop("healthy"),
    State.WATCH: gettext_noop("watch"),
    State.RED: gettext_noop("red"),
    State.NOT_YET_KNOWN: gettext_noop("not yet known"),
    State.TOO_FEW: gettext_noop("too little data"),
    State.NOTHING: gettext_noop("nothing to count"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One finding in words. `since`: red since then, as far as the desk has looked."""

    finding: Finding
    desk: str
    name: str
    where: str
    when: str
    value: str
    counts: str
    range: str
    state: str
    chip: str
    limits: str
    means: str
    todo: str
    links: tuple[Link, ...]
    since: datetime | None


def cards(found: Findings, since: Mapping[str, datetime]) -> list[Card]:
    """Every finding of a desk as a card, in their order."""
    period = period_words(found)
    return [
        card(
            each,
            found.desk,
            period,
            now=found.as_of,
            since=since.get(each.key) if each.is_red else None,
        )
        for each in found.found
    ]


def period_words(found: Findings) -> str:
    """Of when a desk's findings are, in words."""
    return period_name(found.desk, found.period)


def period_name(desk: DeskDefinition, period: Period) -> str:
    """A month by its name; of deals the days back from today."""
    return _("the last 90 days") if desk.key == DEALS else period_text(period, desk)


def card(
    finding: Finding, desk: DeskDefinition, period: str, *, now: datetime, since: datetime | None = None
) -> Card:
    value, counts, range_ = _number(finding)
    name, says = _said(finding, desk)
    return Card(
        finding=finding,
        desk=shipped(desk.name),
        name=name,
        where=where(finding),
        when=period if finding.period else _("now"),
        value=value,
        counts=counts,
        range=range_,
        state="" if finding.group is Group.OUTCOME else _(STATES[finding.state]),
        chip=CHIPS.get(finding.state, "is-unknown"),
        limits=limits.sentence(finding.limits, _unit(finding)) if finding.limits else "",
        means=says.means,
        todo=says.todo,
        links=links_of(finding, desk, now),
        since=since,
    )


def _unit(finding: Finding) -> Unit:
    return KINDS[finding.rule].unit if finding.rule in KINDS else Unit.PERCENT


def _number(finding: Finding) -> tuple[str, str, str]:
    """The number, the counts it is made of, and its range where it needs one."""
    number = finding.number
    if isinstance(number, Tally):
        return str(number.n), "", ""
    if isinstance(number, Share):
        value, range_ = share_parts(number)
        return value, "" if number.is_small else _counts(number), range_
    if isinstance(number, Mean) and number.value is not None:
        value = _("%(days)s days") % {"days": number_format(round(number.value, 1), 1)}
        return value, ngettext("%(n)d deal", "%(n)d deals", number.n) % {"n": number.n}, ""
    return "", "", ""


def _counts(share: Share) -> str:
    hits = f"{share.low}-{share.high}" if share.open else str(share.low)
    return _("%(hits)s of %(of)s") % {"hits": hits, "of": share.of}


def _said(finding: Finding, desk: DeskDefinition) -> tuple[str, Says]:
    if finding.group is Group.OUTCOME:
        name, says = OF_OUTCOMES[finding.rule]
        return _(name), _filled(says, finding, desk)
    text = TEXTS[finding.rule]
    if finding.state is State.RED:
        says = text.bad
    elif finding.state is State.WATCH:
        says = text.watch or text.bad
    elif finding.noted and text.noted:
        says = text.noted
    else:
        says = Says(_undecided(finding) or text.good, "")
    return _(text.name), _filled(says, finding, desk)


def _undecided(finding: Finding) -> str:
    """Why there is no verdict; empty where there is one."""
    number = finding.number
    if finding.state is State.NOT_YET_KNOWN and isinstance(number, Share):
        return gettext_noop("The ones still open could decide it either way: %(open)s of them.")
    if finding.state is State.TOO_FEW:
        return gettext_noop("Under 20 there is too little data for a verdict.")
    if finding.state is State.NOTHING:
        return gettext_noop("There was nothing to count.")
    return ""


def _filled(says: Says, finding: Finding, desk: DeskDefinition) -> Says:
    values = values_of(finding, desk)
    return Says(_(says.means) % values, _(says.todo) % values if says.todo else "")


def where(finding: Finding) -> str:
    """The country and the category a finding is of; nothing for a whole desk."""
    category = category_name(finding.scope.category) if finding.scope.category else ""
    return ", ".join(part for part in (finding.scope.country, category) if part)
