from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.mail.templates import LONGEST_NAME, LONGEST_TEXT


class WordingForm(forms.Form):
    """A template: its name among the desk's, and its text with fields in braces."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("As it is chosen in an answer, such as “Ask for the order number”."),
        widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}),
        required=False,
    )
    text = forms.CharField(
        label=_("Text"), widget=forms.Textarea(attrs={"rows": 12, "maxlength": LONGEST_TEXT}), required=False
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")
