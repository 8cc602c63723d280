"""The lines of a list as its page writes them: every text is made here once, the template only places it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.lists import CaseRow
from opsdesk.cases.models import UNRESOLVED, CaseState, WaitingOn
from opsdesk.web import stored
from opsdesk.web.escaping import html_of
from opsdesk.web.labels import shipped
from opsdesk.web.moments import Moments
from opsdesk.web.stencil import Stencil

NONE_DUE = html_of('<span class="due is-none">{}</span>', "–")
IS_UNREAD = html_of(' class="{}"', "is-unread")


@dataclass(frozen=True, slots=True)
class Values:
    """What `queues/row.html` shows of a case: texts, and HTML where it is marked so.

    `about` follows the sender: the type and the excerpt. `due_width` is the class of a cell that says no
    more than the state does.
    """

    id: str
    address: str
    pick: str
    tone: str
    mark: str
    subject: str
    sender: str
    email: str
    about: str
    due: str
    due_width: str
    state: str
    queue: str
    assignee: str
    opened: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list. `heads`: the section of the unassigned cases begins with it."""

    row: SafeString
    heads: bool


def chip(kind: str, words: str) -> SafeString:
    return html_of('<span class="chip {}">{}</span>', kind, words)


def stencil(*, pickable: bool, in_queue: bool) -> Stencil:
    """The row of a list where cases can be picked, of one queue or of many."""
    names = [field.name for field in fields(Values)]
    return Stencil("queues/row.html", names, pickable=pickable, in_queue=in_queue)


class Lines:
    """Writes the lines of a desk's list; names, words and addresses are looked up once for all of them."""

    def __init__(self, desk: DeskDefinition, moments: Moments, stencil: Stencil) -> None:
        self._moments, self._stencil, self._desk = moments, stencil, desk.key
        self._address = reverse("case", args=[0]).removesuffix("0")
        self._queues = {queue.key: shipped(queue.name) for queue in desk.queues}
        self._types = {leaf.key: shipped(leaf.name) for family in desk.families for leaf in family.types}
        self._parties = {party.key: shipped(party.name) for party in desk.third_parties}
        self._waiting_on = {code: str(label) for code, label in WaitingOn.choices}
        self._states = {state: chip(f"is-{state}", str(label)) for state, label in CaseState.choices}
        self._nobody = html_of('<span class="muted">{}</span>', _("nobody"))
        self._unread = html_of(
            '<span class="mark-unread" role="img" aria-label="{0}" title="{0}"></span>', _("unread")
        )
        self._reopened = html_of(' <span class="chip">{}</span>', _("reopened"))
        self._pick, self._claims, self._expected = _("Pick #%(id)s"), _("claims #%(id)s"), _("expected")

    def of(self, rows: Iterable[CaseRow]) -> Iterator[Line]:
        """The lines of these rows, in their order."""
        section = 0
        for row in rows:
            yield Line(self._stencil.fill(self._values(row)), heads=row.section != section)
            section = row.section

    def _values(self, row: CaseRow) -> Values:
        number = str(row.id)
        about = (self._types.get(row.type, row.type), stored.excerpt(row.excerpt, self._desk))
        sender = row.account_name or row.requester_name or row.requester_email
        due_tells = row.state == CaseState.OPEN or bool(row.expected_at or row.deadline_at)
        return Values(
            id=number,
            address=self._address + number,
            pick=self._pick % {"id": number},
            tone=IS_UNREAD if row.unread else "",
            mark=self._unread if row.unread else "",
            subject=stored.subject(row.subject, self._desk),
            sender=sender,
            email=row.requester_email,
            about="".join(f" · {part}" for part in about if part).removeprefix("" if sender else " · "),
            due=self._due(row),
            due_width="" if due_tells else " not-on-phone",
            state=self._state(row),
            queue=self._queues.get(row.queue, row.queue),
            assignee=row.assignee_name or self._nobody,
            opened=self._moments.tag(row.opened_at),
        )

    def _due(self, row: CaseRow) -> SafeString:
        if row.deadline_at and row.state in UNRESOLVED:
            return self._moments.due(row.deadline_at)
        if row.state == CaseState.OPEN:
            return self._moments.due(row.due_at)
        if row.state != CaseState.WAITING or row.expected_at is None:
            return NONE_DUE
        form = '<span class="due{}">{} {}</span>'
        late = " is-late" if row.overran else ""
        return html_of(form, late, self._expected, self._moments.tag(row.expected_at))

    def _state(self, row: CaseRow) -> SafeString:
        if row.state == CaseState.WAITING:
            party = self._parties.get(row.waiting_party, row.waiting_party)
            mark = chip("is-waiting", party or self._waiting_on.get(row.waiting_on, row.waiting_on))
        else:
            mark = self._states[row.state]
        if row.claims_id:
            mark += html_of(" {}", chip("is-watch", self._claims % {"id": row.claims_id}))
        return mark + self._reopened if row.reopened_count else mark
