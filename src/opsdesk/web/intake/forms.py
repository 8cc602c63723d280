from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.mail.ledger import IN_HAND
from opsdesk.mail.models import Outcome

DATE = {"type": "date"}


class LedgerForm(forms.Form):
    """The ledger's filters. What doesn't fit filters nothing."""

    source = forms.ChoiceField(label=_("Source"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("Every outcome")), *Outcome.choices, (IN_HAND, _("In hand"))],
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=40)
    first = forms.DateField(
        label=pgettext_lazy("day", "From"), required=False, widget=forms.DateInput(attrs=DATE)
    )
    last = forms.DateField(
        label=pgettext_lazy("day", "To"), required=False, widget=forms.DateInput(attrs=DATE)
    )

    def __init__(self, data: Any, *, sources: list[str]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["source"].choices = [("", _("Every source")), *((key, key) for key in sources)]  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """What a field holds; nothing where it holds nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name)


class SetAsideForm(forms.Form):
    """Why a mail opens nothing."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        help_text=_("“spam”, or a few words. It can be run again later."),
    )


class SetAsideManyForm(SetAsideForm):
    """Why none of the picked mails opens anything."""

    MOST = 200

    arrival = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.MultipleHiddenInput,
        error_messages={"required": _("No mail is picked. Pick some in the ledger.")},
    )

    def __init__(self, *args: Any, picked: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["arrival"].choices = [(number, number) for number in picked]  # type: ignore[attr-defined]
        self.initial["arrival"] = picked


class ByHandForm(forms.Form):
    """A request as a person reads it out of a mail that the desk did not understand."""

    requester_email = forms.EmailField(label=_("From whom"))
    subject = forms.CharField(label=_("Subject"), max_length=400)
    text = forms.CharField(
        label=_("What they ask"), widget=forms.Textarea(attrs={"rows": 8}), max_length=100_000
    )
