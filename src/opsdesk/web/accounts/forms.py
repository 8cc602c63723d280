from collections import Counter
from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts import queries
from opsdesk.accounts.queries import AccountValue

DATE = {"type": "date"}
# Of several that may be meant so many are named.
MOST_NAMED = 5


class LinesField(forms.CharField):
    """One value a line; the answer is the list of them."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: object) -> list[str]:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value


class ChangeAccountForm(forms.Form):
    """A customer, and what it is known by."""

    name = forms.CharField(label=_("Name"), max_length=160)
    domains = LinesField(
        label=_("E-mail domains"), required=False, help_text=_("One a line. Public mail domains are refused.")
    )
    addresses = LinesField(
        label=_("Single addresses"), required=False, help_text=_("One a line. They go before the domains.")
    )
    live_on = forms.DateField(label=_("Live from"), required=False, widget=forms.DateInput(attrs=DATE))
    left_on = forms.DateField(label=_("Last day live"), required=False, widget=forms.DateInput(attrs=DATE))


class AddAccountForm(ChangeAccountForm):
    key = forms.CharField(
        label=_("Key"), max_length=60, help_text=_("Short, lower case, for good: north-star-motors.")
    )
    field_order = ("key", "name", "domains", "addresses", "live_on", "left_on")


class ChooseAccountForm(forms.Form):
    """Whose request it is: an account by its key, its name or a part that only it has; empty is nobody's."""

    account = forms.CharField(
        label=_("Account"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "accounts-offered", "autocomplete": "off", "type": "search"}),
        help_text=_(
            "Type a part of its name, key, domain or address; leave it empty where it is nobody’s."
            " The request keeps this one, whatever addresses are entered for accounts later."
        ),
    )

    def clean_account(self) -> AccountValue | None:
        text: str = self.cleaned_data["account"].strip()
        if not text:
            return None
        found = _meant(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("No account matches. Choose one from the list."))
        named = ", ".join(f"{each.name} ({each.key})" for each in found[:MOST_NAMED])
        raise forms.ValidationError(_("Several match: %(named)s. Say which.") % {"named": named})


def called(accounts: Iterable[AccountValue]) -> dict[str, str]:
    """What each account is called in that field, by its key: its name, its key where another is called so."""
    known = list(accounts)
    so_called = Counter(word for each in known for word in {each.name.casefold(), each.key})
    return {each.key: each.name if so_called[each.name.casefold()] == 1 else each.key for each in known}


def _meant(text: str) -> tuple[AccountValue, ...]:
    """The account of that key; else those of that name; else those that a search for it finds."""
    if known := queries.by_key(text):
        return (known,)
    found = queries.page(search=text).rows
    return tuple(each for each in found if each.name.casefold() == text.casefold()) or found
