from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import Standing
from opsdesk.people.queries import Name
from opsdesk.web.labels import shipped


class ViewForm(forms.Form):
    """A name for the filters of a list."""

    name = forms.CharField(label=_("Name"), max_length=80)
    shared = forms.BooleanField(label=_("Show it to everybody on this desk"), required=False)
    query = forms.CharField(required=False, widget=forms.HiddenInput)


class BulkForm(forms.Form):
    """The picked cases; what else an act needs is added by its own form."""

    MOST = 200

    case = forms.TypedMultipleChoiceField(coerce=int, widget=forms.MultipleHiddenInput)

    # Why there is nothing to fill in.
    problem: str | Promise = ""

    def __init__(self, *args: Any, picked: list[int], places: Collection[Standing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not picked:
            self.problem = _("No case is picked.")
        self.fields["case"].choices = [(number, number) for number in picked]  # type: ignore[attr-defined]
        self.initial["case"] = picked


class BulkTakeForm(BulkForm):
    """Nothing more to say."""

    def __init__(self, *args: Any, desk: DeskDefinition, persons: list[Name], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class BulkAssignForm(BulkForm):
    """To whom."""

    person_id = forms.TypedChoiceField(label=_("To"), coerce=int)

    def __init__(self, *args: Any, desk: DeskDefinition, persons: list[Name], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person_id"].choices = [(person.id, person.name) for person in persons]  # type: ignore[attr-defined]


class BulkRerouteForm(BulkForm):
    """Where to, and why."""

    queue = forms.ChoiceField(label=_("Queue of the same tier"))
    words = forms.CharField(label=_("Why they belong there"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self,
        *args: Any,
        desk: DeskDefinition,
        persons: list[Name],
        places: Collection[Standing],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, places=places, **kwargs)
        tiers, here = {place.tier for place in places}, {place.queue for place in places}
        others = [queue for queue in desk.queues if queue.tier in tiers and {queue.key} != here]
        if places and not others:
            self.problem = _("There is no other queue of their tier.")
        queues = [(queue.key, f"{shipped(queue.name)} (T{queue.tier})") for queue in others]
        self.fields["queue"].choices = queues  # type: ignore[attr-defined]


class BulkVoidForm(BulkForm):
    """Why they are no requests."""

    reason = forms.ChoiceField(
        label=_("Reason"), help_text=_("A duplicate is voided on its own case, which names the other.")
    )

    def __init__(self, *args: Any, desk: DeskDefinition, persons: list[Name], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = [(code.key, shipped(code.name)) for code in desk.void_reasons if code.key != "duplicate"]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]
