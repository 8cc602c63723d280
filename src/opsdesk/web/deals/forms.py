from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.terms import Terms
from opsdesk.disputes.checklist import FileRow
from opsdesk.web.case.replying import FilesField
from opsdesk.web.deals.labels import REASONS
from opsdesk.web.uploads import MOST_BYTES


class IssueForm(forms.Form):
    """An issue on behalf of the buyer: why, in their words, and the files that show it."""

    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What the buyer says"),
        required=False,
        max_length=5000,
        help_text=_("Needed where the reason is “Other”."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = FilesField(
        label=_("Files"),
        required=False,
        help_text=_("Photos, videos, papers: each is kept as evidence as soon as it has come."),
    )

    def __init__(self, *args: Any, terms: Terms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: tuple[FileRow, ...] = ()
        self.fields["photos"].widget.attrs["data-most-bytes"] = MOST_BYTES
        if terms.evidence_required:
            self.fields["photos"].help_text = _(
                "At least one that shows the issue, unless nothing was delivered. "
                "Each is kept as evidence as soon as it has come."
            )

    def clean_reason(self) -> Reason:
        return Reason(self.cleaned_data["reason"])
