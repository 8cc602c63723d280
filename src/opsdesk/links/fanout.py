"""From the change sequence to deliveries: one for each event and endpoint, whoever runs this, however often.

The cursor moves in the transaction that writes the deliveries, by compare-and-set: of two workers one does.
Where a backup was restored the journal goes on under another generation. Then nobody knows which of the
deliveries that wait in the backup were sent since: they are held, with what had not been told on yet, until a
person says so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from opsdesk.clock import actions as clock
from opsdesk.clock import carrying
from opsdesk.clock.models import Task
from opsdesk.deals.models import Deal
from opsdesk.journal import queries as journal
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.journal.models import Entry, Generation
from opsdesk.journal.queries import Cursor, EntryValue
from opsdesk.kernel.actor import SYSTEM
from opsdesk.links import events
from opsdesk.links.events import DealFacts, Run
from opsdesk.links.models import Delivery, Endpoint, Position, QueuedAsLiteral
from opsdesk.links.timers import DELIVER, SUBJECT, TASK_KINDS, key_of

TOLD_AT_ONCE = 500
WOKEN_AT_ONCE = 200
_FAR = 2**62


def step(now: datetime) -> int:
    """A batch of events made into deliveries, and a batch of those given to the worker; how many."""
    return tell(now=now) + wake(now=now)


def tell(*, now: datetime, limit: int = TOLD_AT_ONCE) -> int:
    """Read on in the change sequence; how many entries were passed."""
    position = Position.objects.first()
    if position is None or not Endpoint.objects.filter(removed_at=None).exists():
        return 0
    changes = journal.changes_after(_cursor(position), limit=limit)
    if changes.start_over:
        return _after_a_restore(position, changes.cursor.generation, now=now)
    if not changes.entries:
        return 0
    with transaction.atomic():
        if _moved(position, changes.cursor):
            _write(changes.entries, Delivery.State.QUEUED, now=now)
    return len(changes.entries)


def wake(*, now: datetime, limit: int = WOKEN_AT_ONCE) -> int:
    """Arm the tasks of queued deliveries whose endpoints are on; how many."""
    woken = 0
    for endpoint_id in Endpoint.objects.filter(is_on=True).values_list("id", flat=True):
        queued = Delivery.objects.filter(endpoint_id=endpoint_id, state=QueuedAsLiteral())
        ids = list(queued.order_by("id").values_list("id", flat=True)[:limit])
        if ids:
            with transaction.atomic():
                woken += sum(_wake(delivery_id, endpoint_id, now=now) for delivery_id in ids)
    return woken


def begin(*, now: datetime) -> None:
    """Tell from now on, where nobody was told before or nobody is any more."""
    if Position.objects.exists() and Endpoint.objects.filter(removed_at=None).count() > 1:
        return
    here = _present()
    values = {"generation": here.generation, "xact": here.xact, "entry_id": here.id}
    if not Position.objects.update(**values):
        Position.objects.create(**values)


def is_current() -> bool:
    """Whether the cursor stands in the running generation: else a restore has not been noticed yet."""
    running = journal.generation()
    position = Position.objects.first()
    return position is not None and position.generation == (running.id if running else 0)


def _wake(delivery_id: int, endpoint_id: int, *, now: datetime) -> bool:
    """Arm the task of a queued delivery; False if it is in somebody's hands at this moment."""
    key = key_of(delivery_id)
    if not carrying.begin_anew(key, now=now):
        if Task.objects.filter(unique_key=key).exists():
            return False
        clock.schedule(
            kind=DELIVER,
            lane=TASK_KINDS[DELIVER],
            unique_key=key,
            subject_kind=SUBJECT,
            subject_id=endpoint_id,
            due_at=now,
            now=now,
            payload={"delivery": delivery_id},
        )
    waiting = {"state": Delivery.State.WAITING.value, "next_at": now}
    return bool(rows.update_rows(Delivery, waiting, id=delivery_id, state=Delivery.State.QUEUED.value))


