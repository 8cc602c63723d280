from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.deals.documents import read_template
from opsdesk.deals.models import Stage
from opsdesk.deals.publishing import missing_words, warnings_of
from opsdesk.deals.terms import Terms
from opsdesk.deals.tuning import changes
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.web.documents import LONGEST, put_document_refusal

MOST_CAP = 100_000


def _why(label: Any, *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=2000, required=required, widget=widget)


class ReasonForm(forms.Form):
    """Why."""

    reason = _why(_("Reason"))


class CapForm(forms.Form):
    """How many deals a limited stage takes, and why."""

    cap = forms.IntegerField(label=_("Cap: how many deals the stage takes"), min_value=1, max_value=MOST_CAP)
    reason = _why(_("Reason"))


class StageForm(forms.Form):
    """The next stage, its cap where it is limited, and why."""

    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices, widget=forms.RadioSelect)
    cap = forms.IntegerField(
        label=_("Cap"),
        required=False,
        min_value=1,
        max_value=MOST_CAP,
        help_text=_("For the stage “Limited”: how many deals it takes before the next is refused."),
    )
    reason = _why(_("Reason"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("stage") == Stage.LIMITED and not data.get("cap") and "cap" not in self.errors:
            self.add_error("cap", _("A limited stage needs a cap. 5 to 10 is usual."))
        return {**data, "cap": data.get("cap") if data.get("stage") == Stage.LIMITED else None}


class EffectForm(forms.Form):
    """What came of a change."""

    actual = _why(_("What came of it"))


class TextForm(forms.Form):
    """The whole text of a template. Times that are unusual are asked about once more: it holds for good."""

    text = forms.CharField(
        label=_("Text (YAML)"),
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "code", "rows": 30, "spellcheck": "false", "wrap": "off"}),
    )

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, before: Terms | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.before = before

    def now_seen(self, version: int) -> None:
        """The person has been told which version is the newest: the next try counts from there."""
        self.data = {**self.data.dict(), "seen": str(version)}  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """Everything that is wrong is said at once: the text is read whatever else is missing."""
        data = super().clean() or {}
        try:
            terms = read_template(data["text"], source="text") if "text" in data else None
        except DocumentInvalid as refusal:
            put_document_refusal(self, refusal)
            return data
        if terms is not None:
            self.check_terms(terms, data)
            self._ask_twice(terms)
        return data

    def check_terms(self, terms: Terms, data: dict[str, Any]) -> None:
        """What else the terms ask for."""

    def _ask_twice(self, terms: Terms) -> None:
        warnings = unusual(terms)
        if not warnings:
            return
        self.fields["sure"] = forms.BooleanField(label=_("Publish it all the same"), required=False)
        if not self.data.get("sure"):
            for warning in warnings:
                self.add_error("sure", warning)


class FirstTemplateForm(TextForm):
    """The first template of a scope: nothing changes by it, so there is nothing to expect."""

    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class TemplateForm(TextForm):
    """The next template of a scope; where a parameter changes, why, and what should come of it."""

    reason = _why(_("Why it changes"), required=False)
    metric = forms.CharField(
        label=_("Metric it should move"),
        max_length=80,
        required=False,
        help_text=_("Such as the dispute rate, the intervention or the time to settle."),
    )
    expected = forms.CharField(
        label=_("Expected effect"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    note = forms.CharField(label=_("What changes"), max_length=400, required=False)

    def check_terms(self, terms: Terms, data: dict[str, Any]) -> None:
        if self.before is not None and changes(self.before, terms):
            for field, problem in missing_words(data).items():
                if field not in self.errors:
                    self.add_error(field, gettext(problem))


def unusual(terms: Terms) -> list[str]:
    """What is allowed in these terms but seldom wise, in words."""
    return [gettext(warning.message) % warning.details for warning in warnings_of(terms)]
