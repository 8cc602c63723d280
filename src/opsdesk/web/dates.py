"""Days and months as the reader's language writes them: which comes first, and what stands between."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# Forms of Django's dates; a translation puts their letters in its own order.
FORMS: Mapping[str, Promise | str] = MappingProxyType(
    {
        "j F Y": pgettext_lazy("date", "j F Y"),
        "j M Y": pgettext_lazy("date", "j M Y"),
        "j M": pgettext_lazy("date", "j M"),
        "F Y": pgettext_lazy("date", "F Y"),
        "M y": pgettext_lazy("date", "M y"),
        "D j M": pgettext_lazy("date", "D j M"),
        "D j M Y": pgettext_lazy("date", "D j M Y"),
        "D j F Y": pgettext_lazy("date", "D j F Y"),
        "j.n.": pgettext_lazy("date", "j.n."),
        "l, j F Y, H:i:s": pgettext_lazy("date", "l, j F Y, H:i:s"),
    }
)


def dated(value: date, form: str) -> str:
    """A day in one of the forms, by its English one; in another form as it is."""
    return date_format(value, str(FORMS.get(form, form)))
