from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.actor import EVERY_DESK, Role
from opsdesk.web.labels import ROLES

TODAY = _("Leave it empty for today.")


def desk_choices(desks: tuple[DeskDefinition, ...]) -> list[tuple[str, Any]]:
    return [*((desk.key, desk.name) for desk in desks), (EVERY_DESK, _("Every desk"))]


def queue_choices(desks: tuple[DeskDefinition, ...]) -> list[tuple[str, str]]:
    """Every queue as `desk/queue`."""
    return [
        (f"{desk.key}/{queue.key}", f"{desk.name}: {queue.name}") for desk in desks for queue in desk.queues
    ]


class InviteForm(forms.Form):
    """A new person with the first role; the seats may follow."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), help_text=_("The person signs in with it."))
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, ROLES[role]) for role in Role])
    desk = forms.ChoiceField(label=pgettext_lazy("desk", "On"), help_text=_("An admin is one on every desk."))
    queues = forms.MultipleChoiceField(
        label=_("Sits in"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("More can follow."),
    )

    def __init__(self, *args: Any, desks: tuple[DeskDefinition, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = desk_choices(desks)  # type: ignore[attr-defined]
        self.fields["queues"].choices = queue_choices(desks)  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """A role on a desk from a day on."""

    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, ROLES[role]) for role in Role])
    desk = forms.ChoiceField(label=pgettext_lazy("desk", "On"))
    from_on = forms.DateField(
        label=pgettext_lazy("day", "From"),
        required=False,
        help_text=TODAY,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, desks: tuple[DeskDefinition, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = desk_choices(desks)  # type: ignore[attr-defined]


class SeatForm(forms.Form):
    """A seat in a queue from a day on."""

    queue = forms.ChoiceField(label=_("Queue"))
    from_on = forms.DateField(
        label=pgettext_lazy("day", "From"),
        required=False,
        help_text=TODAY,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, desks: tuple[DeskDefinition, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = queue_choices(desks)  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """When something ends: the first day without it."""

    until_on = forms.DateField(
        label=_("First day without it"),
        required=False,
        help_text=TODAY,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in: a yes."""
