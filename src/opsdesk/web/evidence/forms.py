"""What is asked for a file of evidence, and why it is taken away again."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.disputes.checklist import Checklist
from opsdesk.disputes.evidence import MAX_FILE_BYTES
from opsdesk.disputes.models import Kind
from opsdesk.web.case.replying import FilesField


class UploadForm(forms.Form):
    """Any number of files, all for one item of the checklist or for none."""

    files = FilesField(  # type: ignore[assignment]
        label=gettext_lazy("Files"),
        required=False,
        help_text=gettext_lazy(
            "Photos, videos, PDF and other documents; at most 25 MB a file, 50 files a deal."
        ),
    )
    item = forms.ChoiceField(label=gettext_lazy("For"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), required=False)
    back = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("item", "kind", "files", "back")

    def __init__(
        self, data: Any = None, files: Any = None, *, checklist: Checklist, initial: Any = None
    ) -> None:
        super().__init__(data, files, initial=initial, auto_id="upload_%s")
        items = [(item.key, item.name) for item in checklist.items]
        self.fields["item"].choices = [("", _("No item of the checklist")), *items]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("By its content")), *Kind.choices]  # type: ignore[attr-defined]
        self.fields["files"].widget.attrs["data-most-bytes"] = MAX_FILE_BYTES
