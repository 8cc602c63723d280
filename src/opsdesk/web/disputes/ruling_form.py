"""What a ruling asks for. Amounts are typed in major units and read exactly."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.deals.flows import Result
from opsdesk.deals.issues import Choice
from opsdesk.deals.lifecycle import Outcome
from opsdesk.deals.refusals import AmountOutOfBounds, ChecklistIncomplete
from opsdesk.disputes.rulings import Option, preview
from opsdesk.kernel.money import Money
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.web.case.forms import words
from opsdesk.web.deals import amounts as money
from opsdesk.web.deals import labels
from opsdesk.web.disputes import amounts
from opsdesk.web.disputes.look import Look

LOOK, CONFIRM, CHANGE = "look", "confirm", "change"
AMOUNTS = {Outcome.OFFSET: "offset", Outcome.PARTIAL_REFUND: "partial"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One outcome to choose: what it does with the money at its most, and the bounds where there are some."""

    code: str
    name: str
    to_buyer: Money
    to_seller: Money
    most: Money
    is_default: bool
    field: forms.BoundField | None
    text: forms.BoundField | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What is about to be ruled. `looks_again`: the terms ask for another look at the papers first."""

    outcome: str
    to_buyer: Money
    to_seller: Money
    action: str
    reason: str
    replacement: str
    looks_again: bool


class RulingForm(forms.Form):
    """The outcome, its amount, why; for a replacement what comes and by when."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=[(code, code) for code in Outcome])
    offset = forms.CharField(label=gettext_lazy("Offset to the buyer"), required=False, max_length=40)
    partial = forms.CharField(label=gettext_lazy("Refund to the buyer"), required=False, max_length=40)
    replacement = forms.CharField(
        label=gettext_lazy("What is to come, and by when"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = words(gettext_lazy("Why"), gettext_lazy("Kept with the ruling; it is audited."), rows=3)
    looked_again = forms.BooleanField(label=gettext_lazy("I looked at these papers again"), required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, look: Look, initial: dict[str, Any] | None = None) -> None:
        self.look = look
        super().__init__(data, initial={**_preset(look), **(initial or {})}, auto_id="ruling_%s")
        self.fields["reason"].required = False
        for name in AMOUNTS.values():
            self.fields[name].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def offers(self) -> tuple[Offer, ...]:
        return tuple(self._offer(option) for option in self.look.options)

    def _offer(self, option: Option) -> Offer:
        chosen = self.data.get("outcome") if self.is_bound else self.initial.get("outcome")
        return Offer(
            code=option.outcome.value,
            name=labels.word(labels.OUTCOMES, option.outcome.value),
            to_buyer=self.look.money(option.result.to_buyer),
            to_seller=self.look.money(option.result.to_seller),
            most=self.look.money(option.most_minor),
            is_default=option.is_default,
            field=self[AMOUNTS[option.outcome]] if option.takes_amount else None,
            text=self["replacement"] if option.needs_text else None,
            chosen=chosen == option.outcome,
        )

    def choice(self) -> Choice:
        """What the person rules. Refuses an amount that is none of the currency as `Invalid`."""
        data = self.cleaned_data
        outcome = Outcome(data["outcome"])
        return Choice(
            outcome=outcome,
            reason=data["reason"],
            amount_minor=self._amount(outcome),
            replacement=data["replacement"],
            looked_again=data["looked_again"],
        )

    def _amount(self, outcome: Outcome) -> int | None:
        name = AMOUNTS.get(outcome)
        if name is None:
            return None
        minor = amounts.read(self.cleaned_data[name], self.look.deal.currency)
        if minor is None:
            raise Invalid(name, gettext_noop("Write an amount such as the one that stood here."))
        return minor

    def summary(self) -> Summary:
        """What would come of it. Refuses as ruling would: by the field that is wrong."""
        choice = self.choice()
        if not choice.reason.strip():
            raise Invalid("reason", gettext_noop("Say why: the ruling is audited."))
        if choice.outcome is Outcome.REPLACEMENT and not choice.replacement.strip():
            raise Invalid("replacement", gettext_noop("Say what is to come and by when."))
        result = self._result(choice)
        self._check_papers(result)
        return Summary(
            outcome=labels.word(labels.OUTCOMES, choice.outcome.value),
            to_buyer=self.look.money(result.to_buyer),
            to_seller=self.look.money(result.to_seller),
            action=result.action.value if result.action else "",
            reason=choice.reason,
            replacement=choice.replacement if choice.outcome is Outcome.REPLACEMENT else "",
            looks_again=self.look.looks_again,
        )

    def _result(self, choice: Choice) -> Result:
        look = self.look
        try:
            return preview(look.terms, look.reason, look.deal.held_minor, choice.outcome, choice.amount_minor)
        except AmountOutOfBounds:
            most = look.terms.most(choice.outcome, look.reason, look.deal.held_minor)
            bound = _("Above 0 and at most %(most)s.") % {"most": money.written(look.money(most))}
            raise Invalid(AMOUNTS[choice.outcome], bound) from None

    def _check_papers(self, result: Result) -> None:
        """What is missing is asked for before the summary, unless the deadline would pay the same."""
        look, default = self.look, self.look.default
        same = (result.action, result.to_buyer, result.to_seller)
        if look.checklist.missing and same != (default.action, default.to_buyer, default.to_seller):
            raise ChecklistIncomplete(items=", ".join(item.name for item in look.checklist.missing))

    def now_seen(self, version: int) -> None:
        """The person has been told what happened since: the next try counts from here."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["seen_version"] = str(version)  # type: ignore[index]


def _preset(look: Look) -> dict[str, Any]:
    """The amounts at their caps, the outcome if there is only one, the version that is seen."""
    preset: dict[str, Any] = {"seen_version": look.deal.version}
    for option in look.options:
        if option.takes_amount:
            preset[AMOUNTS[option.outcome]] = amounts.plain(look.money(option.most_minor))
    if len(look.options) == 1:
        preset["outcome"] = look.options[0].outcome.value
    return preset
