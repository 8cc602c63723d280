"""The filter bar as a form: it holds what the address says, and says what is wrong with it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.web.funnel.address import FIRST_YEAR, LAST_YEAR, check_days, month_of
from opsdesk.web.funnel.forms import account_keys
from opsdesk.web.numbers.address import FILTERS
from opsdesk.web.numbers.choices import NAMES, choices
from opsdesk.web.numbers.rolling import ROLLING
from opsdesk.web.refusals import put_on

MONTH, DAYS, ROLLS = "month", "days", "period"
# As many letters as the accounts chosen may take.
LONGEST = 2000


class BarForm(forms.Form):
    """A month, days or a rolling period; as of which day; the filters that the page's metrics take.

    `queue`: what the filter of that name is called here. `ahead`: the day it is to be as of, where that has
    not come.
    """

    def __init__(
        self,
        given: QueryDict,
        *,
        desk: DeskDefinition,
        takes: Collection[str],
        default: str,
        now: datetime,
        queue: str = "",
    ) -> None:
        self.given = one_period(given, default)
        super().__init__(self.given, auto_id="bar_%s")
        self.desk, self.today = desk, now.astimezone(desk.zone).date()
        self.ahead: date | None = None
        self.fields["period"] = forms.ChoiceField(
            required=False, choices=[(key, key) for key in ROLLING], widget=forms.HiddenInput
        )
        month = forms.TextInput(attrs={"type": "month"})
        self.fields["month"] = forms.CharField(label=_("Month"), required=False, widget=month)
        for name, label in (("from", _("or from")), ("to", _("to")), ("as_of", _("As of the end of"))):
            picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(label=label, required=False, widget=picker)
        for name in FILTERS:
            if name in takes:
                self.fields[name] = _account() if name == "account" else _several(name, desk, now)
        if queue and "queue" in takes:
            self.fields["queue"].label = queue

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            if not {"from", "to", "month", "as_of"} & set(self.errors):
                self._check(data)
        except Invalid as refusal:
            put_on(self, refusal)
        return data

    def _check(self, data: dict[str, Any]) -> None:
        check_days(data.get("from"), data.get("to"))
        if data.get("month"):
            month_of(data["month"], self.desk)
        as_of: date | None = data.get("as_of")
        if as_of and not FIRST_YEAR <= as_of.year <= LAST_YEAR:
            raise Invalid("as_of", gettext_noop("Choose days between 1970 and 2100."))
        if data.get("account"):
            data["account"] = account_keys(data["account"])
        if as_of and as_of > self.today:
            self.ahead = as_of
            raise Invalid("as_of", gettext_noop("This day has not come yet. Choose today or a day before."))

    @property
    def chosen(self) -> Mapping[str, tuple[str, ...]]:
        """The values of the filters in use, of a form that is valid."""
        found = {name: self.cleaned_data.get(name) or () for name in FILTERS if name in self.fields}
        return {name: tuple(values) for name, values in found.items() if values}

    @property
    def unusable(self) -> tuple[str, ...]:
        """The filters whose values can't be used."""
        return tuple(name for name in FILTERS if name in self.errors)

    def leaving_out(self) -> str:
        """The query without what `unusable` names; empty where leaving it out would mend nothing."""
        if not self.unusable or set(self.errors) - set(self.unusable):
            return ""
        kept = self.given.copy()
        for name in (*self.unusable, "shown"):
            kept.pop(name, None)
        return kept.urlencode()

    @property
    def shown(self) -> str:
        """Which of the three kinds of period the form has filled in."""
        if self.data.get("from") or self.data.get("to"):
            return DAYS
        return MONTH if self.data.get("month") else ROLLS

    @property
    def picks(self) -> list[forms.BoundField]:
        """The filters with several values, in their order."""
        return [self[name] for name in FILTERS if name in self.fields and name != "account"]


class InOneLine(forms.TextInput):
    """All values of a name as one text, with commas between."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        return ", ".join(value for value in data.getlist(name) if value)


def _account() -> forms.Field:
    typed = {"list": "accounts", "autocomplete": "off", "placeholder": _("key or name")}
    return forms.CharField(
        label=str(NAMES["account"]), required=False, max_length=LONGEST, widget=InOneLine(attrs=typed)
    )


def _several(name: str, desk: DeskDefinition, now: datetime) -> forms.Field:
    return forms.MultipleChoiceField(
        label=str(NAMES[name]),
        required=False,
        choices=list(choices(name, desk, now)),
        widget=forms.CheckboxSelectMultiple,
    )


def one_period(given: QueryDict, default: str) -> QueryDict:
    """The address with one kind of period: month, days or rolling; the default one where there is none.

    A page shows one of them filled in and says which in `shown`; where two come back, the other was just
    typed. Without `shown`, days go before a month, and a month before what rolls.
    """
    found = given.copy()
    kinds = {DAYS: ("from", "to"), MONTH: ("month",), ROLLS: ("period",)}
    there = [kind for kind, names in kinds.items() if any(found.get(name) for name in names)]
    typed = [kind for kind in there if kind != given.get("shown")] or there
    kept = typed[0] if typed else ROLLS
    for kind, names in kinds.items():
        for name in names:
            if kind != kept:
                found.pop(name, None)
    if not there:
        found["period"] = default
    return found
