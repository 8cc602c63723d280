"""Splitting by hand: a passage of a message becomes a request of its own, and back."""

from datetime import datetime

from django.db import transaction

from opsdesk.cases import parts
from opsdesk.cases.merges import family
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import PartTouched
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.actions import link
from opsdesk.mail.headers import one_line
from opsdesk.mail.models import CaseMessage, Message
from opsdesk.mail.refusals import MessageUnknown, SpanTaken

EXCERPT = 400


@transaction.atomic
def split_span(
    *,
    case_id: int,
    message_id: int,
    start: int,
    end: int,
    subject: str,
    type: str = "",
    actor: Actor,
    now: datetime,
    seen_version: int | None = None,
) -> Case:
    """Open the passage `text[start:end]` of a message of the case as a request, as of the message's receipt.

    Refuses `MessageUnknown`, `SpanTaken`, `Invalid`, and what `cases.parts.split` refuses.
    """
    message = Message.objects.filter(
        id=message_id, case_messages__case_id__in=family(case_id), case_messages__removed_at__isnull=True
    ).first()
    if message is None:
        raise MessageUnknown(message=message_id)
    start, end = _within(message.text, start, end)
    part = parts.split(
        case_id=case_id,
        subject=subject,
        excerpt=one_line(message.text[start:end])[:EXCERPT],
        opened_at=message.received_at,
        type=type,
        actor=actor,
        now=now,
        seen_version=seen_version,
    )
    _check_free(message_id, start, end)
    link(case_id=part.id, message_id=message_id, how=CaseMessage.How.SPLIT, span=(start, end), now=now)
    return part


@transaction.atomic
def undo(*, case_id: int, actor: Actor, now: datetime, seen_version: int | None = None) -> Case:
    """Take a split back while nobody has touched the part: its passage is free again.

    Refuses `PartTouched` also when another message belongs to the part: it would be on no case then.
    """
    part = parts.undo_split(case_id=case_id, actor=actor, now=now, seen_version=seen_version)
    here = CaseMessage.objects.filter(case_id=case_id, removed_at__isnull=True)
    if here.exclude(how=CaseMessage.How.SPLIT).exists():
        raise PartTouched(case=case_id)
    here.update(removed_at=now)
    return part


def _within(text: str, start: int, end: int) -> tuple[int, int]:
    """The passage without the blanks at its ends."""
    start, end = max(start, 0), min(end, len(text))
    passage = text[start:end]
    if not passage.strip():
        raise Invalid("span", gettext_noop("Mark the words that ask for something."))
    start += len(passage) - len(passage.lstrip())
    return start, start + len(passage.strip())


def _check_free(message_id: int, start: int, end: int) -> None:
    taken = CaseMessage.objects.filter(
        message_id=message_id, removed_at__isnull=True, span_start__lt=end, span_end__gt=start
    ).first()
    if taken is not None:
        raise SpanTaken(case=taken.case_id)
