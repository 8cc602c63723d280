"""A finding as its page shows it: in words, with its numbers and the ways to its cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.bands import Share, State
from opsdesk.insight.findings.finding import Behind, Finding, Group
from opsdesk.insight.findings.queries import Findings
from opsdesk.insight.registry import Mean, Tally
from opsdesk.insight.thresholds import KINDS, Unit
from opsdesk.kernel.period import Period
from opsdesk.web.deals.labels import category_name
from opsdesk.web.findings import limits
from opsdesk.web.findings.counted import HITS, OF, OPEN, Opens
from opsdesk.web.findings.links import Link, address_of, links_of
from opsdesk.web.findings.texts import OF_NUMBERS, OF_OUTCOMES, Says
from opsdesk.web.findings.texts_deals import OF_DEALS
from opsdesk.web.findings.values import Written, values_of
from opsdesk.web.funnel.words import CHIPS, period_text, share_parts
from opsdesk.web.labels import shipped
from opsdesk.web.phrases import phrase

TEXTS = {**OF_NUMBERS, **OF_DEALS}
STATES = {
    State.HEALTHY: gettext_noop("healthy"),
    State.WATCH: gettext_noop("watch"),
    State.RED: gettext_noop("red"),
    State.NOT_YET_KNOWN: gettext_noop("not yet known"),
    State.TOO_FEW: gettext_noop("too little data"),
    State.NOTHING: gettext_noop("nothing to count"),
}


# What the first line of the page counts, and what its badges say.
COUNTED = (State.RED, State.WATCH)


@dataclass(frozen=True, slots=True)
class Card:
    """One finding in words. `since`: red since then, as far as the desk has looked. In `shown`, the value,
    `counted`, the counts it is made of, `means` and `todo` each number opens its list."""

    finding: Finding
    desk: str
    name: str
    where: str
    when: str
    value: str
    counts: str
    shown: SafeString
    counted: SafeString
    range: str
    state: str
    chip: str
    limits: str
    means: SafeString
    todo: SafeString
    links: tuple[Link, ...]
    since: datetime | None

    @property
    def badge(self) -> str:
        """The state, if it is one that counts: what the numbers say together is only red or on watch."""
        return self.state or (_(STATES[self.finding.state]) if self.finding.state in COUNTED else "")

    @property
    def threshold(self) -> str:
        """The row of the table of thresholds that its limits come from."""
        return f"{reverse('thresholds', args=[self.finding.desk])}#threshold-{self.finding.rule}"


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
    finding: Finding,
    desk: DeskDefinition,
    period: str,
    *,
    now: datetime,
    since: datetime | None = None,
    opens: Opens | None = None,
) -> Card:
    """A finding as its page shows it. `opens`: where its lists are, if not on the desk's own pages."""
    written = Written(finding, desk, opens or partial(_opened, desk=desk, now=now))
    value, counts, range_ = _number(finding)
    name, means, todo = _said(written)
    return Card(
        finding=finding,
        desk=shipped(desk.name),
        name=name,
        where=where(finding),
        when=period if finding.period else _("now"),
        value=value,
        counts=counts,
        shown=_shown(value, written),
        counted=_counted(counts, written),
        range=range_,
        state="" if finding.group is Group.OUTCOME else _(STATES[finding.state]),
        chip=CHIPS.get(finding.state, "is-unknown"),
        limits=_limits(finding),
        means=means,
        todo=todo,
        links=links_of(finding, desk, now),
        since=since,
    )


def _opened(finding: Finding, behind: Behind, *, desk: DeskDefinition, now: datetime) -> str:
    return address_of(behind, finding.period, desk, now)


def _shown(value: str, written: Written) -> SafeString:
    """The value, which opens what it counts; of a small share also what it is of."""
    number = written.finding.number
    if isinstance(number, Share) and number.is_small and number.of:
        return _parts(number, written)
    return written.number(value, HITS)


def _counted(counts: str, written: Written) -> SafeString:
    """The counts beside the value."""
    number = written.finding.number
    if counts and isinstance(number, Share):
        return _parts(number, written)
    return written.number(counts, HITS)


def _parts(share: Share, written: Written) -> SafeString:
    # Of none for certain the range opens those that may yet be counted.
    counted = written.number(_hits(share), HITS if share.low else OPEN)
    words = {"hits": counted, "of": written.number(share.of, OF)}
    return phrase(_("%(hits)s of %(of)s"), words)


def _limits(finding: Finding) -> str:
    if finding.limits:
        return limits.sentence(finding.limits, _unit(finding))
    fixed = limits.FIXED.get(finding.rule, "")
    return _(fixed) if fixed else ""


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
    return _("%(hits)s of %(of)s") % {"hits": _hits(share), "of": share.of}


def _hits(share: Share) -> str:
    return f"{share.low}-{share.high}" if share.open else str(share.low)


def _said(written: Written) -> tuple[str, SafeString, SafeString]:
    """The name, what it means, what to do."""
    finding = written.finding
    name, says = _text(finding)
    values = values_of(written)
    todo = phrase(_(says.todo), values) if says.todo else SafeString()
    return _(name), phrase(_(says.means), values), todo


def _text(finding: Finding) -> tuple[str, Says]:
    if finding.group is Group.OUTCOME:
        return OF_OUTCOMES[finding.rule]
    text = TEXTS[finding.rule]
    if finding.state is State.RED:
        says = text.bad
    elif finding.state is State.WATCH:
        says = text.watch or text.bad
    elif finding.noted and text.noted:
        says = text.noted
    else:
        says = Says(_undecided(finding) or text.good, "")
    return text.name, says


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


def where(finding: Finding) -> str:
    """The country and the category a finding is of; nothing for a whole desk."""
    category = category_name(finding.scope.category) if finding.scope.category else ""
    return ", ".join(part for part in (finding.scope.country, category) if part)
