"""What a new version of a template changes, and what is unusual about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from opsdesk.deals.countries import CURRENCY_OF
from opsdesk.deals.terms import CAPPED, Terms
from opsdesk.kernel.refusal import gettext_noop

USUAL_DAYS = (2, 7)
USUAL_HOURS = (24, 96)


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter and what it was and is; empty: it was or is not there."""

    parameter: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something allowed that is seldom wise. `details` fill the places of `message`."""

    parameter: str
    message: str
    details: Mapping[str, object]

    @property
    def text(self) -> str:
        return self.message % self.details


def changes(old: Terms, new: Terms) -> list[Change]:
    """The parameters that differ, in the order of the document."""
    before, after = parameters(old), parameters(new)
    names = [*after, *(name for name in before if name not in after)]
    both = [Change(name, before.get(name, ""), after.get(name, "")) for name in names]
    return [change for change in both if change.old != change.new]


def parameters(terms: Terms) -> dict[str, str]:
    """Every parameter as text, under the name it has in the document."""
    found = {
        "currency": terms.currency,
        "inspectionTtlDays": str(terms.inspection_days),
        "disputeTtlHours": str(terms.dispute_hours),
        "holdbackRatio": _share(terms.holdback_ratio),
        "immediateRatio": _share(terms.immediate_ratio),
        "evidenceRequired": _yes(terms.evidence_required),
        "autoApproveEnabled": _yes(terms.auto_approve),
    }
    found |= {f"offsetCapsByReasonCode.{reason}": _share(cap) for reason, cap in terms.ttl_caps.items()}
    for reason, outcomes in terms.allowed.items():
        for allowed in outcomes:
            cap = _share(allowed.cap) if allowed.outcome in CAPPED else _yes(True)
            found[f"allowedOutcomes.{reason}.{allowed.outcome}"] = cap
    found |= {f"secondLook.{reason}": _yes(True) for reason in sorted(terms.second_look)}
    for item in terms.checklist:
        found[f"evidence.{item.key}"] = f"{item.kind}, {'required' if item.required else 'optional'}"
    return found


def warnings_of(terms: Terms) -> tuple[Unusual, ...]:
    """What lies outside of what is usual: allowed, but somebody should say why."""
    found = [_of_another_country(terms)] if terms.currency != own_currency(terms) else []
    if not USUAL_DAYS[0] <= terms.inspection_days <= USUAL_DAYS[1]:
        message = gettext_noop("%(days)s days of inspection are unusual; usual are %(least)s to %(most)s")
        details = {"days": terms.inspection_days, "least": USUAL_DAYS[0], "most": USUAL_DAYS[1]}
        found.append(Unusual("inspectionTtlDays", message, details))
    if not USUAL_HOURS[0] <= terms.dispute_hours <= USUAL_HOURS[1]:
        message = gettext_noop("%(hours)s hours for a dispute are unusual; usual are %(least)s to %(most)s")
        details = {"hours": terms.dispute_hours, "least": USUAL_HOURS[0], "most": USUAL_HOURS[1]}
        found.append(Unusual("disputeTtlHours", message, details))
    return tuple(found)


def own_currency(terms: Terms) -> str:
    """The currency of the scope's country; empty where it has none."""
    return CURRENCY_OF.get(terms.scope.partition(".")[0], "")


def _of_another_country(terms: Terms) -> Unusual:
    message = gettext_noop(
        "Deals in %(currency)s are unusual in %(scope)s: the currency of its country is %(usual)s"
    )
    details = {"currency": terms.currency, "scope": terms.scope, "usual": own_currency(terms) or "–"}
    return Unusual("currency", message, details)


def _share(ratio: Decimal) -> str:
    return f"{ratio.normalize():f}"


def _yes(on: bool) -> str:
    return "true" if on else "false"
