"""The findings of every desk that one may read, the most urgent first."""

from dataclasses import dataclass
from datetime import datetime

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.bands import State
from opsdesk.insight.findings.finding import Finding, Group, urgency
from opsdesk.insight.findings.periods import period_of
from opsdesk.insight.findings.queries import Findings
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, may
from opsdesk.watch import standing
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.findings.cards import Card, cards, period_words
from opsdesk.web.findings.sheet import sheet
from opsdesk.web.http import Request, page, wants_fragment
from opsdesk.web.labels import shipped


@dataclass(frozen=True, slots=True)
class Part:
    """One desk's part of the page: what needs a look, what is well or not known, and of when both are."""

    found: Findings
    name: str
    period: str
    urgent: tuple[Card, ...]
    rest: tuple[Card, ...]
    start: str
    start_words: str


def findings(request: Request) -> HttpResponseBase:
    """Both desks by urgency."""
    desks = readable(request.actor)
    parts = [part(desk, request.now) for desk in desks]
    urgent = sorted((card for each in parts for card in each.urgent), key=lambda card: urgency(card.finding))
    if (
        file := sheet_file(request, sheet([*urgent, *(card for each in parts for card in each.rest)]))
    ) is not None:
        return file
    context: dict[str, object] = {
        "parts": parts,
        "urgent": urgent,
        "several": len(parts) > 1,
        "first": first_line(parts),
    }
    context |= {"looked_at": standing.looked_at(), "red": any(card.finding.is_red for card in urgent)}
    fragment = "findings/page.html#numbers" if wants_fragment(request) else "findings/page.html"
    return page(request, fragment, context)


def readable(actor: Actor) -> list[DeskDefinition]:
    """The desks with findings whose numbers the person may read."""
    return [
        desk
        for desk in cases.desks()
        if (desk.takes_mail or desk.key == DEALS) and may(actor, Act.READ, desk=desk.key)
    ]


def part(desk: DeskDefinition, now: datetime) -> Part:
    """A desk's findings of the last month that ended, and of now."""
    found = standing.findings(desk, period_of(desk, now), now=now)
    every = cards(found, standing.red_since(desk.key))
    return Part(
        found=found,
        name=shipped(desk.name),
        period=period_words(found),
        urgent=tuple(card for card in every if is_urgent(card.finding, found.n)),
        rest=tuple(card for card in every if not is_urgent(card.finding, found.n) and found.n),
        start=reverse("deals") if desk.key == DEALS else reverse("all_cases", args=[desk.key]),
        start_words=_("To the deals") if desk.key == DEALS else _("To the cases"),
    )


def is_urgent(finding: Finding, n: int) -> bool:
    """Whether somebody has to read it: red, on watch, with a note, or what the numbers say together."""
    if finding.state in (State.RED, State.WATCH) or finding.noted:
        return True
    return finding.group is Group.OUTCOME and n > 0


def first_line(parts: list[Part]) -> str:
    """How many findings are red and how many are watched; what there is to say where nothing came in."""
    states = [card.finding.state for each in parts for card in each.urgent]
    red, watched = states.count(State.RED), states.count(State.WATCH)
    if not any(each.found.n for each in parts) and not red:
        return _("There is nothing to judge yet: nothing came in last month.")
    watch = ngettext("%(n)d is on watch.", "%(n)d are on watch.", watched) % {"n": watched}
    if not red:
        return _("Nothing is red; %(watch)s") % {"watch": watch} if watched else _("All is well.")
    said = ngettext("%(n)d finding is red", "%(n)d findings are red", red) % {"n": red}
    return _("%(red)s; %(watch)s") % {"red": said, "watch": watch} if watched else f"{said}."
