"""What follows from a change of calendars."""

from opsdesk.clock.models import LaneName

HOURS_CHANGED = "clock.hours_changed"
TASK_KINDS = {HOURS_CHANGED: LaneName.DEADLINES}
