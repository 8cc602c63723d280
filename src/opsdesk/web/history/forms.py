from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.history.uploads import MOST_BYTES


class UploadForm(forms.Form):
    """A file, and the desk it becomes cases of."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, XES or JSON lines, also as .gz; at most %(most)d MB. Bigger ones: opsdesk import-history."
        )
        % {"most": MOST_BYTES // 1024**2},
    )
    desk = forms.ChoiceField(label=_("Desk"))

    def __init__(self, *args: Any, desks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = desks  # type: ignore[attr-defined]


class YesForm(forms.Form):
    """Nothing to fill in: a yes."""
