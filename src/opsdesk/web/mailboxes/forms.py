from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.providers import PROVIDERS

NEW_SECRET = {"autocomplete": "new-password"}
USUAL = ("", _("As usual there"))


class AddForm(forms.Form):
    """A mailbox to be read. What is left empty is the provider's."""

    key = forms.CharField(
        label=_("Name"), max_length=59, help_text=_("Small letters, digits and dashes, as support-inbox.")
    )
    desk = forms.ChoiceField(label=_("Desk that answers it"))
    provider = forms.ChoiceField(
        label=_("Provider"), choices=[(key, each.name) for key, each in PROVIDERS.items()], initial="other"
    )
    username = forms.CharField(label=_("Account"), max_length=254, help_text=_("Usually its address."))
    secret = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs=NEW_SECRET),
        help_text=_("Leave it empty for OAuth 2: 'opsdesk mailbox authorise' gets the permission."),
    )
    host = forms.CharField(
        label=_("Server"), required=False, max_length=253, help_text=_("Only for another provider.")
    )
    port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65535)
    security = forms.ChoiceField(
        label=_("Security"), required=False, choices=[USUAL, *Mailbox.Security.choices]
    )
    auth = forms.ChoiceField(label=_("Sign-in"), required=False, choices=[USUAL, *Mailbox.Auth.choices])
    folder = forms.CharField(label=_("Folder"), max_length=180, initial="INBOX")
    start = forms.ChoiceField(
        label=_("What is work"),
        choices=[
            ("now", _("What comes from now on")),
            ("day", _("What came from a day on")),
            ("all", _("All that lies there")),
        ],
        help_text=_("Older mail is kept as history and opens no request."),
    )
    from_date = forms.DateField(
        label=_("From the day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    history = forms.BooleanField(label=_("Fetch older mail too, as history"), required=False, initial=True)
    client_id = forms.CharField(label=_("Client id (OAuth 2)"), required=False, max_length=250)
    client_secret = forms.CharField(
        label=_("Client secret (OAuth 2)"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs=NEW_SECRET),
    )
    tenant = forms.CharField(
        label=_("Organisation"), required=False, max_length=100, help_text=_("Microsoft’s tenant id.")
    )

    def __init__(self, *args: Any, desks: tuple[DeskDefinition, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].choices = [(desk.key, desk.name) for desk in desks]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("start") == "day" and not data.get("from_date") and "from_date" not in self.errors:
            self.add_error("from_date", _("Give the day."))
        return data


class ChangeForm(AddForm):
    """What was typed, to be mended; the secret has a dialog of its own, the name stays."""

    key = None  # type: ignore[assignment]
    secret = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start = self.fields["start"]
        start.choices = [("keep", _("As it is now")), *start.choices]  # type: ignore[attr-defined]
        self.fields["client_secret"].help_text = _("Leave it empty to keep the one there is.")


class SecretForm(forms.Form):
    """A password that is typed once and shown never."""

    secret = forms.CharField(
        label=_("Password"), strip=False, max_length=500, widget=forms.PasswordInput(attrs=NEW_SECRET)
    )


class YesForm(forms.Form):
    """Nothing to fill in: a yes."""
