"""Reading the intake ledger: how many of each outcome, which ones, why, and the bytes themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet

from opsdesk.journal.queries import EntryValue, history
from opsdesk.kernel.period import Period
from opsdesk.mail import child, redaction
from opsdesk.mail.models import CAME_AT, Arrival, CaseMessage, Message, Outcome, Part, Source
from opsdesk.mail.refusals import ArrivalUnknown, MessageUnknown, NotReadable, NotUnderstood
from opsdesk.mail.showing import Shown
from opsdesk.vault import queries as vault

IN_HAND = "in_hand"
LATE_AFTER = timedelta(minutes=10)
STORED_LATER = timedelta(hours=1)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the ledger is looked at. `outcome` is an Outcome, `in_hand`, or "" for all.

    `period` is of the instant at which the mail reached the server, as all reports count.
    """

    source: str = ""
    desk: str = ""
    outcome: str = ""
    reason: str = ""
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many arrivals of each outcome; `late` are those in hand for ten minutes or more."""

    by_outcome: dict[str, int]
    in_hand: int
    late: int

    @property
    def total(self) -> int:
        return self.in_hand + sum(self.by_outcome.values())


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: where the next one goes on."""

    came_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """An arrival in a list. `case_ids` are the requests that its message opened or joined."""

    id: int
    source: str
    label: str
    recorded_at: datetime
    received_at: datetime | None
    outcome: str
    reason: str
    detail: str
    subject: str
    from_name: str
    from_address: str
    size: int
    case_ids: tuple[int, ...]
    late: bool

    @property
    def came_at(self) -> datetime:
        """When the mail reached the server; when it was stored where nothing says so."""
        return self.received_at or self.recorded_at

    @property
    def stored_later(self) -> bool:
        """Whether it was stored so much later that a reader would wonder."""
        return self.recorded_at - self.came_at >= STORED_LATER


@dataclass(frozen=True, slots=True)
class Page:
    """A page of arrivals, newest first; `next_cursor` None on the last one."""

    rows: tuple[ArrivalRow, ...]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class ArrivalCard:
    """One arrival with all that is known of it; `first_arrival_id` is the one a duplicate repeats."""

    row: ArrivalRow
    digest: str
    desk: str
    text: str
    message_id: int | None
    sorted_at: datetime | None
    tries: int
    first_arrival_id: int | None
    can_rerun: bool
    can_set_aside: bool
    history: tuple[EntryValue, ...]


def sources() -> list[str]:
    """The keys of all sources, for a filter's choice."""
    return list(Source.objects.order_by("key").values_list("key", flat=True))


def counts(filters: Filters, *, now: datetime) -> Counts:
    """The counts behind the tabs: the filter's own outcome and reason don't narrow them."""
    chosen = _matching(Filters(source=filters.source, desk=filters.desk, period=filters.period))
    found = dict(chosen.values_list("outcome").annotate(number=Count("id")))
    late = chosen.filter(outcome="", recorded_at__lte=now - LATE_AFTER).count()
    return Counts({one.value: found.get(one.value, 0) for one in Outcome}, found.get("", 0), late)


def reasons(filters: Filters) -> dict[str, int]:
    """How many arrivals of the filter's outcome have each reason."""
    chosen = _matching(filters).exclude(reason="").order_by("reason")
    return dict(chosen.values_list("reason").annotate(number=Count("id")))


def page(filters: Filters, *, now: datetime, after: Cursor | None = None, size: int = 50) -> Page:
    """The arrivals that the filters let through, newest first."""
    chosen = _matching(filters)
    if after is not None:
        # The bound that stands alone is where the index is entered.
        up_to, before = Q(came_at__lte=after.came_at), Q(came_at__lt=after.came_at)
        chosen = chosen.filter(up_to, before | Q(id__lt=after.id))
    rows = list(chosen.select_related("source", "message", "blob").order_by("-came_at", "-id")[: size + 1])
    shown = _rows(rows[:size], now)
    last = shown[-1] if len(rows) > size else None
    return Page(tuple(shown), Cursor(last.came_at, last.id) if last else None)


def _matching(filters: Filters) -> "QuerySet[Any]":
    wanted: dict[str, Any] = {}
    if filters.source:
        wanted["source__key"] = filters.source
    if filters.desk:
        wanted["source__desk"] = filters.desk
    if filters.outcome:
        wanted["outcome"] = "" if filters.outcome == IN_HAND else filters.outcome
    if filters.reason:
        wanted["reason"] = filters.reason
    if filters.period is not None:
        wanted |= {"came_at__gte": filters.period.start, "came_at__lt": filters.period.end}
    return Arrival.objects.annotate(came_at=CAME_AT).filter(**wanted)


