"""The mailbox of the example: mail lies there until it is fetched, on the hour by day."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.demo.events import Events
from opsdesk.demo.hours import HOUR, MINUTE, worked
from opsdesk.demo.letters import Letter, written
from opsdesk.demo.savepoints import with_savepoints
from opsdesk.journal.rows import places
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Source

FETCHED_EVERY_S = HOUR
FOUND = (
    "SELECT arrival.id, arrival.outcome, link.case_id FROM mail_arrival arrival"
    " LEFT JOIN mail_casemessage link ON link.message_id = arrival.message_id AND link.removed_at IS NULL"
    " WHERE arrival.id IN ({}) ORDER BY link.id"
)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a mail; `case_id` 0: it belongs to no case."""

    arrival_id: int
    outcome: str
    case_id: int


class MailNotRead(Refusal):
    message = gettext_noop("The example's own mail %(mail)s became %(outcome)s. Is memory short?")


class Mailbox:
    """One source. Each mail keeps the instant at which it came, whenever it is fetched."""

    def __init__(self, source: Source, events: Events, hours: Calendar) -> None:
        self._source = source
        self._events = events
        self._hours = hours
        self._came = 0
        self._lying: list[Incoming] = []
        self._fetched: dict[str, Delivered] = {}

    def receive(self, letter: Letter | bytes) -> Generator[datetime, None, Delivered]:
        """The mail comes now; the life that sent it sleeps until the fetch, and learns what became of it."""
        now = self._events.now
        self._came += 1
        label = f"{now:%Y/%m}/{self._came:05}.eml"
        raw = written(letter) if isinstance(letter, Letter) else letter
        self._lying.append(Incoming(raw, label, now))
        yield self._next_fetch(now)
        self.fetch(now=self._events.now)
        return self._fetched.pop(label)

    def receive_for_a_case(self, letter: Letter | bytes) -> Generator[datetime, None, Delivered]:
        """The same for a mail that opens or joins a case. Refuses `MailNotRead` when it did neither."""
        delivered = yield from self.receive(letter)
        if not delivered.case_id:
            outcome = delivered.outcome or "unsorted"
            raise MailNotRead(mail=delivered.arrival_id, outcome=outcome)
        return delivered

    def fetch(self, *, now: datetime) -> None:
        """Store and sort all that lies there, as the worker does."""
        if not self._lying:
            return
        items, self._lying = self._lying, []
        stored = intake.store_many(source=self._source, items=items, now=now)
        with with_savepoints():
            intake.sort_pending(limit=len(items), now=now)
        found = _found([each.arrival_id for each in stored])
        for item, one in zip(items, stored, strict=True):
            self._fetched[item.label] = found[one.arrival_id]

    def _next_fetch(self, now: datetime) -> datetime:
        passed = int((now - EPOCH).total_seconds()) // FETCHED_EVERY_S
        tick = EPOCH + timedelta(seconds=(passed + 1) * FETCHED_EVERY_S)
        open_then = business_time(tick, tick + timedelta(seconds=MINUTE), self._hours) > 0
        return tick if open_then else worked(now, 1, self._hours)


def _found(arrival_ids: list[int]) -> dict[int, Delivered]:
    """What became of these arrivals, with the case that each one's message opened or joined last."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(places(arrival_ids)), arrival_ids)
        return {id: Delivered(id, outcome, case_id or 0) for id, outcome, case_id in cursor.fetchall()}
