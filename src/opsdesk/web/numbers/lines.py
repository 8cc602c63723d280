"""The list behind a number as a table: cases, deals, disputes, mail, each with the page it opens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import CaseState
from opsdesk.disputes.models import Basis
from opsdesk.insight import listing, mail_listing
from opsdesk.insight.listing import CaseLine, DealLine, DisputeLine
from opsdesk.insight.mail_listing import MessageLine, ThreadLine
from opsdesk.insight.registry import Subject
from opsdesk.kernel.money import Money
from opsdesk.web.deals import labels
from opsdesk.web.deals.amounts import written
from opsdesk.web.labels import shipped
from opsdesk.web.moments import Moments
from opsdesk.web.numbers.tables import Cell, Column
from opsdesk.web.phrases import joined, opening

AT_ONCE = 500
Row = tuple[Cell, ...]
STATES = dict(CaseState.choices)
BASES = dict(Basis.choices)


@dataclass(frozen=True, slots=True)
class Kind:
    """How the subjects of one kind are listed."""

    columns: Callable[[], tuple[Column, ...]]
    rows: Callable[[Sequence[int], DeskDefinition, Moments], list[Row]]


def rows_of(subject: Subject, ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> Iterator[Row]:
    """The rows of all these ids, read a few hundred at a time."""
    for start in range(0, len(ids), AT_ONCE):
        yield from KINDS[subject].rows(ids[start : start + AT_ONCE], desk, moments)


def columns_of(subject: Subject) -> tuple[Column, ...]:
    """The headings of such a list."""
    return KINDS[subject].columns()


def _case_columns() -> tuple[Column, ...]:
    names = (
        _("Case"), _("Subject"), _("State"), _("Queue"), _("Type"), _("Account"), _("From"), _("Assignee"),
        _("Opened"), _("Resolved"),
    )  # fmt: skip
    return tuple(Column(name, is_number=False) for name in names)


def _cases(ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> list[Row]:
    return [_case(line, desk, moments) for line in listing.cases(ids)]


def _case(line: CaseLine, desk: DeskDefinition, moments: Moments) -> Row:
    queue = desk.queue(line.queue).name if desk.has_queue(line.queue) else line.queue
    kind = desk.type(line.type)
    return (
        _opens("case", line.id),
        _text(line.subject),
        Cell(str(STATES.get(line.state, line.state)), line.state),
        Cell(shipped(queue), line.queue),
        Cell(shipped(kind.name) if kind else line.type, line.type),
        _text(line.account),
        _text(line.requester),
        _text(line.assignee),
        _moment(line.opened_at, moments),
        _moment(line.resolved_at, moments),
    )


def _deal_columns() -> tuple[Column, ...]:
    names = (
        _("Deal"), _("Item"), _("Scope"), _("State"), _("In this state since"), _("Created"), _("Reason"),
        _("Settled"), _("Ending"), _("Total"), _("Reference"),
    )  # fmt: skip
    return tuple(Column(name, is_number=False) for name in names)


def _deals(ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> list[Row]:
    return [_deal(line, moments) for line in listing.deals(ids)]


def _deal(line: DealLine, moments: Moments) -> Row:
    total = Money(line.total_minor, line.currency)
    return (
        _opens("deal", line.id),
        _text(line.item),
        Cell(labels.scope_name(line.scope), line.scope),
        Cell(labels.word(labels.STATES, line.state), line.state),
        _moment(line.state_since, moments),
        _moment(line.created_at, moments),
        Cell(labels.word(labels.REASONS, line.reason) if line.reason else "", line.reason),
        _moment(line.settled_at, moments),
        Cell(labels.word(labels.ENDINGS, line.ending) if line.ending else "", line.ending),
        Cell(written(total), f"{total.amount} {total.currency}"),
        _text(line.reference),
    )


def _dispute_columns() -> tuple[Column, ...]:
    names = (
        _("Dispute"), _("Item"), _("Scope"), _("Reason"), _("Raised"), _("Deadline"), _("Decided"),
        _("How it ended"), _("Outcome"), _("Ruled by"),
    )  # fmt: skip
    return tuple(Column(name, is_number=False) for name in names)


def _disputes(ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> list[Row]:
    return [_dispute(line, moments) for line in listing.disputes(ids)]


def _dispute(line: DisputeLine, moments: Moments) -> Row:
    return (
        _opens("dispute", line.id),
        _text(line.item),
        Cell(labels.scope_name(line.scope), line.scope),
        Cell(labels.word(labels.REASONS, line.reason), line.reason),
        _moment(line.raised_at, moments),
        _moment(line.due_at, moments),
        _moment(line.decided_at, moments),
        Cell(str(BASES.get(line.basis, line.basis)), line.basis),
        Cell(labels.word(labels.OUTCOMES, line.outcome) if line.outcome else "", line.outcome),
        _text(line.ruled_by),
    )


def _message_columns() -> tuple[Column, ...]:
    names = (_("Mail"), _("From"), _("Reached us"), _("Requests"))
    return tuple(Column(name, is_number=False) for name in names)


def _messages(ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> list[Row]:
    return [_message(line, moments) for line in mail_listing.messages(ids)]


def _message(line: MessageLine, moments: Moments) -> Row:
    return (
        _mail(line.subject, reverse("arrival", args=[line.arrival_id])),
        _text(line.sender),
        _moment(line.received_at, moments),
        _requests(line.case_ids),
    )


def _thread_columns() -> tuple[Column, ...]:
    names = (
        _("Thread"), _("First written by"), _("First message"), _("Last message"), _("Messages in all"),
        _("Requests"),
    )  # fmt: skip
    return tuple(Column(name, is_number=False) for name in names)


def _threads(ids: Sequence[int], desk: DeskDefinition, moments: Moments) -> list[Row]:
    return [_thread(line, moments) for line in mail_listing.threads(ids)]


def _thread(line: ThreadLine, moments: Moments) -> Row:
    case = line.case_ids[0] if line.case_ids else None
    way = reverse("case", args=[case]) if case else reverse("arrival", args=[line.first.arrival_id])
    return (
        _mail(line.first.subject, way),
        _text(line.first.sender),
        _moment(line.first.received_at, moments),
        _moment(line.last_at, moments),
        Cell(str(line.messages), line.messages),
        _requests(line.case_ids),
    )


def _mail(subject: str, address: str) -> Cell:
    return Cell(subject or _("unnamed"), subject, address)


def _requests(case_ids: tuple[int, ...]) -> Cell:
    """The requests of a mail, each opened from here."""
    each = joined((opening(f"#{id}", reverse("case", args=[id])) for id in case_ids), " ")
    return Cell(each, " ".join(map(str, case_ids)))


def _opens(page: str, id: int) -> Cell:
    return Cell(f"#{id}", id, reverse(page, args=[id]))


def _text(value: str) -> Cell:
    return Cell(value, value)


def _moment(value: datetime | None, moments: Moments) -> Cell:
    return Cell(moments.short(value), value.isoformat()) if value else Cell("", "")


KINDS: dict[Subject, Kind] = {
    Subject.CASE: Kind(_case_columns, _cases),
    Subject.DEAL: Kind(_deal_columns, _deals),
    Subject.DISPUTE: Kind(_dispute_columns, _disputes),
    Subject.MESSAGE: Kind(_message_columns, _messages),
    Subject.THREAD: Kind(_thread_columns, _threads),
}
