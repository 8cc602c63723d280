from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.incidents import FAMILY, Severity
from opsdesk.watch.queries import UNANSWERED, VIEWS
from opsdesk.web.case.forms import CHOOSE, CaseForm, code_choices, words
from opsdesk.web.case.look import Look
from opsdesk.web.incidents.labels import SEVERITIES, VIEW_NAMES
from opsdesk.web.labels import shipped


class ReportForm(forms.Form):
    """An incident that somebody noticed."""

    severity = forms.ChoiceField(
        label=_("How severe"),
        choices=[(severity.value, SEVERITIES[severity]) for severity in Severity],
        widget=forms.RadioSelect,
        help_text=_("A SEV0 that names its scope stops new deals there until a lead lifts the stop."),
    )
    scope = forms.ChoiceField(label=_("Scope"), required=False)
    type = forms.ChoiceField(label=_("What is it about"))
    subject = forms.CharField(label=_("What is wrong, in a few words"), max_length=200)
    words = words(_("What was seen, where, since when"))

    def __init__(self, *args: Any, desk: DeskDefinition, scopes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            (each.key, shipped(each.name))
            for family in desk.families
            if family.key == FAMILY
            for each in family.types
        ]
        self.fields["scope"].choices = [("", _("None, or all")), *((key, key) for key in scopes)]  # type: ignore[attr-defined]
        self.fields["type"].choices = [CHOOSE, *kinds]  # type: ignore[attr-defined]


class EndForm(CaseForm):
    """How an incident was ended."""

    resolution = words(_("How it was ended"))
    cause = forms.ChoiceField(label=_("Cause"), required=False)

    def prepare(self, look: Look) -> None:
        self.fields["cause"].choices = code_choices(look.desk.causes)  # type: ignore[attr-defined]
        self.initial.setdefault("resolution", look.case.resolution)


class ViewForm(forms.Form):
    """Which incidents are looked at. What doesn't fit chooses nothing."""

    view = forms.ChoiceField(required=False, choices=[(view, VIEW_NAMES[view]) for view in VIEWS])
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def view_or_first(self, counts: dict[str, int]) -> str:
        """The view asked for; else the first with something in it."""
        self.is_valid()
        return self.cleaned_data.get("view") or next((view for view in VIEWS if counts[view]), UNANSWERED)

    @property
    def place(self) -> int | None:
        self.is_valid()
        return self.cleaned_data.get("before")
