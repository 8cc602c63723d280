"""Tags of drawings that repeat by the hundred: written here, since a template takes ten times as long."""

from django.template import Library
from django.utils.safestring import SafeString

from opsdesk.web.charts.bar import BarChart
from opsdesk.web.charts.line import Dot, DrawnSeries, LineChart
from opsdesk.web.escaping import escaped

register = Library()


@register.simple_tag
def axes(chart: BarChart | LineChart) -> SafeString:
    """The lines across a chart with their words, and the words below it."""
    frame = chart.frame
    up = "".join(
        f'<line x1="{frame.left}" x2="{frame.ends}" y1="{tick.at}" y2="{tick.at}"/>'
        f'<text x="{frame.words_end}" y="{tick.at}" dy="4" text-anchor="end">{escaped(tick.text)}</text>'
        for tick in chart.y_ticks
    )
    along = "".join(
        f'<text x="{tick.at}" y="{frame.height}" dy="-6" text-anchor="middle">{escaped(tick.text)}</text>'
        for tick in chart.x_ticks
        if tick.is_shown
    )
    return SafeString(f'<g class="axis" aria-hidden="true">{up}{along}</g>')


@register.simple_tag
def dots(series: DrawnSeries) -> SafeString:
    """The points of a line, each a link with its words; a whisker reaches to what it could still be."""
    return SafeString("".join(_dot(dot) for dot in series.dots))


def _dot(dot: Dot) -> str:
    label, place = escaped(dot.label), f'cx="{dot.x}" cy="{dot.low_y}"'
    whisker = ""
    if dot.low_y != dot.high_y:
        whisker = f'<line class="whisker" x1="{dot.x}" x2="{dot.x}" y1="{dot.low_y}" y2="{dot.high_y}"/>'
    return (
        f'<a href="{escaped(dot.href)}" aria-label="{label}"><title>{label}</title>{whisker}'
        f'<circle class="hit" {place} r="12"/>'
        f'<circle class="mark{" is-hollow" if dot.hollow else ""}" {place} r="4.5"/></a>\n'
    )
