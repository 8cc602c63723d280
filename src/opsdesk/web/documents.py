"""Editing a published document on a page: its text, and what is wrong with it line by line."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.kernel.refusal import Refusal
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.web.refusals import put_on

LONGEST = 1_000_000


class DocumentForm(forms.Form):
    """The whole text of the next version, and a word on what changes."""

    text = forms.CharField(
        label=gettext_lazy("Text (YAML)"),
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "code", "rows": 26, "spellcheck": "false", "wrap": "off"}),
    )
    note = forms.CharField(label=gettext_lazy("What changes"), max_length=400, required=False)

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


def put_document_refusal(form: forms.Form, refusal: Refusal) -> None:
    """Each problem of the text with its line, at the text; any other refusal above the form."""
    if not isinstance(refusal, DocumentInvalid):
        put_on(form, refusal)
        return
    for problem in refusal.problems:
        words: dict[str, Any] = {"line": problem.line, "problem": _(problem.message) % problem.details}
        form.add_error("text", _("Line %(line)d: %(problem)s") % words)
