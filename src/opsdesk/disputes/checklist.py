"""What a deal's checklist has, lacks and has let go. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opsdesk.deals.issues import EvidenceState
from opsdesk.deals.terms import EvidenceItem


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of evidence. `digest`: SHA-256 of its bytes; `erased_at`: they were erased for good."""

    id: int
    deal_id: int
    name: str
    kind: str
    media_type: str
    size: int
    digest: str
    item: str
    added_by: str
    added_by_kind: str
    added_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A required item let go: by whom, when and why."""

    id: int
    item: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item with its files. `missing`: required, no file and no waiver."""

    key: str
    name: str
    kind: str
    required: bool
    files: tuple[FileRow, ...]
    waiver: WaiverRow | None
    missing: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """All items in the template's order; `loose` are the files tied to none.

    `frozen`: the deal is settled, nothing is added or taken away any more.
    """

    items: tuple[ItemState, ...]
    loose: tuple[FileRow, ...]
    frozen: bool = False

    @property
    def missing(self) -> tuple[ItemState, ...]:
        return tuple(item for item in self.items if item.missing)

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def needed(self) -> int:
        """How many items are required."""
        return sum(item.required for item in self.items)

    @property
    def have(self) -> int:
        """How many of the required ones are there or waived."""
        return sum(item.required and not item.missing for item in self.items)

    @property
    def files(self) -> tuple[FileRow, ...]:
        return (*(file for item in self.items for file in item.files), *self.loose)

    def as_value(self) -> EvidenceState:
        """What a deal's rules need to know of it. Erased files are none."""
        there = sum(file.erased_at is None for file in self.files)
        return EvidenceState(there, tuple(item.name for item in self.missing))


def checklist(
    items: Sequence[EvidenceItem],
    files: Sequence[FileRow],
    waivers: Sequence[WaiverRow],
    *,
    frozen: bool = False,
) -> Checklist:
    """The state of the items, given the files that were not taken away and the waivers that hold."""
    waived = {waiver.item: waiver for waiver in waivers}
    keys = {item.key for item in items}
    return Checklist(
        tuple(_item(item, [file for file in files if file.item == item.key], waived) for item in items),
        tuple(file for file in files if file.item not in keys),
        frozen,
    )


def _item(item: EvidenceItem, files: Sequence[FileRow], waived: dict[str, WaiverRow]) -> ItemState:
    there = any(file.erased_at is None for file in files)
    waiver = waived.get(item.key)
    missing = item.required and not there and waiver is None
    return ItemState(item.key, item.name, item.kind, item.required, tuple(files), waiver, missing)
