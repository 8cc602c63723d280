"""The funnel's filter bar."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts import queries as accounts
from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.cohort import NONE
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.web.funnel.address import DAYS, FIRST_YEAR, LAST_YEAR, MONTH, ROLLS, Place, check_days, month_of
from opsdesk.web.numbers.rolling import ROLLING
from opsdesk.web.refusals import put_on


class FunnelForm(forms.Form):
    """A month, days or a rolling period; an account's key, a family or a type, one of each.

    `as_of` is looked at for what is no day: the funnel itself stands as of now.
    """

    account = forms.CharField(
        label=_("Account"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"list": "accounts", "autocomplete": "off", "placeholder": _("key or name")}
        ),
    )
    type = forms.ChoiceField(label=_("Type"), required=False)

    def __init__(self, data: QueryDict, *, desk: DeskDefinition, today: date) -> None:
        super().__init__(data)
        self.given = data
        self.desk = desk
        self.today = today
        self.fields["period"] = forms.ChoiceField(
            required=False, choices=[(key, key) for key in ROLLING], widget=forms.HiddenInput
        )
        self.fields["as_of"] = forms.DateField(label=_("As of the end of"), required=False)
        self.fields["month"] = forms.CharField(
            label=_("Month"), required=False, widget=forms.TextInput(attrs={"type": "month"})
        )
        for name, label in (("from", _("or from")), ("to", _("to"))):
            self.fields[name] = forms.DateField(
                label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )
        choice = self.fields["type"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = kinds(desk)
        self.order_fields(["month", "from", "to", "account", "type"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            if not set(self.errors) - {"type"}:
                self._check(data)
        except Invalid as refusal:
            put_on(self, refusal)
        return data

    def _check(self, data: dict[str, Any]) -> None:
        check_days(data.get("from"), data.get("to"))
        if not data.get("from") and not data.get("period"):
            month_of(data["month"], self.desk)
        if data.get("account") not in ("", NONE):
            data["account"] = account_key(data["account"])
        as_of: date | None = data.get("as_of")
        if as_of and not FIRST_YEAR <= as_of.year <= LAST_YEAR:
            raise Invalid("as_of", gettext_noop("Choose days between 1970 and 2100."))
        for name in ("account", "type"):
            if len({value for value in self.given.getlist(name) if value}) > 1:
                raise Invalid(name, gettext_noop("The funnel takes one of these at a time. Choose one."))

    @property
    def shown(self) -> str:
        """Which of the three kinds of period the form has filled in."""
        if self.given.get("from") or self.given.get("to"):
            return DAYS
        return ROLLS if self.given.get("period") else MONTH

    @property
    def place(self) -> Place:
        """Where the filters lead; days go before a month."""
        data = self.cleaned_data
        first: date | None = data["from"]
        place = Place(
            desk=self.desk.key,
            month="" if first else data["month"],
            first=first,
            last=data["to"],
            account=data["account"],
            kind=data["type"],
        )
        return place.rolled(data["period"], self.today) if data["period"] else place


def account_key(text: str) -> str:
    """The key of the account with this key, or with this name if only one has it. Refuses `Invalid`."""
    known = accounts.by_key(text)
    if known is not None:
        return known.key
    found = [row.key for row in accounts.page(search=text).rows if row.name.casefold() == text.casefold()]
    if len(found) != 1:
        raise Invalid("account", gettext_noop("No account has this key. Choose one from the list."))
    return found[0]


def kinds(desk: DeskDefinition) -> list[tuple[Any, Any]]:
    """The families, each with its types below it."""
    groups = [
        (family.name, [(family.key, _("All of it")), *((leaf.key, leaf.name) for leaf in family.types)])
        for family in desk.families
    ]
    return [("", _("Any type")), *groups, (NONE, _("no type yet"))]
