"""The conversation of a case: its messages, what is folded in them, and moving one to another case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.db import transaction

from opsdesk.cases import actions as cases
from opsdesk.cases.ground import load
from opsdesk.cases.merges import family
from opsdesk.cases.models import Case
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.mail import absences, pictures, quotes, thread_joins
from opsdesk.mail.actions import link
from opsdesk.mail.models import CaseMessage, Message, Part
from opsdesk.mail.refusals import MessageUnknown, NotOfThisThread, OpenedByThisMessage
from opsdesk.mail.thread_joins import JoinView

ELSEWHERE = "elsewhere"
REMEMBERED = 20_000
# A case is looked at many times, its messages never change: folding them was a fifth of the page.
_folds = lru_cache(maxsize=512)(quotes.folded)
_reads_like_one = lru_cache(maxsize=2048)(absences.reads_like_one)
# What a page shows of a message; whole rows, with all of a person in each, take twice as long to read.
SHOWN = (
    "message_id", "how", "span_start", "span_end", "which_request", "message__thread_id",
    "message__direction", "message__from_name", "message__from_address", "message__to", "message__cc",
    "message__subject", "message__text", "message__received_at", "message__has_html", "message__delivery",
    "message__author__name", "message__automatic", "message__machine", "message__redacted_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """`text` stands at `[start:end]` of the message; `visible`, `quoted`, `signature` or `elsewhere`.

    `elsewhere`: it belongs to the request `case_id` (0 for all that this part of a split leaves aside).
    """

    text: str
    kind: str
    start: int
    end: int
    case_id: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, served by `ledger.attachment(message_id, path)`. `size` in bytes."""

    path: str
    filename: str
    media_type: str
    size: int

    @property
    def pictured(self) -> bool:
        """Whether a picture of it is offered."""
        return pictures.may_have_one(self.media_type, self.filename, self.size)


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as shown on a case. `offsets` are those of the spans; `at`: when it came or was written."""

    id: int
    direction: str
    from_name: str
    from_address: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    at: datetime
    spans: tuple[Span, ...]
    offsets: tuple[tuple[int, int], ...]
    attachments: tuple[Attachment, ...]
    has_html: bool
    how: str
    which_request: bool
    delivery: str
    author_name: str
    automatic: bool
    machine: str
    erased: bool = False

    @property
    def reads_like_absence(self) -> bool:
        """Whether a person's mail reads like an automatic absence note: a hint, nothing follows of it."""
        if self.direction != Message.Direction.IN or self.machine or self.erased:
            return False
        own = "".join(span.text for span in self.spans if span.kind == quotes.VISIBLE)
        return _reads_like_one(self.subject, own)


@dataclass(frozen=True, slots=True)
class ThreadCase:
    """Another request of the same thread."""

    id: int
    subject: str
    state: str
    queue: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages of a case, oldest first, and the other requests of their threads that one may read.

    `joins` tells which message made their threads one; those that were not joined have been one all along.
    """

    messages: tuple[MessageView, ...]
    thread_cases: tuple[ThreadCase, ...]
    joins: tuple[JoinView, ...] = ()


def of_case(case_id: int, *, reader: Actor = SYSTEM) -> Conversation:
    """The conversation of a case and of those merged into it; an empty one when it has no message.

    That `reader` may read the case itself is the caller's to check.
    """
    own = family(case_id)
    linked = (
        CaseMessage.objects.filter(case_id__in=own, removed_at__isnull=True)
        .order_by("message__received_at", "message_id", "span_start")
        .values_list(*SHOWN, named=True)
    )
    # The whole of a message stands for its parts where both are here.
    rows = list(
        {row.message_id: row for row in sorted(linked, key=lambda row: row.span_start is None)}.values()
    )
    rows.sort(key=lambda row: (row.message__received_at, row.message_id))
    ids = [row.message_id for row in rows]
    parted, attached = _parted(ids, own), _attached(ids)
    views = tuple(
        _view(row, parted.get(row.message_id, ()), attached.get(row.message_id, ())) for row in rows
    )
    threads = {row.message__thread_id for row in rows}
    others = _thread_cases(threads, own, reader)
    return Conversation(views, others, thread_joins.of_threads(threads, own) if others else ())


def _attached(message_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    parts = Part.objects.filter(message_id__in=message_ids).order_by("id")
    for message_id, path, filename, media_type, size in parts.values_list(
        "message_id", "path", "filename", "media_type", "size"
    ):
        found.setdefault(message_id, []).append(Attachment(path, filename, media_type, size))
    return found


def _parted(message_ids: Sequence[int], own: Sequence[int]) -> dict[int, list[tuple[int, int, int]]]:
    """The passages of these messages that belong to other cases, by message: (start, end, case)."""
    rows = CaseMessage.objects.filter(
        message_id__in=message_ids, removed_at__isnull=True, span_start__isnull=False
    ).exclude(case_id__in=own)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for message_id, start, end, other in rows.order_by("span_start").values_list(
        "message_id", "span_start", "span_end", "case_id"
    ):
        found.setdefault(message_id, []).append((start or 0, end or 0, other))
    return found


def _thread_cases(thread_ids: set[int], own: Sequence[int], reader: Actor) -> tuple[ThreadCase, ...]:
    linked = CaseMessage.objects.filter(message__thread_id__in=thread_ids, removed_at__isnull=True)
    others = Case.objects.filter(id__in=linked.values("case_id")).exclude(id__in=own).order_by("id")
    rows = others.values("desk", "id", "subject", "state", "queue")[:50]
    readable = [row for row in rows if may(reader, Act.READ, desk=row["desk"])]
    return tuple(ThreadCase(row["id"], row["subject"], row["state"], row["queue"]) for row in readable)


def _view(row: Any, parted: Sequence[tuple[int, int, int]], attached: Sequence[Attachment]) -> MessageView:
    spans = _spans(row.message__text, _aside(row, parted))
    return MessageView(
        id=row.message_id,
        direction=row.message__direction,
        from_name=row.message__from_name,
        from_address=row.message__from_address,
        to=tuple(one[1] or one[0] for one in row.message__to),
        cc=tuple(one[1] or one[0] for one in row.message__cc),
        subject=row.message__subject,
        at=row.message__received_at,
        spans=spans,
        offsets=tuple((span.start, span.end) for span in spans),
        attachments=tuple(attached),
        has_html=row.message__has_html,
        how=row.how,
        which_request=row.which_request,
        delivery=row.message__delivery,
        author_name=row.message__author__name or "",
        automatic=row.message__automatic,
        machine=row.message__machine,
        erased=row.message__redacted_at is not None,
    )


def _aside(row: Any, parted: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The passages of the message that this case leaves aside."""
    if row.span_start is None or row.span_end is None:
        return list(parted)
    around = [(0, row.span_start, 0), (row.span_end, len(row.message__text), 0)]
    return [passage for passage in around if passage[0] < passage[1]]


