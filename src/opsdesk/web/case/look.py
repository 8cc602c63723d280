"""A case as one person looks at it: the card, the conversation, and both in the order they happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases.card import CaseCard, NoteRow, StayRow
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Case
from opsdesk.kernel.actor import Actor
from opsdesk.mail.conversation import Conversation, MessageView
from opsdesk.people import queries as people
from opsdesk.people.queries import Name
from opsdesk.web import formats

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


@dataclass(frozen=True, slots=True)
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

    def incoming(self, *, joined: bool = False) -> list[Choice]:
        """The customer's messages; with `joined` only those that may be moved."""
        return [
            Choice(
                each.id,
                f"{each.from_name or each.from_address}, {formats.moment(each.at, self.now)}",
                text_of(each),
            )
            for each in self.conversation.messages
            if each.direction == "in" and not (joined and each.how in FIXED_PLACES)
        ]

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
