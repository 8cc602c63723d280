"""The one way a fact gets into the journal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from opsdesk.journal import queries
from opsdesk.journal.models import Entry, Generation
from opsdesk.kernel.actor import Actor

_FACT = (
    "INSERT INTO journal_entry (kind, subject_kind, subject_id, actor_kind, actor_id, happened_at,"
    " recorded_at, payload) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


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
    draft = Draft(kind, subject_kind, subject_id, actor, happened_at, payload or {})
    entry = _entry(draft, now)
    entry.save(force_insert=True)
    return entry


def record_one(draft: Draft, *, now: datetime) -> None:
    """Write one fact as `record` does, as ready SQL: for what happens most often."""
    at = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            _FACT,
            [
                draft.kind,
                draft.subject_kind,
                draft.subject_id,
                draft.actor.kind.value,
                draft.actor.id,
                at(draft.happened_at),
                at(now),
                json.dumps(dict(draft.payload)),
            ],
        )


def record_many(drafts: Sequence[Draft], *, now: datetime) -> None:
    """Write several facts at once, in their order."""
    Entry.objects.bulk_create([_entry(draft, now) for draft in drafts])


def _entry(draft: Draft, now: datetime) -> Entry:
    return Entry(
        kind=draft.kind,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        actor_kind=draft.actor.kind.value,
        actor_id=draft.actor.id,
        happened_at=draft.happened_at,
        recorded_at=now,
        payload=dict(draft.payload),
    )


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
