"""Reading endpoints and their deliveries for the pages, for the worker and for health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from opsdesk.clock.models import Task
from opsdesk.clock.tasks import TaskValue, task_value
from opsdesk.links.models import Attempt, Delivery, Endpoint, WaitingAsLiteral
from opsdesk.links.refusals import DeliveryUnknown, EndpointUnknown
from opsdesk.links.timers import key_of

S = Delivery.State
LATELY = timedelta(hours=24)
WAITING, FAILING, DEAD, HELD = "waiting", "failing", "dead", "held"
DROPPED, DELIVERED = "dropped", "delivered"
# What a page filters by: what waits is apart from what failed before and is tried again.
VIEWS = (WAITING, FAILING, DEAD, HELD, DROPPED, DELIVERED)
LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint with what lies in each view; of those delivered, the ones of the last 24 hours.

    `rotating_until`: the old secret signs until then.
    """

    id: int
    name: str
    url: str
    kinds: tuple[str, ...]
    scopes: tuple[str, ...]
    is_on: bool
    removed: bool
    added_at: datetime
    last_ok_at: datetime | None
    failing_since: datetime | None
    failures: int
    rotating_until: datetime | None
    counts: Mapping[str, int]

    @property
    def lying(self) -> int:
        """What nobody sends any more unless a person says so."""
        return self.counts[DEAD] + self.counts[HELD]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery. `view` is the list it stands in; `next_at` None: nobody tries it by itself."""

    id: int
    endpoint_id: int
    event_id: str
    kind: str
    entry_id: int | None
    deal_id: int | None
    view: str
    tries: int
    status: int | None
    problem: str
    created_at: datetime
    delivered_at: datetime | None
    next_at: datetime | None

    @property
    def may_replay(self) -> bool:
        return self.view != WAITING


@dataclass(frozen=True, slots=True)
class AttemptRow:
    tried_at: datetime
    took_ms: int
    status: int | None
    problem: str
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryCard:
    """A delivery with what is sent and every try, newest first."""

    row: DeliveryRow
    endpoint: str
    body: str
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of deliveries, newest first; `next_before` is where the next one goes on, None on the last."""

    rows: tuple[DeliveryRow, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many endpoints fail now, and how many deliveries lie until a person looks."""

    failing: int
    lying: int

    def __bool__(self) -> bool:
        return bool(self.failing or self.lying)


def endpoints(now: datetime) -> list[EndpointRow]:
    """Those that are there, by name."""
    found = Endpoint.objects.filter(removed_at=None).order_by("name")
    return [_endpoint(each, now) for each in found]


def endpoint(endpoint_id: int, now: datetime) -> EndpointRow:
    """One of them, also a removed one. Refuses `EndpointUnknown`."""
    found = Endpoint.objects.filter(id=endpoint_id).first()
    if found is None:
        raise EndpointUnknown(endpoint=endpoint_id)
    return _endpoint(found, now)


def page(endpoint_id: int, view: str, now: datetime, *, before: int | None = None, size: int = 50) -> Page:
    """The deliveries of an endpoint in one view."""
    chosen = _in_view(endpoint_id, view, now)
    if before is not None:
        chosen = chosen.filter(id__lt=before)
    found = list(chosen.order_by("-id")[: size + 1])
    return Page(
        tuple(_delivery(each) for each in found[:size]), found[size - 1].id if len(found) > size else None
    )


def card(delivery_id: int) -> DeliveryCard:
    """One delivery. Refuses `DeliveryUnknown`."""
    found = Delivery.objects.select_related("endpoint").filter(id=delivery_id).first()
    if found is None:
        raise DeliveryUnknown(delivery=delivery_id)
    attempts = Attempt.objects.filter(delivery=found).order_by("-id")[:100]
    return DeliveryCard(
        row=_delivery(found),
        endpoint=found.endpoint.name,
        body=found.body,
        attempts=tuple(
            AttemptRow(each.tried_at, each.took_ms, each.status, each.problem, each.answer)
            for each in attempts
        ),
    )


def with_work(now: datetime) -> list[tuple[int, str]]:
    """The endpoints that have something due, by id and name."""
    there = Endpoint.objects.filter(removed_at=None).order_by("id").values_list("id", "name")
    return [(id, name) for id, name in there if _due(id, now).exists()]


def due(endpoint_id: int, now: datetime) -> Sequence[TaskValue]:
    """The tasks of an endpoint that are due and in nobody's hands, longest due first, at most a few."""
    # One whose task died of something else than its endpoint would stand before the others for ever.
    key = Concat(Value(key_of("")), Cast(OuterRef("id"), CharField()))
    tried = _due(endpoint_id, now).filter(Exists(Task.objects.armed().filter(unique_key=key)))
    ids = tried.order_by("next_at", "id").values_list("id", flat=True)[:LOOKED_AT]
    places = {key_of(id): place for place, id in enumerate(ids)}
    tasks = Task.objects.armed().filter(unique_key__in=places, run_at__lte=now)
    return [task_value(task) for task in sorted(tasks, key=lambda task: places[task.unique_key])]


def trouble() -> Trouble:
    """What of it all needs a look."""
    failing = Count("id", filter=Q(is_on=True, failing_since__isnull=False))
    there = Endpoint.objects.filter(removed_at=None).aggregate(all=Count("id"), failing=failing)
    if not there["all"]:
        return Trouble(0, 0)
    lying = Delivery.objects.filter(endpoint__removed_at=None, state__in=[S.DEAD, S.HELD])
    return Trouble(there["failing"], lying.count())


def _due(endpoint_id: int, now: datetime) -> "QuerySet[Delivery]":
    return Delivery.objects.filter(endpoint_id=endpoint_id, state=WaitingAsLiteral(), next_at__lte=now)


def _in_view(endpoint_id: int, view: str, now: datetime) -> "QuerySet[Delivery]":
    mine = Delivery.objects.filter(endpoint_id=endpoint_id)
    if view == WAITING:
        return mine.filter(Q(state=S.QUEUED) | Q(state=S.WAITING, problem=""))
    if view == FAILING:
        return mine.filter(state=S.WAITING).exclude(problem="")
    if view == DELIVERED:
        return mine.filter(state=S.DELIVERED, delivered_at__gt=now - LATELY)
    return mine.filter(state=view)


def _counts(endpoint_id: int, now: datetime) -> dict[str, int]:
    return {view: _in_view(endpoint_id, view, now).count() for view in VIEWS}


def _endpoint(row: Endpoint, now: datetime) -> EndpointRow:
    rotating = row.old_secret_until
    return EndpointRow(
        id=row.id,
        name=row.name,
        url=row.url,
        kinds=tuple(row.kinds),
        scopes=tuple(row.scopes),
        is_on=row.is_on,
        removed=row.removed_at is not None,
        added_at=row.added_at,
        last_ok_at=row.last_ok_at,
        failing_since=row.failing_since,
        failures=row.failures,
        rotating_until=rotating if rotating is not None and rotating > now else None,
        counts=_counts(row.id, now),
    )


def _delivery(row: Delivery) -> DeliveryRow:
    view = row.state
    if row.state in (S.QUEUED, S.WAITING):
        view = FAILING if row.problem and row.state == S.WAITING else WAITING
    return DeliveryRow(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        kind=row.kind,
        entry_id=row.entry_id,
        deal_id=row.deal_id,
        view=view,
        tries=row.tries,
        status=row.status,
        problem=row.problem,
        created_at=row.created_at,
        delivered_at=row.delivered_at if row.state == S.DELIVERED else None,
        next_at=row.next_at if row.state == S.WAITING else None,
    )
