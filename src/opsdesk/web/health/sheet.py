"""The tasks that need a look, as files."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from opsdesk.clock import queries
from opsdesk.clock.queries import TaskRow
from opsdesk.web.exports.sheets import Columns, Sheet


def failing() -> Sheet[TaskRow]:
    """Those whose last try went wrong."""
    return Sheet(
        "tasks-failing",
        _("Failing and dead tasks"),
        _columns(),
        queries.every_failing,
        key="failing",
    )


def late(now: datetime, *, held: Sequence[str]) -> Sheet[TaskRow]:
    """Those that nobody has tried yet though it was time."""
    return Sheet(
        "tasks-late", _("Late tasks"), _columns(), lambda: queries.every_late(now, held=held), key="late"
    )


def _columns() -> Columns[TaskRow]:
    return (
        (_("Task"), lambda row: row.id),
        (_("Kind"), lambda row: row.kind),
        (_("State"), lambda row: _("dead") if row.dead else ""),
        (_("About"), lambda row: f"{row.subject_kind} {row.subject_id}"),
        (_("Due"), lambda row: row.due_at),
        (_("Next try"), lambda row: row.run_at),
        (_("Tries"), lambda row: row.attempts),
        (_("Last error"), lambda row: row.last_error),
    )