def _rows(arrivals: Sequence[Arrival], now: datetime) -> list[ArrivalRow]:
    cases = _cases({arrival.message_id for arrival in arrivals if arrival.message_id})
    return [_row(arrival, cases.get(arrival.message_id or 0, ()), now) for arrival in arrivals]


def _cases(message_ids: set[int]) -> dict[int, tuple[int, ...]]:
    rows = CaseMessage.objects.filter(message_id__in=message_ids, removed_at__isnull=True).order_by("id")
    found: dict[int, tuple[int, ...]] = {}
    for message_id, case_id in rows.values_list("message_id", "case_id"):
        found[message_id] = (*found.get(message_id, ()), case_id)
    return found


def _row(arrival: Arrival, case_ids: tuple[int, ...], now: datetime) -> ArrivalRow:
    message = arrival.message
    return ArrivalRow(
        id=arrival.id,
        source=arrival.source.key,
        label=arrival.label,
        recorded_at=arrival.recorded_at,
        received_at=arrival.received_at,
        outcome=arrival.outcome,
        reason=arrival.reason,
        detail=arrival.detail,
        subject=message.subject if message else "",
        from_name=message.from_name if message else "",
        from_address=message.from_address if message else "",
        size=arrival.blob.size,
        case_ids=case_ids,
        late=not arrival.outcome and arrival.recorded_at <= now - LATE_AFTER,
    )


def arrival(arrival_id: int, *, now: datetime) -> ArrivalCard:
    """One arrival. Refuses `ArrivalUnknown`."""
    row = Arrival.objects.select_related("source", "message", "blob").filter(id=arrival_id).first()
    if row is None:
        raise ArrivalUnknown(arrival=arrival_id)
    first = (
        Arrival.objects.filter(message_id=row.message_id).order_by("id").first() if row.message_id else None
    )
    repeats = row.outcome == Outcome.DUPLICATE and first is not None and first.id != row.id
    return ArrivalCard(
        row=_rows([row], now)[0],
        digest=row.blob_id,
        desk=row.source.desk,
        text=row.message.text if row.message else "",
        message_id=row.message_id,
        sorted_at=row.sorted_at,
        tries=row.tries,
        first_arrival_id=first.id if repeats and first else None,
        can_rerun=row.outcome in (Outcome.QUARANTINED, Outcome.SET_ASIDE),
        can_set_aside=row.outcome == Outcome.QUARANTINED,
        history=tuple(history("arrival", arrival_id)),
    )


def raw(arrival_id: int) -> bytes:
    """The bytes as they came. Refuses `ArrivalUnknown`, `MessageErased`."""
    row = Arrival.objects.filter(id=arrival_id).first()
    if row is None:
        raise ArrivalUnknown(arrival=arrival_id)
    return _bytes(row.blob_id, lambda: redaction.of_arrival(arrival_id))


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with its bytes. `media_type` is what the sender says it is: serve it as a download."""

    filename: str
    media_type: str
    data: bytes


def attachment(message_id: int, path: str) -> File:
    """One file of a message, cut out of its raw bytes. Refuses `MessageUnknown`, `NotReadable`."""
    part = Part.objects.select_related("message").filter(message_id=message_id, path=path).first()
    if part is None:
        raise MessageUnknown(message=message_id)
    raw_mail = _bytes(part.message.blob_id, lambda: redaction.of_message(message_id))
    data = _readable(lambda: child.VIEWING.part(raw_mail, path))
    return File(part.filename or f"part-{path}", part.media_type, data)


def html_document(message_id: int, *, remote: bool = False) -> Shown:
    """The HTML of a message as a page for the sandboxed frame (`html.FRAME_POLICY`), its own pictures in it.

    With `remote` also pictures on other servers (`html.FRAME_POLICY_WITH_PICTURES`).
    Refuses `MessageUnknown`, `NotReadable`.
    """
    message = Message.objects.filter(id=message_id, has_html=True).first()
    if message is None:
        raise MessageUnknown(message=message_id)
    raw_mail = _bytes(message.blob_id, lambda: redaction.of_message(message_id))
    return _readable(lambda: child.VIEWING.html_document(raw_mail, remote=remote))


def _bytes(digest: str, erasure: Callable[[], redaction.Erasure | None]) -> bytes:
    """The bytes; refuses `MessageErased`, which says who erased them and why, where that is known."""
    try:
        return vault.read(digest)
    except vault.BlobRedacted:
        found = erasure()
        if found is None:
            raise
        raise redaction.refusal(found) from None


def _readable(look: Callable[[], T]) -> T:
    try:
        return look()
    except NotUnderstood as reason:
        raise NotReadable(reason=reason.reason) from None