def _present() -> Cursor:
    """Where the change sequence ends: what commits from here on comes after it."""
    running = journal.generation()
    number = running.id if running else 0
    if connection.vendor == "sqlite":
        return Cursor(generation=number, id=journal.newest_id())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")
        return Cursor(generation=number, xact=cursor.fetchone()[0], id=_FAR)


def _cursor(position: Position) -> Cursor:
    return Cursor(generation=position.generation, xact=position.xact, id=position.entry_id)


def _moved(position: Position, to: Cursor) -> bool:
    """Set the cursor on, if it is where it was read."""
    values = {"generation": to.generation, "xact": to.xact, "entry_id": to.id}
    seen = {"generation": position.generation, "xact": position.xact, "entry_id": position.entry_id}
    return bool(rows.update_rows(Position, values, id=position.pk, **seen))


def _after_a_restore(position: Position, generation: int, *, now: datetime) -> int:
    """Hold what the old generation left, and go on with the new one's first entry."""
    with transaction.atomic():
        base = Generation.objects.get(id=generation).base_entry_id
        if not _moved(position, Cursor(generation=generation, id=base)):
            return 0
        unsent = Delivery.objects.filter(state__in=[Delivery.State.QUEUED, Delivery.State.WAITING])
        for endpoint_id in unsent.values_list("endpoint_id", flat=True).distinct():
            clock.cancel(subject_kind=SUBJECT, subject_id=endpoint_id, kind=DELIVER, now=now)
        held = unsent.update(state=Delivery.State.HELD)
        later = Q(xact__gt=position.xact) | Q(xact=position.xact, id__gt=position.entry_id)
        untold = Entry.objects.filter(later, id__lte=base, kind__in=events.KINDS).order_by("id")
        held += _write([_value(entry) for entry in untold.iterator()], Delivery.State.HELD, now=now)
        record(
            kind="endpoint.deliveries_held",
            subject_kind=SUBJECT,
            subject_id=0,
            actor=SYSTEM,
            happened_at=now,
            now=now,
            payload={"generation": generation, "held": held},
        )
    return 1


def _write(entries: Iterable[EntryValue], state: Delivery.State, *, now: datetime) -> int:
    """A delivery of each event for each endpoint that wants it, unless it is there; how many were written."""
    told = [each for each in entries if each.kind in events.KINDS and each.subject_kind == events.SUBJECT]
    if not told:
        return 0
    deals = _deals({each.subject_id for each in told})
    runs = [Run(each.id, each.base_entry_id, each.started_at) for each in Generation.objects.order_by("id")]
    endpoints = list(Endpoint.objects.filter(removed_at=None).order_by("id"))
    written = 0
    for entry in told:
        deal, run = deals.get(entry.subject_id), events.run_of(entry.id, runs)
        if deal is None:
            continue
        event, body = events.event_id(entry.id, run), events.body(entry, deal, run=run)
        for endpoint in _wanting(endpoints, entry, deal):
            row = Delivery(
                endpoint_id=endpoint.id,
                event_id=event,
                kind=entry.kind,
                entry_id=entry.id,
                deal_id=deal.id,
                body=body,
                state=state.value,
                next_at=now,
                created_at=now,
            )
            written += rows.insert_unless_there(row, unique=["endpoint_id", "event_id"])
    return written


def _wanting(endpoints: Sequence[Endpoint], entry: EntryValue, deal: DealFacts) -> list[Endpoint]:
    """Those that asked for such an event, and had asked when it was recorded."""
    return [
        endpoint
        for endpoint in endpoints
        if endpoint.added_at <= entry.recorded_at
        and events.is_wanted(entry.kind, deal.scope, kinds=endpoint.kinds, scopes=endpoint.scopes)
    ]


def _deals(ids: set[int]) -> dict[int, DealFacts]:
    found = Deal.objects.filter(id__in=ids).select_related("scope")
    return {
        deal.id: DealFacts(
            id=deal.id,
            scope=deal.scope.key,
            reference=deal.reference,
            template_version=deal.template_version,
            currency=deal.currency,
            total_minor=deal.total_minor,
        )
        for deal in found
    }


def _value(entry: Entry) -> EntryValue:
    return EntryValue(
        id=entry.id,
        kind=entry.kind,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        payload=entry.payload,
    )
