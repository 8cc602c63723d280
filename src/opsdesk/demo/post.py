"""The mailbox and the carrier of the example, between the real intake and the real queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from opsdesk.cases import timers as case_timers
from opsdesk.clock.claims import claim, fire
from opsdesk.clock.queries import claimable
from opsdesk.demo.letters import Letter, written
from opsdesk.demo.pens import Answered
from opsdesk.mail import intake, replies
from opsdesk.mail.models import CaseMessage, Message, Outcome, Source
from opsdesk.mail.timers import DELIVER

AT_ONCE = 200
OPENED = Outcome.REQUESTS.value


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a mail; `case_id` 0: it belongs to no case."""

    arrival_id: int
    outcome: str
    case_id: int


@contextmanager
def without_savepoints() -> Iterator[None]:
    """Within the year's one transaction an inner one needs no way back: an error undoes the year."""
    wrapper = connections["default"]
    wrapper.savepoint = _no_savepoint  # type: ignore[method-assign]
    try:
        yield
    finally:
        del wrapper.savepoint


@contextmanager
def with_savepoints() -> Iterator[None]:
    """Where an inner transaction may be refused and taken back: an answer to a closed case."""
    wrapper = connections["default"]
    del wrapper.savepoint
    try:
        yield
    finally:
        wrapper.savepoint = _no_savepoint  # type: ignore[method-assign]


def _no_savepoint() -> None:
    """What Django does where a database has none: an error inside then dooms the whole transaction."""


class Post:
    """Delivers to one source, and takes away what the desk sends. Nothing leaves this machine."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._delivered = 0

    def deliver(self, letter: Letter | bytes, *, now: datetime) -> Delivered:
        """Store the mail as received now, and sort it."""
        raw = written(letter) if isinstance(letter, Letter) else letter
        self._delivered += 1
        label = f"{now:%Y/%m}/{self._delivered:05}.eml"
        stored = intake.store(source=self._source, raw=raw, label=label, received_at=now, now=now)
        outcome = intake.sort(stored.arrival_id, now=now)
        return Delivered(stored.arrival_id, outcome, _case_of(stored.arrival_id) if outcome == OPENED else 0)

    def deliver_late(self, letter: Letter, *, now: datetime) -> Delivered:
        """The same for an answer to what was closed: joining is refused first, then a request opened."""
        with with_savepoints():
            return self.deliver(letter, now=now)

    def fire_timers(self, *, now: datetime) -> None:
        """Do what is due, as the worker would; it counts from its due instant."""
        while due := claimable(case_timers.HANDLERS, now=now, limit=AT_ONCE):
            fire(due, case_timers.HANDLERS, now=now)

    def carry(self, *, now: datetime) -> None:
        """Say of everything queued that it was sent."""
        for task in claimable([DELIVER], now=now, limit=AT_ONCE):
            if claim(task.id, now=now):
                replies.mark_sent(task.subject_id, now=now)

    def newest_to_customer(self, case_id: int) -> Answered | None:
        """Our last mail on a case, as it lies in the customer's mailbox."""
        ours = Message.objects.filter(
            case_messages__case_id=case_id,
            case_messages__removed_at__isnull=True,
            direction=Message.Direction.OUT,
        )
        message = ours.order_by("-id").first()
        if message is None:
            return None
        return Answered(
            message_id=message.message_id,
            reply_to=message.reply_to or message.from_address,
            sender=message.from_name or message.from_address,
            subject=message.subject,
            text=message.text,
            sent_at=message.received_at,
        )

    def text_of(self, case_id: int) -> tuple[int, str]:
        """The first message of a case and its text."""
        first = Message.objects.filter(case_messages__case_id=case_id, direction=Message.Direction.IN)
        return first.order_by("id").values_list("id", "text")[0]


def _case_of(arrival_id: int) -> int:
    links = CaseMessage.objects.filter(message__arrivals=arrival_id, removed_at__isnull=True)
    return links.order_by("-id").values_list("case_id", flat=True)[0]
