"""The table below an answer as a file."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.web.exports.sheets import Columns, Sheet
from opsdesk.web.questions.said import Row, Said


def sheet(question: str, desk: DeskDefinition, said: Said, *, place: int) -> Sheet[Row]:
    """One desk's numbers; `place` tells it from those of the other desks on the page."""
    columns: Columns[Row] = (
        (_("Name"), lambda row: row.name),
        *((name, _cell(number)) for number, name in enumerate(said.head)),
    )
    return Sheet(f"{question}-{desk.key}", desk.key, columns, lambda: said.rows, desk.zone, str(place))


def _cell(number: int) -> Callable[[Row], str]:
    return lambda row: row.cells[number][0] if number < len(row.cells) else ""
