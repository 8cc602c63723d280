"""A piece of a page that repeats: the template draws it once, with places, and each row only fills those."""

import re
from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from opsdesk.web.escaping import escaped

_PLACE = re.compile("\ue000(\\w+)\ue001")


class Stencil:
    """Rows of one template, which calls its values `row.<name>`; what differs between rows must be a value.

    Values are escaped as in a template. Filling takes a tenth of the time that drawing takes, and it is drawn
    once in each language.
    """

    def __init__(self, template: str, names: Iterable[str], **context: bool) -> None:
        pieces = _drawn(template, tuple(names), tuple(context.items()), get_language())
        self._between, self._names = pieces[0::2], pieces[1::2]

    def fill(self, row: object) -> SafeString:
        """The template with the values of this row."""
        filled = [self._between[0]]
        for name, after in zip(self._names, self._between[1:], strict=True):
            filled += (escaped(getattr(row, name)), after)
        return SafeString("".join(filled))


@lru_cache(maxsize=256)
def _drawn(
    template: str, names: tuple[str, ...], context: tuple[tuple[str, bool], ...], language: str | None
) -> list[str]:
    """The pieces between the places, and in turn the names of these."""
    places = {name: SafeString(f"\ue000{name}\ue001") for name in names}
    return _PLACE.split(render_to_string(template, {**dict(context), "row": places}))
