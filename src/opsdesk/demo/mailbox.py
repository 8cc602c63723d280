"""The mailbox of the example: mail lies there until it is fetched, on the hour by day."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.demo.events import Events
from opsdesk.demo.hours import HOUR, MINUTE, worked
from opsdesk.demo.letters import Letter, written
from opsdesk.demo.savepoints import with_savepoints
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.mail import intake
from opsdesk.mail.arrivals import Incoming
from opsdesk.mail.models import Arrival, CaseMessage, Source

FETCHED_EVERY_S = HOUR
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
        ids = [each.arrival_id for each in stored]
        outcomes = dict(Arrival.objects.filter(id__in=ids).values_list("id", "outcome"))
        cases = _cases_of(ids)
        for item, arrival_id in zip(items, ids, strict=True):
            self._fetched[item.label] = Delivered(arrival_id, outcomes[arrival_id], cases.get(arrival_id, 0))

    def _next_fetch(self, now: datetime) -> datetime:
        passed = int((now - EPOCH).total_seconds()) // FETCHED_EVERY_S
        tick = EPOCH + timedelta(seconds=(passed + 1) * FETCHED_EVERY_S)
        open_then = business_time(tick, tick + timedelta(seconds=MINUTE), self._hours) > 0
        return tick if open_then else worked(now, 1, self._hours)


def _cases_of(arrival_ids: list[int]) -> dict[int, int]:
    """By arrival, the case its message opened or joined."""
    links = CaseMessage.objects.filter(message__arrivals__in=arrival_ids, removed_at__isnull=True)
    return dict(links.order_by("id").values_list("message__arrivals", "case_id"))
