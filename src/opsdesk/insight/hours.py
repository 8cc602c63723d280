"""Working time of a desk's queues, by the calendar each stay was measured by."""

from collections.abc import Iterable
from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.clock.business import business_time
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar

Pause = tuple[datetime, datetime | None]


class DeskHours:
    """Looks each calendar up once."""

    def __init__(self, desk: DeskDefinition) -> None:
        self._desk = desk
        self._found: dict[tuple[str, str], Calendar] = {}

    def between(
        self, queue: str, version: str, start: datetime, end: datetime, pauses: Iterable[Pause] = ()
    ) -> tuple[int, int]:
        """Seconds by the wall and working seconds in a queue, both 0 where the end lies before the start.

        `version` is the label a closed stay keeps; empty: as it is now.
        """
        key = (queue, version)
        if key not in self._found:
            self._found[key] = self._calendar(queue, version)
        if end <= start:
            return 0, 0
        return int((end - start).total_seconds()), business_time(start, end, self._found[key], pauses)

    def _calendar(self, queue: str, version: str) -> Calendar:
        """The calendar of a label `support@3+2`; a queue that is gone has the entry queue's."""
        if version:
            name, _, number = version.partition("@")
            return calendar(name, version=int(number.partition("+")[0]))
        known = queue if self._desk.has_queue(queue) else self._desk.entry_queue
        return calendar(self._desk.queue(known).calendar)
