"""The lines of the dispute queue: every text is made here once, the template only places it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import CaseState, WaitingOn
from opsdesk.cases.stays import calendar_of
from opsdesk.clock.business import business_time
from opsdesk.deals.lifecycle import Party
from opsdesk.disputes.lists import DisputeRow
from opsdesk.web import formats
from opsdesk.web.deals import amounts, labels
from opsdesk.web.labels import shipped
from opsdesk.web.moments import Moments
from opsdesk.web.stencil import Stencil


@dataclass(frozen=True, slots=True)
class Values:
    """What `disputes/row.html` shows of a dispute: texts, and HTML where it is marked so."""

    case: str
    address: str
    pick: str
    number: str
    reason: str
    item: str
    scope: str
    due: str
    total: str
    held: str
    evidence: str
    whose: str


def stencil(*, pickable: bool) -> Stencil:
    return Stencil("disputes/row.html", [field.name for field in fields(Values)], pickable=pickable)


class Lines:
    """Writes the lines of the queue; words and addresses are looked up once for all of them."""

    def __init__(self, desk: DeskDefinition, moments: Moments, stencil: Stencil) -> None:
        self._desk, self._moments, self._stencil = desk, moments, stencil
        self._parties = {code: str(label) for code, label in WaitingOn.choices}
        self._parties |= {party.key: shipped(party.name) for party in desk.third_parties}
        self._ours = labels.word(labels.PARTIES, Party.OPERATOR)
        self._working = _("%(span)s of working time")
        self._address = reverse("dispute", args=[0]).removesuffix("0")
        self._reasons = {code: str(words) for code, words in labels.REASONS.items()}
        self._nobody = format_html('<span class="muted">{}</span>', _("nobody yet"))
        self._pick = _("Pick dispute %(id)s")
        self._decided, self._up = _("decided %(when)s"), _("time is up")
        self._left, self._held = _("%(span)s left"), _("%(amount)s held")

    def of(self, rows: Iterable[DisputeRow]) -> Iterator[SafeString]:
        """The lines of these rows, in their order."""
        return (self._stencil.fill(self._values(row)) for row in rows)

    def _values(self, row: DisputeRow) -> Values:
        number = str(row.id)
        return Values(
            case=str(row.case_id),
            address=self._address + number,
            pick=self._pick % {"id": number},
            number=number,
            reason=self._reasons.get(row.reason, row.reason),
            item=row.item,
            scope=labels.scope_name(row.scope),
            due=self._due(row),
            total=amounts.written(row.total),
            held=self._held % {"amount": amounts.written(row.held)},
            evidence=_evidence(row),
            whose=self._whose(row),
        )

    def _due(self, row: DisputeRow) -> SafeString:
        if row.decided_at is not None:
            words = self._decided % {"when": self._moments.short(row.decided_at)}
            return format_html('<span class="due is-none">{}</span>', words)
        return self._countdown(row.due_at) + self._of_working_time(row)

    def _of_working_time(self, row: DisputeRow) -> SafeString:
        """What is left until the deadline of the hours that the case's queue is open."""
        now = self._moments.now
        if row.due_at <= now:
            return SafeString("")
        hours = calendar_of(self._desk, row.queue, row.scope.partition(".")[0])
        span = formats.working(business_time(now, row.due_at, hours), self._moments.say)
        return format_html('<div class="held">{}</div>', self._working % {"span": span})

    def _countdown(self, due_at: datetime) -> SafeString:
        left = int((due_at - self._moments.now).total_seconds())
        kind = " is-late" if left <= 0 else " is-soon" if left <= formats.DAY else ""
        say = self._moments.say
        words = self._left % {"span": formats.elapsed(left, say)} if left > 0 else self._up
        form = '<time class="due countdown{}" datetime="{}" title="{}" data-countdown>{}</time>'
        return format_html(form, kind, due_at.isoformat(), self._moments.full(due_at), words)

    def _whose(self, row: DisputeRow) -> SafeString:
        """Whose move it is, and under it who has the case."""
        waits = row.case_state == CaseState.WAITING
        whose = self._parties.get(row.waits_on, row.waits_on) if waits else self._ours
        whose = "–" if row.decided_at else whose
        return format_html('{}<div class="held">{}</div>', whose, row.assignee or self._nobody)


def _evidence(row: DisputeRow) -> SafeString:
    """How many of the required items there are or were let go: a sign, a number, and words."""
    if not row.needed:
        return format_html('<span class="muted">{}</span>', _("none needed"))
    kind = "is-good" if row.have >= row.needed else "is-bad"
    words = _("%(have)d of %(needed)d required items") % {"have": row.have, "needed": row.needed}
    form = (
        '<span class="chip {0}" title="{1}"><span aria-hidden="true">{2}/{3}</span>'
        '<span class="visually-hidden">{1}</span></span>'
    )
    return format_html(form, kind, words, row.have, row.needed)
