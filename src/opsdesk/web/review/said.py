"""A meeting note as HTML, or as it was typed where reading it as Markdown could take for ever. Pure."""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

from opsdesk.web.playbooks.prose import as_html

# The reader's time grows with the square of a paragraph's length.
MOST_OF_A_PARAGRAPH, MOST = 8_000, 300_000
BLANK = re.compile(r"\n[ \t]*\n")


def is_readable(text: str) -> bool:
    """Whether its paragraphs are short enough to be read as Markdown."""
    paragraphs = BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return len(text) <= MOST and all(len(each) <= MOST_OF_A_PARAGRAPH for each in paragraphs)


def note_html(text: str) -> SafeString:
    """Markdown without any HTML or pictures of the writer's own; what is too long stands as it was typed."""
    return as_html(text) if is_readable(text) else format_html("<pre>{}</pre>", text)
