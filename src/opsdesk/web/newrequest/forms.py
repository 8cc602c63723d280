from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

SALT = "opsdesk.newrequest"


class WriteDownForm(forms.Form):
    """A request that came by telephone or across the counter."""

    requester_name = forms.CharField(
        label=_("Who asks"),
        max_length=160,
        required=False,
        help_text=_("Their name, their address, or both."),
    )
    requester_email = forms.EmailField(
        label=_("Their e-mail address"),
        required=False,
        help_text=_("Answers go there. Without one the request can be worked, but not answered by mail."),
    )
    subject = forms.CharField(label=_("Subject"), max_length=400)
    text = forms.CharField(
        label=_("What they ask"), widget=forms.Textarea(attrs={"rows": 10}), max_length=100_000
    )
    begun = forms.CharField(widget=forms.HiddenInput, max_length=200)

    def clean(self) -> dict[str, Any]:
        """With the key of this filling-in and when it began: sent twice, it makes one request."""
        found: dict[str, Any] = self.cleaned_data
        try:
            key, at = Signer(salt=SALT).unsign(found.get("begun", "")).split("~")
            return found | {"begun": (key, datetime.fromisoformat(at))}
        except (BadSignature, ValueError):
            raise forms.ValidationError(_("This form is too old. Open it anew.")) from None


def begun(now: datetime) -> dict[str, Any]:
    """What a fresh form is filled with."""
    at = now.astimezone(UTC).replace(microsecond=0)
    return {"begun": Signer(salt=SALT).sign(f"{uuid4().hex}~{at.isoformat()}")}
