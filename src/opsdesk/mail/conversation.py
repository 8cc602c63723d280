"""The conversation of a case: its messages, what is folded in them, and moving one to another case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import Prefetch

from opsdesk.cases import actions as cases
from opsdesk.cases.ground import load
from opsdesk.cases.models import Case
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.mail import quotes
from opsdesk.mail.actions import link
from opsdesk.mail.models import CaseMessage, Message, Part
from opsdesk.mail.refusals import MessageUnknown, NotOfThisThread, OpenedByThisMessage

ELSEWHERE = "elsewhere"


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


@dataclass(frozen=True, slots=True)
class ThreadCase:
    """Another request of the same thread."""

    id: int
    subject: str
    state: str
    queue: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages of a case, oldest first, and the other requests of their threads that one may read."""

    messages: tuple[MessageView, ...]
    thread_cases: tuple[ThreadCase, ...]


def of_case(case_id: int, *, reader: Actor = SYSTEM) -> Conversation:
    """The conversation of a case; an empty one when it has no message.

    That `reader` may read the case itself is the caller's to check.
    """
    rows = list(
        CaseMessage.objects.filter(case_id=case_id, removed_at__isnull=True)
        .select_related("message__author")
        .prefetch_related(Prefetch("message__parts", queryset=Part.objects.order_by("id")))
        .order_by("message__received_at", "message_id")
    )
    parted = _parted([row.message_id for row in rows], case_id)
    views = tuple(_view(row, parted.get(row.message_id, ())) for row in rows)
    return Conversation(views, _thread_cases({row.message.thread_id for row in rows}, case_id, reader))


def _parted(message_ids: Sequence[int], case_id: int) -> dict[int, list[tuple[int, int, int]]]:
    """The passages of these messages that belong to other cases, by message: (start, end, case)."""
    rows = CaseMessage.objects.filter(
        message_id__in=message_ids, removed_at__isnull=True, span_start__isnull=False
    ).exclude(case_id=case_id)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for message_id, start, end, other in rows.order_by("span_start").values_list(
        "message_id", "span_start", "span_end", "case_id"
    ):
        found.setdefault(message_id, []).append((start or 0, end or 0, other))
    return found


def _thread_cases(thread_ids: set[int], case_id: int, reader: Actor) -> tuple[ThreadCase, ...]:
    rows = (
        Case.objects.filter(
            case_messages__message__thread_id__in=thread_ids, case_messages__removed_at__isnull=True
        )
        .exclude(id=case_id)
        .distinct()
        .order_by("id")
    )
    readable = [case for case in rows[:50] if may(reader, Act.READ, desk=case.desk)]
    return tuple(ThreadCase(case.id, case.subject, case.state, case.queue) for case in readable)


def _view(row: CaseMessage, parted: Sequence[tuple[int, int, int]]) -> MessageView:
    message = row.message
    spans = _spans(message.text, _aside(row, parted))
    return MessageView(
        id=message.id,
        direction=message.direction,
        from_name=message.from_name,
        from_address=message.from_address,
        to=tuple(one[1] or one[0] for one in message.to),
        cc=tuple(one[1] or one[0] for one in message.cc),
        subject=message.subject,
        at=message.received_at,
        spans=spans,
        offsets=tuple((span.start, span.end) for span in spans),
        attachments=tuple(
            Attachment(part.path, part.filename, part.media_type, part.size) for part in message.parts.all()
        ),
        has_html=message.has_html,
        how=row.how,
        which_request=row.which_request,
        delivery=message.delivery,
        author_name=message.author.name if message.author else "",
        automatic=message.automatic,
        machine=message.machine,
    )


def _aside(row: CaseMessage, parted: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The passages of the message that this case leaves aside."""
    if row.span_start is None or row.span_end is None:
        return list(parted)
    text_end = len(row.message.text)
    around = [(0, row.span_start, 0), (row.span_end, text_end, 0)]
    return [passage for passage in around if passage[0] < passage[1]]


def _spans(text: str, aside: Sequence[tuple[int, int, int]]) -> tuple[Span, ...]:
    """The folded text, cut where a passage belongs elsewhere."""
    cuts = sorted({0, len(text), *(edge for start, end, _ in aside for edge in (start, end))})
    found: list[Span] = []
    for span in quotes.folded(text):
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
        .filter(case_id=case_id, message_id=message_id, removed_at__isnull=True)
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
