"""Filters of the review: its pictures laid out, and the colours they have on paper."""

from collections.abc import Mapping

from django.template import Library
from django.utils.safestring import SafeString

from opsdesk.review.models import ReviewNote
from opsdesk.web.charts.sankey import Frame, Sankey, sankey
from opsdesk.web.phrases import based, plain
from opsdesk.web.review.graph import Drawing, Graph, draw
from opsdesk.web.review.mermaid import BACK, LAST_RESORT, OFF
from opsdesk.web.review.paper import Bands
from opsdesk.web.review.said import note_html

register = Library()
SOURCES = dict(ReviewNote.Source.choices)
NARROW = Frame(width=360, height=420, node=10, gap=44, head=38)
RED, INK, MUTED = "#a8231c", "#17212b", "#51606f"
# The light colours of the stylesheet, for files that have none of it.
BANDS: Mapping[str, str] = {
    "is-entry": "#5b6773",
    "is-high": "#a33b5c",
    "is-done": "#2c7a52",
    "is-up": "#b0651a",
    "is-skip": "#a33b5c",
    "is-open": "#7a4f9e",
}
TOWERS: Mapping[str, str] = {"is-resolved": "#1b6b3a", "is-open": "#7a4f9e"}


@register.filter
def drawn(graph: Graph) -> Drawing:
    """A flow laid out."""
    return draw(graph)


@register.filter
def wide(bands: Bands) -> Sankey:
    """A Sankey as wide as a desk's screen."""
    return sankey(bands.nodes, bands.bands, Frame())


@register.filter
def narrow(bands: Bands) -> Sankey:
    """A Sankey for a phone."""
    return sankey(bands.nodes, bands.bands, NARROW)


@register.filter
def band_ink(kind: str) -> str:
    return BANDS.get(kind, MUTED)


@register.filter
def tower_ink(kind: str) -> str:
    return TOWERS.get(kind, INK)


@register.filter
def arrow_ink(kind: str) -> str:
    """Red to a last resort, whatever else it is."""
    return RED if LAST_RESORT in kind.split() else MUTED


@register.filter
def box_ink(kind: str) -> str:
    return RED if LAST_RESORT in kind.split() else MUTED


@register.filter
def box_fill(kind: str) -> str:
    return "#fde9e7" if LAST_RESORT in kind.split() else "#f8f9fb"


@register.filter
def dashes(kind: str) -> str:
    """How a way back, or one that is no route, is dashed."""
    kinds = kind.split()
    return "7 4" if BACK in kinds else "2 4" if OFF in kinds else "none"


@register.filter
def linked(sentence: str, base: str) -> SafeString:
    """A sentence with its links, on the page by their paths, in a file with the desk's address before."""
    return based(sentence, base)


@register.filter
def unlinked(sentence: str) -> str:
    """A sentence as text alone, for inside of a link."""
    return plain(sentence) if isinstance(sentence, SafeString) else sentence


@register.filter
def prose(text: str) -> SafeString:
    """Somebody's Markdown as HTML, without any of their own HTML or pictures."""
    return note_html(text)


@register.filter
def note_source(code: str) -> str:
    """Where a note is from, in words."""
    return str(SOURCES.get(code, code))
