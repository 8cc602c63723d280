"""Markdown of published documents as HTML: no HTML of the writer's own, no pictures from elsewhere. Pure."""

from functools import lru_cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

BELOW_THE_PAGES_OWN = 2
DEEPEST = 6
_READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


@lru_cache(maxsize=64)
def as_html(text: str) -> SafeString:
    """The text with its headings two levels down, as they stand below those of the page."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + BELOW_THE_PAGES_OWN, DEEPEST)}"
    html: str = _READER.renderer.render(tokens, _READER.options, {})
    return SafeString(html)
