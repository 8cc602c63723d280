"""Working time of a desk's queues, by the calendar each stay was measured by."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from opsdesk.cases import queries as cases_queries
from opsdesk.cases.definition import DeskDefinition
from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar
from opsdesk.kernel.memory import remembered

Pause = tuple[datetime, datetime | None]


Known = dict[tuple[datetime, datetime], tuple[int, int]]


class DeskHours:
    """Looks each calendar up once, and works each span without pauses out once."""

    def __init__(self, desk: DeskDefinition) -> None:
        self._desk = desk
        self._found: dict[tuple[str, str], tuple[Calendar, Known]] = {}
        self._known: defaultdict[str, Known] = defaultdict(dict)
        self._calendars: dict[tuple[str, str], Calendar] = {}

    def between(
        self, queue: str, version: str, start: datetime, end: datetime, pauses: Sequence[Pause] = ()
    ) -> tuple[int, int]:
        """Seconds by the wall and working seconds in a queue, both 0 where the end lies before the start.

        `version` is the label a closed stay keeps; empty: as it is now.
        """
        if end <= start:
            return 0, 0
        key = (queue, version)
        if key not in self._found:
            found = self.calendar_of(queue, version)
            self._found[key] = found, self._known[found.version_label]
        hours, known = self._found[key]
        if not pauses and (span := known.get((start, end))):
            return span
        span = int((end - start).total_seconds()), business_time(start, end, hours, pauses)
        if not pauses:
            known[start, end] = span
        return span

    def calendar_of(self, queue: str, version: str) -> Calendar:
        """The calendar of a label `support@3+2`; a queue that is gone has the entry queue's."""
        if (queue, version) not in self._calendars:
            self._calendars[queue, version] = self._calendar_of(queue, version)
        return self._calendars[queue, version]

    def _calendar_of(self, queue: str, version: str) -> Calendar:
        if version:
            name, _, number = version.partition("@")
            return calendar(name, version=int(number.partition("+")[0]))
        known = queue if self._desk.has_queue(queue) else self._desk.entry_queue
        return calendar(self._desk.queue(known).calendar)


@remembered
def hours_of(desk: str) -> DeskHours:
    """The hours of a desk, shared by all numbers of one page. Refuses `NoSuchDesk`."""
    return DeskHours(cases_queries.desk(desk))
