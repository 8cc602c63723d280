"""The one way a fact gets into the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from opsdesk.journal import queries, rows
from opsdesk.journal.copying import copy_rows, may_copy
from opsdesk.journal.models import Entry, Generation
from opsdesk.kernel.actor import Actor

AT_ONCE = 1000
_COLUMNS = (
    *("kind", "subject_kind", "subject_id", "actor_kind", "actor_id"),
    *("happened_at", "recorded_at", "payload"),
)
_FACTS = f"INSERT INTO journal_entry ({', '.join(_COLUMNS)}) VALUES"
_FACT = "(%s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact about to be recorded. `kind` is dotted and in the past tense: `case.escalated`."""

    kind: str
    subject_kind: str
    subject_id: int
    actor: Actor
    happened_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


def record(
    *,
    kind: str,
    subject_kind: str,
    subject_id: int,
    actor: Actor,
    happened_at: datetime,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> Entry:
    """Write one fact in the caller's transaction, so that the fact and its record stand or fall together."""
    entry = Entry(
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        happened_at=happened_at,
        recorded_at=now,
        payload=dict(payload or {}),
    )
    rows.insert_row(entry)
    return entry


def record_one(draft: Draft, *, now: datetime) -> None:
    """Write one fact as `record` does, with nothing built besides: for what happens most often."""
    record_many([draft], now=now)


def record_many(drafts: Sequence[Draft], *, now: datetime) -> None:
    """Write several facts at once, in their order."""
    if may_copy(len(drafts)):
        _copy(drafts, str(now))
        return
    adapt, written = connection.ops.adapt_datetimefield_value, dict[int, str]()
    at = adapt(now)
    for start in range(0, len(drafts), AT_ONCE):
        some = drafts[start : start + AT_ONCE]
        values: list[Any] = []
        for draft in some:
            values += (draft.kind, draft.subject_kind, draft.subject_id, draft.actor.kind.value)
            values += (draft.actor.id, adapt(draft.happened_at), at, _payload(draft, written))
        with connection.cursor() as cursor:
            facts = ", ".join([_FACT] * len(some))
            cursor.execute(f"{_FACTS} {facts}", values)


def _copy(drafts: Sequence[Draft], at: str) -> None:
    written = dict[int, str]()
    rows = [
        (
            *(each.kind, each.subject_kind, each.subject_id, each.actor.kind.value, each.actor.id),
            *(str(each.happened_at), at, _payload(each, written)),
        )
        for each in drafts
    ]
    copy_rows("journal_entry", _COLUMNS, rows)


def _payload(draft: Draft, written: dict[int, str]) -> str:
    """As JSON; what several drafts share is written down once."""
    text = written.get(id(draft.payload))
    if text is None:
        text = written[id(draft.payload)] = json.dumps(dict(draft.payload))
    return text


@transaction.atomic
def begin_generation(*, reason: str, now: datetime) -> Generation:
    """Begin another run of the change sequence: readers drop what they derived and start over."""
    return Generation.objects.create(
        system_identifier=queries.system_identifier(connection),
        reason=reason,
        base_entry_id=queries.newest_id(),
        started_at=now,
    )


def ensure_generation(*, now: datetime) -> Generation:
    """The running generation; another one if the database has moved to another cluster."""
    running = queries.generation()
    if running is None:
        return begin_generation(reason="first", now=now)
    if running.system_identifier != queries.system_identifier(connection):
        return begin_generation(reason="moved", now=now)
    return running
