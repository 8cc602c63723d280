"""A case as one person looks at it: the card, the conversation, and both in the order they happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from opsdesk.cases import merges
from opsdesk.cases.card import CaseCard, NoteRow, StayRow
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.lifecycle import Kind, Move
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import Actor
from opsdesk.mail import proposing
from opsdesk.mail.conversation import Conversation, MessageView
from opsdesk.mail.proposing import Offer
from opsdesk.people import queries as people
from opsdesk.people.queries import Name
from opsdesk.web.moments import Moments

HANDED_ON = ("escalated", "returned", "rerouted", "reopened")
FIXED_PLACES = ("opened", "split")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the conversation: a message, a note, or a hand-off with its words."""

    at: datetime
    message: MessageView | None = None
    note: NoteRow | None = None
    stay: StayRow | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A message to choose, with its text."""

    id: int
    label: str
    text: str


@dataclass(frozen=True)
class Look:
    """What a person sees of a case at one moment."""

    card: CaseCard
    conversation: Conversation
    actor: Actor
    now: datetime

    @property
    def case(self) -> Case:
        return self.card.case

    @property
    def desk(self) -> DeskDefinition:
        return self.card.desk

    @property
    def leads(self) -> bool:
        return self.actor.leads(self.case.desk)

    def seated(self) -> list[Name]:
        return people.persons_of_queue(self.case.desk, self.case.queue, self.now)

    @cached_property
    def offers(self) -> dict[int, Offer]:
        """The proposed splits of the customer's messages, and the answers that can be undone."""
        if Move.SPLIT not in self.card.moves:
            return {}
        whole = {each.id: text_of(each) for each in self._incoming(joined=False) if self._is_whole(each)}
        return proposing.offers(self.case, whole)

    def _is_whole(self, message: MessageView) -> bool:
        return not message.machine and message.how != "split" and message.id not in self._parted_by_hand

    @cached_property
    def _parted_by_hand(self) -> frozenset[int]:
        """Messages with a passage elsewhere whose proposal nobody accepted."""
        messages = self.conversation.messages
        parted = {each.id for each in messages if any(span.kind == "elsewhere" for span in each.spans)}
        return frozenset(parted - proposing.standing(list(parted)).keys() if parted else ())

    @property
    def is_unanswered(self) -> bool:
        """Whether it is a request whose requester has not heard from us."""
        return self.case.kind == Kind.REQUEST and self.case.first_response_at is None

    @cached_property
    def reopened_by(self) -> int:
        """The message that reopened the case, while that can be withdrawn; 0 for none."""
        stay, incoming = self.card.stays[-1], list(self._incoming(joined=False))
        by_message = stay.entrance == "reopened" and not stay.entered_by and not stay.first_touch_at
        if Move.WITHDRAW_THANKS not in self.card.moves or not by_message or not incoming:
            return 0
        return incoming[-1].id if incoming[-1].at <= stay.entered_at else 0

    @cached_property
    def mergeable(self) -> Sequence[Case]:
        """The requests this one could be merged with."""
        return merges.candidates(self.case) if Move.MERGE in self.card.moves else ()

    def has_incoming(self, *, joined: bool = False) -> bool:
        """Whether there is a message of the customer; with `joined`, one that may be moved."""
        return next(self._incoming(joined), None) is not None

    def incoming(self, *, joined: bool = False) -> list[Choice]:
        """The customer's messages; with `joined` only those that may be moved."""
        moments = Moments(self.now)
        return [
            Choice(each.id, f"{each.from_name or each.from_address}, {moments.short(each.at)}", text_of(each))
            for each in self._incoming(joined)
        ]

    def _incoming(self, joined: bool) -> Iterator[MessageView]:
        for each in self.conversation.messages:
            if each.direction == "in" and not (joined and each.how in FIXED_PLACES):
                yield each

    @property
    def items(self) -> tuple[Item, ...]:
        """Messages, notes and hand-offs, oldest first."""
        return tuple(sorted(self._items(), key=lambda item: item.at))

    def _items(self) -> Iterator[Item]:
        for message in self.conversation.messages:
            yield Item(message.at, message=message)
        for note in self.card.notes:
            yield Item(note.written_at, note=note)
        for stay in self.card.stays:
            if stay.entrance in HANDED_ON:
                yield Item(stay.entered_at, stay=stay)


def text_of(message: MessageView) -> str:
    """The whole text of a message: its spans tile it."""
    return "".join(span.text for span in message.spans)
