"""What is told of a deal: which facts, under which id, in which words. Pure.

An event is an entry of the journal about a deal. What it says never changes: only what the entry holds and
what never changes of a deal, no name and no text of anybody; the rest a receiver asks the API for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from opsdesk.deals.lifecycle import TABLE, State
from opsdesk.journal.queries import EntryValue

SUBJECT = "deal"
TEST = "webhook.test"
# The state that a fact about a move leaves the deal in.
STATES: Mapping[str, State] = {
    event: state for row in TABLE for event, state in zip(row.events, row.path, strict=True)
}
EVIDENCE = (
    "evidence.added",
    "evidence.withdrawn",
    "evidence.redacted",
    "evidence.waived",
    "evidence.waiver_withdrawn",
)
KINDS = (*STATES, *EVIDENCE)
# Stands in the journal's payloads for what is said of the deal itself.
_OF_THE_DEAL = {"version", "scope", "template"}


@dataclass(frozen=True, slots=True)
class Run:
    """One unbroken run of the change sequence: a restored database begins another, after entry `base`."""

    id: int
    base: int
    began_at: datetime


@dataclass(frozen=True, slots=True)
class DealFacts:
    """What never changes of a deal. Amounts in minor units of `currency`."""

    id: int
    scope: str
    reference: str
    template_version: int
    currency: str
    total_minor: int


def run_of(entry_id: int, runs: Sequence[Run]) -> Run | None:
    """The run in which an entry was written: the newest that began before it."""
    return max((run for run in runs if run.base < entry_id), key=lambda run: run.id, default=None)


def event_id(entry_id: int, run: Run | None) -> str:
    """The id of an event: the same whenever it is told, another one for every fact there ever was.

    After a restore the journal gives numbers anew, so the run counts too, by when it began.
    """
    began = run.began_at.isoformat() if run else ""
    return f"evt_{uuid5(NAMESPACE_URL, f'opsdesk:{run.id if run else 0}:{began}:{entry_id}').hex}"


def body(entry: EntryValue, deal: DealFacts, *, run: Run | None) -> str:
    """The event as JSON."""
    state = STATES.get(entry.kind)
    told: dict[str, Any] = {
        "id": event_id(entry.id, run),
        "kind": entry.kind,
        "sequence": entry.id,
        "generation": run.id if run else 0,
        "happened_at": _instant(entry.happened_at),
        "recorded_at": _instant(entry.recorded_at),
        "deal": {
            "id": deal.id,
            "scope": deal.scope,
            "reference": deal.reference,
            "template_version": deal.template_version,
            "total": {"minor": deal.total_minor, "currency": deal.currency},
        },
        "data": {name: value for name, value in entry.payload.items() if name not in _OF_THE_DEAL},
        "by": {"kind": entry.actor_kind, "id": entry.actor_id},
    }
    if state is not None:
        told["deal"] |= {"state": state.value, "version": entry.payload.get("version")}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def test_body(event: str, *, now: datetime) -> str:
    """What a test tells: nothing of any deal."""
    told = {"id": event, "kind": TEST, "happened_at": _instant(now), "recorded_at": _instant(now), "data": {}}
    return json.dumps(told, separators=(",", ":"))


def is_wanted(kind: str, scope: str, *, kinds: Sequence[str], scopes: Sequence[str]) -> bool:
    """Whether an endpoint that named these kinds and scopes (none: all) is told."""
    return (not kinds or kind in kinds) and (not scopes or scope in scopes)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
