"""What a template says, as values. Pure: ratios and caps are exact decimals, never floats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.kernel.money import floor_share

NO_CAP = Decimal(0)
CAPPED = frozenset({Outcome.OFFSET, Outcome.PARTIAL_REFUND})


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One item of the checklist. `kind`: PHOTO, VIDEO, REPORT or DOCUMENT; `names`: by language."""

    key: str
    name: str
    kind: str
    required: bool
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, language: str) -> str:
        """Its name in a language (`ko`), in English where it has none."""
        return self.names.get(language) or self.name


@dataclass(frozen=True, slots=True)
class Allowed:
    """An outcome that a reason may end with; `cap`: a share of the holdback where it has an amount."""

    outcome: Outcome
    cap: Decimal = NO_CAP


@dataclass(frozen=True, slots=True)
class Terms:
    """One published version of a scope's template.

    `ttl_caps`: what the deadline gives the buyer of the holdback, by reason; none: nothing.
    `second_look`: the reasons that are ruled after another look at the papers.
    `currency`: that of the deals made by them; empty in versions of before it was asked for: any.
    """

    scope: str
    version: int
    inspection_days: int
    dispute_hours: int
    holdback_ratio: Decimal
    auto_approve: bool
    evidence_required: bool
    ttl_caps: Mapping[Reason, Decimal]
    allowed: Mapping[Reason, tuple[Allowed, ...]]
    checklist: tuple[EvidenceItem, ...]
    second_look: frozenset[Reason]
    currency: str = ""

    @property
    def immediate_ratio(self) -> Decimal:
        return 1 - self.holdback_ratio

    def held(self, total_minor: int) -> int:
        """H = floor(total x holdback ratio), minor units; the rest is the immediate part."""
        return floor_share(total_minor, self.holdback_ratio)

    def auto_approve_at(self, delivered_at: datetime) -> datetime | None:
        """Days of 24 hours after delivery; None where silence approves nothing."""
        return delivered_at + timedelta(days=self.inspection_days) if self.auto_approve else None

    def dispute_due_at(self, raised_at: datetime) -> datetime:
        return raised_at + timedelta(hours=self.dispute_hours)

    def ttl_offset(self, held_minor: int, reason: Reason) -> int:
        """What the deadline gives the buyer: floor(H x cap), minor units; without a cap 0."""
        return floor_share(held_minor, self.ttl_caps.get(reason, NO_CAP))

    def most(self, outcome: Outcome, reason: Reason, held_minor: int) -> int:
        """The most an outcome may give the buyer, minor units: 0 where it is not allowed or gives nothing."""
        for allowed in self.allowed.get(reason, ()):
            if allowed.outcome is outcome:
                return held_minor if outcome is Outcome.FULL_REFUND else floor_share(held_minor, allowed.cap)
        return 0

    def offered(self, reason: Reason, held_minor: int) -> tuple[Outcome, ...]:
        """The outcomes a dispute may be ruled with: without those whose amount would come to 0."""
        return tuple(
            allowed.outcome
            for allowed in self.allowed.get(reason, ())
            if allowed.outcome in (Outcome.REJECT, Outcome.REPLACEMENT)
            or self.most(allowed.outcome, reason, held_minor) > 0
        )
