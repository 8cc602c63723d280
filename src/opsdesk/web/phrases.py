"""Sentences whose numbers open what they count: the translated sentence, its values as links."""

import re
from collections.abc import Iterable, Mapping
from html import unescape

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from opsdesk.web.escaping import escaped, html_of

PLACE = re.compile(r"%(?:\((\w+)\)[sd]|%)")


def phrase(sentence: str, values: Mapping[str, object]) -> SafeString:
    """The sentence with its `%(name)d` and `%(name)s` filled in, escaped but for what is marked as HTML."""

    def filled(place: re.Match[str]) -> str:
        return escaped(values[place[1]]) if place[1] else "%"

    return SafeString(PLACE.sub(filled, escaped(sentence)))


def opening(text: object, href: str) -> SafeString:
    """A number as a link to what it counts; as it is where it opens nothing."""
    return html_of('<a href="{}">{}</a>', href, text) if href else SafeString(escaped(text))


def joined(parts: Iterable[object], by: str = ", ") -> SafeString:
    """Parts of a sentence in a row."""
    return SafeString(escaped(by).join(escaped(part) for part in parts))


def based(sentence: str, base: str) -> SafeString:
    """A sentence whose links lead to the desk at `base`, wherever it is read."""
    # What was escaped has no such beginning of a link.
    return SafeString(escaped(sentence).replace('<a href="/', f'<a href="{escaped(base)}/'))


def plain(sentence: str) -> str:
    """A sentence with its links as text alone."""
    return unescape(strip_tags(sentence))
