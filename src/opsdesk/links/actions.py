"""Endpoints: added, changed, given a new secret, switched off and on, removed, tried."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from opsdesk.clock import actions as clock
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.links import events, fanout
from opsdesk.links.addresses import read_address
from opsdesk.links.held import held_endpoint
from opsdesk.links.models import Delivery, Endpoint
from opsdesk.links.refusals import EndpointOff, EndpointOn, EndpointThere, TooManyEndpoints
from opsdesk.links.signing import new_secret
from opsdesk.links.timers import DELIVER, SUBJECT, TASK_KINDS, key_of
from opsdesk.vault.sealing import seal

MOST = 20
LONGEST_NAME = 60
OLD_SECRET_LASTS = timedelta(hours=24)
PURPOSE = "webhook secret"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an endpoint is told, and where. No `kinds`: every event; no `scopes`: every scope."""

    name: str
    url: str
    kinds: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@transaction.atomic
def add(draft: Draft, *, actor: Actor, now: datetime) -> tuple[Endpoint, str]:
    """An endpoint and its secret, which nothing tells again. It is told what is recorded from now on.

    Refuses `EndpointThere`, `TooManyEndpoints`, `Invalid`.
    """
    check_may(actor, Act.MANAGE_TOKENS, desk=EVERY_DESK)
    draft = _checked(draft)
    if Endpoint.objects.filter(removed_at=None).count() >= MOST:
        raise TooManyEndpoints(most=MOST)
    secret = new_secret()
    endpoint = Endpoint(
        **_columns(draft),
        secret=seal(secret, purpose=PURPOSE),
        added_at=now,
        added_by_id=actor.id,
    )
    _save(endpoint, force_insert=True)
    fanout.begin(now=now)
    _record("endpoint.added", endpoint, actor, now, kinds=endpoint.kinds, scopes=endpoint.scopes)
    return endpoint, secret


@transaction.atomic
def change(endpoint_id: int, draft: Draft, *, actor: Actor, now: datetime) -> Endpoint:
    """Another name, address or choice; what waits goes to the new address. Refuses as `add` does."""
    endpoint = held_endpoint(endpoint_id, actor)
    columns = _columns(_checked(draft))
    changed = [name for name, value in columns.items() if getattr(endpoint, name) != value]
    for name in changed:
        setattr(endpoint, name, columns[name])
    if changed:
        _save(endpoint, update_fields=changed)
        _record("endpoint.changed", endpoint, actor, now, changed=changed)
    return endpoint


@transaction.atomic
def rotate(endpoint_id: int, *, at_once: bool, actor: Actor, now: datetime) -> tuple[Endpoint, str]:
    """A new secret. The old one signs beside it for a day, or with `at_once` never again."""
    endpoint = held_endpoint(endpoint_id, actor)
    secret = new_secret()
    endpoint.old_secret = "" if at_once else endpoint.secret
    endpoint.old_secret_until = None if at_once else now + OLD_SECRET_LASTS
    endpoint.secret = seal(secret, purpose=PURPOSE)
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _record("endpoint.secret_rotated", endpoint, actor, now, at_once=at_once)
    return endpoint, secret


@transaction.atomic
def switch_off(endpoint_id: int, *, actor: Actor, now: datetime) -> None:
    """Tell it nothing until it is on again: what waits and what happens meanwhile is queued."""
    endpoint = held_endpoint(endpoint_id, actor)
    if not endpoint.is_on:
        raise EndpointOff
    endpoint.is_on = False
    endpoint.save(update_fields=["is_on"])
    clock.cancel(subject_kind=SUBJECT, subject_id=endpoint.id, kind=DELIVER, now=now)
    _waiting(endpoint).update(state=Delivery.State.QUEUED)
    _record("endpoint.switched_off", endpoint, actor, now)


@transaction.atomic
def switch_on(endpoint_id: int, *, actor: Actor, now: datetime) -> None:
    """Tell it on: first what was queued meanwhile."""
    endpoint = held_endpoint(endpoint_id, actor)
    if endpoint.is_on:
        raise EndpointOn
    endpoint.is_on = True
    endpoint.save(update_fields=["is_on"])
    _record("endpoint.switched_on", endpoint, actor, now)


@transaction.atomic
def remove(endpoint_id: int, *, actor: Actor, now: datetime) -> None:
    """Never tell it anything again. What waits is dropped, its secrets are forgotten, what was sent stays."""
    endpoint = held_endpoint(endpoint_id, actor)
    clock.cancel(subject_kind=SUBJECT, subject_id=endpoint.id, kind=DELIVER, now=now)
    unsent = endpoint.deliveries.exclude(state=Delivery.State.DELIVERED)
    dropped = unsent.update(state=Delivery.State.DROPPED)
    endpoint.is_on, endpoint.removed_at = False, now
    endpoint.secret = endpoint.old_secret = ""
    endpoint.old_secret_until = None
    endpoint.save(update_fields=["is_on", "removed_at", "secret", "old_secret", "old_secret_until"])
    _record("endpoint.removed", endpoint, actor, now, dropped=dropped)


@transaction.atomic
def send_test(endpoint_id: int, *, actor: Actor, now: datetime) -> Delivery:
    """Send an event that tells nothing, also to an endpoint that is off."""
    endpoint = held_endpoint(endpoint_id, actor)
    event = f"evt_{uuid4().hex}"
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        event_id=event,
        kind=events.TEST,
        body=events.test_body(event, now=now),
        state=Delivery.State.WAITING,
        next_at=now,
        created_at=now,
    )
    clock.schedule(
        kind=DELIVER,
        lane=TASK_KINDS[DELIVER],
        unique_key=key_of(delivery.id),
        subject_kind=SUBJECT,
        subject_id=endpoint.id,
        due_at=now,
        now=now,
        payload={"delivery": delivery.id},
    )
    _record("endpoint.tested", endpoint, actor, now, delivery=delivery.id)
    return delivery


def _checked(draft: Draft) -> Draft:
    """The draft in order; raises `Invalid` at the first field that holds what cannot work."""
    name = " ".join(draft.name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("name", gettext_noop("Give it a name of at most 60 characters."))
    url = draft.url.strip()
    read_address(
        url,
        allow_http=settings.OPSDESK_WEBHOOK_ALLOW_HTTP,
        allow_private=settings.OPSDESK_WEBHOOK_ALLOW_PRIVATE,
    )
    if unknown := set(draft.kinds) - set(events.KINDS):
        raise Invalid("kinds", gettext_noop("There is no event %s.") % min(unknown))
    return replace(draft, name=name, url=url)


def _columns(draft: Draft) -> Mapping[str, Any]:
    kinds, scopes = _sorted(draft.kinds), _sorted(draft.scopes)
    return {"name": draft.name, "url": draft.url, "kinds": kinds, "scopes": scopes}


def _sorted(codes: Iterable[str]) -> list[str]:
    return sorted(set(codes))


def _save(endpoint: Endpoint, **how: Any) -> None:
    try:
        with transaction.atomic():
            endpoint.save(**how)
    except IntegrityError:
        raise EndpointThere(name=endpoint.name) from None


def _waiting(endpoint: Endpoint) -> Any:
    return endpoint.deliveries.filter(state=Delivery.State.WAITING)


def _record(kind: str, endpoint: Endpoint, actor: Actor, now: datetime, **payload: object) -> None:
    record(
        kind=kind,
        subject_kind=SUBJECT,
        subject_id=endpoint.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload=payload,
    )
