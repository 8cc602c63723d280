"""How long deliveries are kept: what nobody will send any more goes, with every try and what was answered.

What waits is kept however old it is.
"""

from datetime import datetime, timedelta

from django.db import transaction

from opsdesk.links.models import Attempt, Delivery, Endpoint

S = Delivery.State
# Delivered or dropped on purpose; and what lies for a person to send again, unless its endpoint is gone.
KEPT, KEPT_LYING = timedelta(days=30), timedelta(days=90)
OVER, LYING = (S.DELIVERED, S.DROPPED), (S.DEAD, S.HELD)
SWEPT_AT_ONCE = 200


def sweep(now: datetime) -> int:
    """Remove a batch of the deliveries that were kept long enough; how many. A worker's step."""
    for endpoint_id, removed_at in Endpoint.objects.order_by("id").values_list("id", "removed_at"):
        for state in (*OVER, *LYING):
            kept = KEPT if state in OVER or removed_at else KEPT_LYING
            ids = _old(endpoint_id, state, before=now - kept)
            if ids:
                return _remove(ids, state)
    return 0


def _old(endpoint_id: int, state: S, *, before: datetime) -> list[int]:
    """By its number a delivery is as old as it is by its time: only the first few are looked at.

    One that was sent again, or lately, counts from then.
    """
    first = Delivery.objects.filter(endpoint_id=endpoint_id, state=state.value).order_by("id")
    some = first.values_list("id", "created_at", "next_at", "delivered_at")[:SWEPT_AT_ONCE]
    return [id for id, *moments in some if max(each for each in moments if each) <= before]


@transaction.atomic
def _remove(ids: list[int], state: S) -> int:
    """The deliveries, unless somebody sends one again meanwhile, then the tries of those that are gone."""
    mine = Delivery.objects.select_for_update().filter(id__in=ids, state=state.value)
    gone = list(mine.values_list("id", flat=True))
    Delivery.objects.filter(id__in=gone)._raw_delete("default")
    Attempt.objects.filter(delivery_id__in=gone)._raw_delete("default")
    return len(gone)
