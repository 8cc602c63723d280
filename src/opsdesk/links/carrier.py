"""The handler of `links.deliver`: one event to one endpoint, and what the server said.

At least once: who is killed between the server's answer and our commit leaves the event to be sent again,
with the same id. See docs/handbook/webhooks.md.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from opsdesk.clock.tasks import Handler, TaskValue
from opsdesk.kernel.refusal import Refusal
from opsdesk.links import deliveries, fanout, signing
from opsdesk.links.actions import PURPOSE
from opsdesk.links.addresses import read_address
from opsdesk.links.models import Attempt, Delivery, Endpoint
from opsdesk.links.posting import Answer, Limits, NotDelivered, Resolve, looked_up, post
from opsdesk.vault.sealing import unseal

logger = logging.getLogger("opsdesk.links")


@dataclass(frozen=True, slots=True)
class Way:
    """How calls are made: what is allowed, for how long, and who knows where a name leads."""

    limits: Limits
    allow_http: bool = False
    resolve: Resolve = looked_up


def carrier(way: Way) -> Handler:
    """The handler that calls this way."""

    def deliver(task: TaskValue, now: datetime) -> None:
        began = monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=monotonic() - began)

        found = Delivery.objects.filter(id=task.payload["delivery"], state__in=deliveries.UNSENT)
        delivery = found.select_related("endpoint").first()
        if delivery is None:
            return
        if not fanout.is_current():
            deliveries.hold(task, delivery, now=now)
            return
        _deliver(task, delivery, way, clock)

    return deliver


def _deliver(task: TaskValue, delivery: Delivery, way: Way, clock: Callable[[], datetime]) -> None:
    began = clock()
    try:
        answer = _call(delivery, way, now=began)
        problem = "" if answer.is_ok else f"HTTP {answer.status}"
    except (NotDelivered, Refusal) as trouble:
        answer, problem = None, str(trouble)
    now = clock()
    attempt = _attempt(delivery, answer, problem, began=began, took=now - began)
    if problem:
        logger.info("delivery %s was not taken, try %s: %s", delivery.id, task.attempts, problem)
        deliveries.not_taken(task, delivery, attempt, now=now)
    else:
        deliveries.taken(delivery, attempt, now=now)


def _call(delivery: Delivery, way: Way, *, now: datetime) -> Answer:
    """Raises `NotDelivered`, and the refusals of an address or a secret that is no good any more."""
    endpoint = delivery.endpoint
    target = read_address(endpoint.url, allow_http=way.allow_http, allow_private=way.limits.allow_private)
    body, timestamp = delivery.body.encode(), int(now.timestamp())
    headers = {
        "Opsdesk-Id": delivery.event_id,
        "Opsdesk-Timestamp": str(timestamp),
        "Opsdesk-Signature": signing.header(secrets_of(endpoint, now), timestamp=timestamp, body=body),
    }
    return post(target, body, headers, limits=way.limits, resolve=way.resolve)


def secrets_of(endpoint: Endpoint, now: datetime) -> list[str]:
    """The secrets that sign now: the endpoint's own, and the old one while it is being replaced."""
    sealed = [endpoint.secret]
    if endpoint.old_secret_until is not None and now < endpoint.old_secret_until:
        sealed.append(endpoint.old_secret)
    return [unseal(each, purpose=PURPOSE) for each in sealed]


def _attempt(
    delivery: Delivery, answer: Answer | None, problem: str, *, began: datetime, took: timedelta
) -> Attempt:
    return Attempt(
        delivery_id=delivery.id,
        tried_at=began,
        took_ms=int(took / timedelta(milliseconds=1)),
        status=answer.status if answer else None,
        problem=problem[: deliveries.LONGEST_PROBLEM],
        answer=answer.start if answer else "",
    )
