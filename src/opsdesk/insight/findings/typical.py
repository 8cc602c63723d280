"""The typical shares of the reasons of disputes, by category, and whether the actual ones drift. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.bands import Share
from opsdesk.insight.statistics import SMALL

Band = tuple[int, int]
# Per cent of a category's disputes, both ends typical.
TYPICAL: Mapping[str, Mapping[Reason, Band]] = {
    "USED_CAR_PRIVATE": {
        Reason.DAMAGE_MINOR: (60, 70),
        Reason.MISSING_PARTS: (20, 30),
        Reason.DOCUMENT_MISMATCH: (10, 20),
    },
    "USED_CAR_DEALER": {
        Reason.DAMAGE_MINOR: (40, 50),
        Reason.QUALITY_NOT_MATCHING: (30, 40),
        Reason.MISSING_PARTS: (10, 20),
    },
    "REAL_ESTATE_SALE": {
        Reason.DOCUMENT_MISMATCH: (50, 60),
        Reason.DAMAGE_MINOR: (20, 30),
        Reason.MISSING_PARTS: (10, 20),
    },
}


@dataclass(frozen=True, slots=True)
class Drift:
    """A reason whose actual share lies outside its typical band, above it or below."""

    reason: str
    share: Share
    typical: Band

    @property
    def is_above(self) -> bool:
        return self.share.range[0] * 100 > self.typical[1]


def drifts(category: str, counts: Mapping[str, int], of: int) -> tuple[Drift, ...]:
    """The reasons whose 95 % range does not meet their typical band, over 20 disputes or more."""
    if of < SMALL:
        return ()
    found = [
        Drift(reason.value, Share(counts.get(reason, 0), counts.get(reason, 0), of), band)
        for reason, band in TYPICAL.get(category, {}).items()
    ]
    return tuple(each for each in found if not meets(each.share, each.typical))


def meets(share: Share, typical: Band) -> bool:
    """Whether a share's 95 % range and a band have a point in common."""
    low, high = share.range
    return low * 100 <= typical[1] and high * 100 >= typical[0]
