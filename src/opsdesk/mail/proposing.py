"""What people say to a proposed split: accepted as corrected, one request after all, or taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from django.db import transaction

from opsdesk.cases.ground import check_may_here, load
from opsdesk.cases.merges import family
from opsdesk.cases.models import UNRESOLVED, Case, CaseState
from opsdesk.journal.actions import record
from opsdesk.journal.models import Entry
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import proposals, splits
from opsdesk.mail.models import CaseMessage, ProposalAnswer
from opsdesk.mail.refusals import (
    AlreadyAnswered,
    MessageUnknown,
    NotAnswered,
    OneRequestBefore,
    SplitBefore,
)
from opsdesk.people import queries as people

Answer = ProposalAnswer.Answer
# A case is looked at many times, its messages never change.
_proposed = lru_cache(maxsize=512)(proposals.propose)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A passage `text[start:end]` of the message as a person chose it, and what it is to be called."""

    start: int
    end: int
    subject: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page says about a message's split: the proposal, or the answer that stands to be undone."""

    message_id: int
    text: str
    proposal: proposals.Proposal | None
    answer: str

    @property
    def quoted(self) -> list[str]:
        """The words of each proposed part."""
        parts = self.proposal.parts if self.proposal else ()
        return [self.text[part.start : part.end] for part in parts]

    @property
    def left(self) -> list[str]:
        """What the mail itself says that is in no part."""
        return [self.text[start:end] for start, end in self.proposal.rest] if self.proposal else []


def offers(case: Case, texts: Mapping[int, str]) -> dict[int, Offer]:
    """For whole messages of the customer on an unresolved case, by id with their texts: one query."""
    if case.state not in UNRESOLVED:
        return {}
    answered = standing(list(texts))
    found = {
        id: Offer(id, text, None if id in answered else _proposed(text), answered.get(id, ""))
        for id, text in texts.items()
    }
    return {id: offer for id, offer in found.items() if offer.proposal or offer.answer}


def standing(message_ids: Sequence[int]) -> dict[int, str]:
    """Of these messages, those whose proposal was answered, and how."""
    rows = ProposalAnswer.objects.filter(message_id__in=message_ids)
    return dict(rows.values_list("message_id", "answer"))


def proposed(message_id: int, text: str) -> Offer:
    """What is proposed for a message, whatever was said to it."""
    return Offer(message_id, text, _proposed(text), "")


@transaction.atomic
def accept(
    *,
    case_id: int,
    message_id: int,
    parts: Sequence[Chosen],
    seen_version: int | None = None,
    actor: Actor,
    now: datetime,
) -> list[Case]:
    """Split the message: the first passage stays with the case, each further one opens a request.

    The answer are the new requests. Refuses `AlreadyAnswered`, `Invalid` for fewer than two passages or
    passages that overlap, and what `splits.split_span` refuses; then nothing was split.
    """
    _on_the_case(case_id, message_id, actor, seen_version)
    ordered = sorted(parts, key=lambda part: part.start)
    if len(ordered) < 2:
        raise Invalid("parts", gettext_noop("Choose two passages or more; otherwise it is one request."))
    if any(one.end > other.start for one, other in pairwise(ordered)):
        raise Invalid("parts", gettext_noop("Two of the passages overlap."))
    _answer(message_id, Answer.ACCEPTED, actor, now)
    opened = [
        splits.split_span(
            case_id=case_id,
            message_id=message_id,
            start=part.start,
            end=part.end,
            subject=part.subject,
            type=part.type,
            seen_version=seen_version,
            actor=actor,
            now=now,
        )
        for part in ordered[1:]
    ]
    payload = {"case": case_id, "parts": [part.id for part in opened]}
    _record("proposal.accepted", message_id, actor, now, payload)
    return opened


@transaction.atomic
def dismiss(*, case_id: int, message_id: int, actor: Actor, now: datetime) -> None:
    """It is one request: the proposal is not shown again. Refuses `AlreadyAnswered`."""
    _on_the_case(case_id, message_id, actor)
    _answer(message_id, Answer.DISMISSED, actor, now)
    _record("proposal.dismissed", message_id, actor, now, {"case": case_id})


@transaction.atomic
def undo(*, case_id: int, message_id: int, actor: Actor, now: datetime) -> list[int]:
    """Take the answer back: the parts are void while nobody has touched them, the proposal stands again.

    The answer are the parts' numbers. Refuses `NotAnswered`; a part that was touched, resolved or merged
    refuses by its name, and then all stay.
    """
    _on_the_case(case_id, message_id, actor)
    answer = ProposalAnswer.objects.select_for_update().filter(message_id=message_id).first()
    if answer is None:
        raise NotAnswered()
    gone = [part for part in _parts_of(answer) if not _is_void(part)]
    for part in gone:
        splits.undo(case_id=part, actor=actor, now=now)
    answer.delete()
    _record("proposal.reopened", message_id, actor, now, {"case": case_id, "parts": gone})
    return gone


def _parts_of(answer: ProposalAnswer) -> list[int]:
    """The requests that the accepted proposal opened."""
    if answer.answer != Answer.ACCEPTED:
        return []
    facts = Entry.objects.filter(
        subject_kind="message", subject_id=answer.message_id, kind="proposal.accepted"
    )
    return list(facts.order_by("-id")[:1].get().payload["parts"])


def _is_void(case_id: int) -> bool:
    """Void already: taken back by hand, or no request."""
    return load(case_id).state == CaseState.VOID


def _on_the_case(case_id: int, message_id: int, actor: Actor, seen_version: int | None = None) -> None:
    check_may_here(load(case_id), Act.SPLIT, actor=actor, seen_version=seen_version)
    own = family(case_id)
    here = CaseMessage.objects.filter(case_id__in=own, message_id=message_id, removed_at__isnull=True)
    if not here.exists():
        raise MessageUnknown(message=message_id)


def _answer(message_id: int, answer: str, actor: Actor, now: datetime) -> None:
    """One answer a message: of two at once, the second is refused."""
    assert actor.id is not None
    standing, made = ProposalAnswer.objects.get_or_create(
        message_id=message_id,
        defaults={"answer": answer, "answered_by_id": actor.id, "answered_at": now},
    )
    if not made:
        raise _answered(standing)


def _answered(before: ProposalAnswer) -> AlreadyAnswered:
    """Who was first, and what became of the message."""
    by = people.names([before.answered_by_id]).get(before.answered_by_id, "?")
    parts = ", ".join(f"#{part}" for part in _parts_of(before))
    return SplitBefore(by=by, cases=parts) if parts else OneRequestBefore(by=by)


def _record(kind: str, message_id: int, actor: Actor, now: datetime, payload: dict[str, object]) -> None:
    record(
        kind=kind,
        subject_kind="message",
        subject_id=message_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
