"""Tags of the search: the words that were searched for, marked; queues of any desk."""

import re

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from opsdesk.cases.queries import desks
from opsdesk.search.marking import Marked, folded
from opsdesk.search.marking import marked as mark
from opsdesk.web import stored
from opsdesk.web.labels import shipped

register = Library()


@register.simple_tag
def marked(pieces: Marked) -> SafeString:
    """A text with the words marked; whatever stands in it is shown as it is."""
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", piece.text) if piece.marked else piece.text,) for piece in pieces),
    )


@register.simple_tag
def found_text(pieces: Marked, desk: str) -> SafeString:
    """The same of a subject, in the reader's language where Opsdesk wrote it."""
    kept = "".join(piece.text for piece in pieces)
    said = stored.subject(kept, desk)
    if said == kept:
        return marked(pieces)
    words = [re.escape(folded(piece.text)) for piece in pieces if piece.marked]
    return marked(mark(said, re.compile("|".join(words)) if words else None))


@register.filter
def queue_of(queue: str, desk: str) -> str:
    """The name of a desk's queue; its key where a later version of the desk dropped it."""
    found = next((each for each in desks() if each.key == desk), None)
    return shipped(found.queue(queue).name) if found and found.has_queue(queue) else queue
