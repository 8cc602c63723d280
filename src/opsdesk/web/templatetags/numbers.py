"""Tags of tables and drawings that repeat by the hundred: written here, since a template takes ten times as
long."""

from django.template import Library
from django.utils.safestring import SafeString

from opsdesk.web.charts.bar import BarChart, Block, DrawnColumn
from opsdesk.web.escaping import escaped, html_of
from opsdesk.web.numbers.tables import Cell, Column

register = Library()


@register.simple_tag
def table_row(line: list[tuple[Cell, Column]]) -> SafeString:
    """The cells of a row: numbers to the right, each link saying its column to who does not see it."""
    cells = (_cell(n, cell, column.is_number, column.title) for n, (cell, column) in enumerate(line))
    return SafeString("".join(cells))


@register.simple_tag
def list_row(line: list[tuple[Cell, Column]]) -> SafeString:
    """The cells of a row of a list, all of them words."""
    return SafeString("".join(_cell(n, cell, False, "") for n, (cell, _column) in enumerate(line)))


def _cell(place: int, cell: Cell, is_number: bool, hidden: str) -> str:
    text = escaped(cell.text)
    if cell.href:
        said = html_of('<span class="visually-hidden"> {}</span>', hidden) if hidden else ""
        text = f'<a href="{escaped(cell.href)}">{text}{said}</a>'
    if cell.note:
        text += html_of(' <span class="range">{}</span>', cell.note)
    if cell.state:
        text += html_of(' <span class="chip {}">{}</span>', cell.chip, cell.state)
    if place == 0:
        return f'<th scope="row">{text}</th>'
    shade = f" shade-{cell.shade}" if cell.shade else ""
    return f'<td class="{"number" if is_number else ""}{shade}">{text}</td>'


@register.simple_tag
def bars(chart: BarChart) -> SafeString:
    """The columns of a bar chart, each a link with its words."""
    top, height = chart.frame.top, chart.frame.plot_height
    return SafeString("".join(_bar(column, top, height) for column in chart.columns))


def _bar(column: DrawnColumn, top: float, height: float) -> str:
    """The column opens the list of all, a part with a list of its own that one: for the pointer alone, since
    the words are the column's and the table beside has a link for each."""
    label, rects = escaped(column.label), [_rect("hit", column, top, height)]
    own = [block for block in column.blocks if block.href]
    rects += [_block(column, block) for block in column.blocks if not block.href]
    start = f'<a href="{escaped(column.href)}" aria-label="{label}"><title>{label}</title>'
    parts = [
        f'<a href="{escaped(block.href)}" tabindex="-1" aria-hidden="true"><title>{label}</title>'
        f"{_block(column, block)}</a>"
        for block in own
    ]
    return f"{start}{''.join(rects)}</a>{''.join(parts)}\n"


def _block(column: DrawnColumn, block: Block) -> str:
    return _rect(f"mark {block.kind}", column, block.y, block.height)


def _rect(kind: str, column: DrawnColumn, y: float, height: float) -> str:
    return f'<rect class="{kind}" x="{column.x}" y="{y}" width="{column.width}" height="{height}"/>'
