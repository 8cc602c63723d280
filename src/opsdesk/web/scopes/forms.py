from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.deals.models import Stage
from opsdesk.web.documents import LONGEST

MOST_CAP = 100_000


def _why(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


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
    """The whole text of a template."""

    text = forms.CharField(
        label=_("Text (YAML)"),
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"class": "code", "rows": 30, "spellcheck": "false", "wrap": "off"}),
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class FirstTemplateForm(TextForm):
    """The first template of a scope: nothing changes by it, so there is nothing to expect."""

    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class TemplateForm(TextForm):
    """The next template of a scope, why it changes, and what should come of it."""

    reason = _why(_("Why it changes"))
    metric = forms.CharField(
        label=_("Metric it should move"),
        max_length=80,
        help_text=_("Such as the dispute rate, the intervention or the time to settle."),
    )
    expected = forms.CharField(
        label=_("Expected effect"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    note = forms.CharField(label=_("What changes"), max_length=400, required=False)