def _spans(text: str, aside: Sequence[tuple[int, int, int]]) -> tuple[Span, ...]:
    """The folded text, cut where a passage belongs elsewhere."""
    cuts = sorted({0, len(text), *(edge for start, end, _ in aside for edge in (start, end))})
    found: list[Span] = []
    for span in _folds(text) if len(text) <= REMEMBERED else quotes.folded(text):
        edges = [span.start, *(cut for cut in cuts if span.start < cut < span.end), span.end]
        for start, end in pairwise(edges):
            other = next((case for low, high, case in aside if low <= start and end <= high), None)
            kind = span.kind if other is None else ELSEWHERE
            found.append(Span(text[start:end], kind, start, end, other or 0))
    return tuple(found)


@transaction.atomic
def move(message_id: int, *, from_case: int, to_case: int, actor: Actor, now: datetime) -> None:
    """Move a message that joined one case to another one of its thread; there it counts as just written.

    Refuses `MessageUnknown` (also when somebody has moved it in the meantime), `OpenedByThisMessage`,
    `NotOfThisThread`, `NotYourDesk` for either case's desk, and what `cases.actions.customer_wrote` refuses
    (`CaseClosed`, `CaseVoid`, `CaseMerged`).
    """
    row = _joined(message_id, from_case, actor)
    if row.how in (CaseMessage.How.OPENED, CaseMessage.How.SPLIT):
        raise OpenedByThisMessage(case=from_case)
    message = row.message
    _check_target(message, to_case, actor)
    cases.customer_wrote(case_id=to_case, received_at=message.received_at, now=now, actor=actor)
    if not CaseMessage.objects.filter(id=row.id, removed_at__isnull=True).update(removed_at=now):
        raise MessageUnknown(message=message_id)
    there = CaseMessage.objects.filter(case_id=to_case, message_id=message_id, removed_at__isnull=True)
    if not there.exists():
        link(case_id=to_case, message_id=message_id, how=CaseMessage.How.MOVED, now=now)
    _record("message.moved", message_id, actor, now, {"from": from_case, "to": to_case})


@transaction.atomic
def keep(message_id: int, *, case_id: int, actor: Actor, now: datetime) -> None:
    """Say that a message marked *which request?* is where it belongs."""
    row = _joined(message_id, case_id, actor)
    if row.which_request:
        CaseMessage.objects.filter(id=row.id).update(which_request=False)
        _record("message.kept", message_id, actor, now, {"case": case_id})


def _joined(message_id: int, case_id: int, actor: Actor) -> CaseMessage:
    case = load(case_id)
    check_may(actor, Act.HANDLE_MAIL, desk=case.desk)
    row = (
        CaseMessage.objects.select_related("message")
        .filter(case_id__in=family(case_id), message_id=message_id, removed_at__isnull=True)
        .exclude(message__direction=Message.Direction.OUT)
        .first()
    )
    if row is None:
        raise MessageUnknown(message=message_id)
    return row


def _check_target(message: Message, case_id: int, actor: Actor) -> None:
    target = load(case_id)
    check_may(actor, Act.HANDLE_MAIL, desk=target.desk)
    same = CaseMessage.objects.filter(
        case_id=target.id, message__thread_id=message.thread_id, removed_at__isnull=True
    )
    if not same.exists():
        raise NotOfThisThread(case=case_id)


def _record(kind: str, message_id: int, actor: Actor, now: datetime, payload: dict[str, int]) -> None:
    record(
        kind=kind,
        subject_kind="message",
        subject_id=message_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
