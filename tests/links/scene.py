"""A desk with a running change sequence, somebody who may manage endpoints, and rounds of the worker."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection

from opsdesk.journal.actions import ensure_generation
from opsdesk.kernel.actor import EVERY_DESK, Actor, ActorKind, Grant, Role
from opsdesk.links import actions, fanout, queries
from opsdesk.links.actions import Draft
from opsdesk.links.carrier import Way, carrier
from opsdesk.links.models import Delivery, Endpoint
from opsdesk.links.posting import Limits
from opsdesk.links.timers import DELIVER
from opsdesk.worker.rounds import carrying
from tests.deals import cast
from tests.links.far_end import Call, FarEnd

# PostgreSQL shows a change to those who follow once its transaction has ended.
COMMITTED = pytest.mark.django_db(transaction=connection.vendor == "postgresql")
NOW = cast.MONDAY
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ADA = Actor(kind=ActorKind.PERSON, id=13, name="Ada", grants=frozenset({Grant(EVERY_DESK, Role.ADMIN)}))
LENA = Actor(kind=ActorKind.PERSON, id=12, name="Lena", grants=frozenset({Grant("deals", Role.LEAD)}))
WAY = Way(Limits(allow_private=True, connect_s=0.5, total_s=1.0), allow_http=True)


def begin(now: datetime = NOW) -> None:
    ensure_generation(now=now)
    cast.scope()


def endpoint(end: FarEnd, name: str = "market", now: datetime = NOW, **more: tuple[str, ...]) -> Endpoint:
    return actions.add(Draft(name, end.url, **more), actor=ADA, now=now)[0]


def tell(now: datetime = NOW) -> None:
    """What the worker's source does until nothing is left."""
    while fanout.step(now):
        pass


def carry(to: Endpoint, now: datetime = NOW, way: Way = WAY) -> int:
    """What the endpoint's thread does until nothing is due; how many were delivered."""
    one_round = carrying(lambda at: queries.due(to.id, at), {DELIVER: carrier(way)}, lambda: now)
    done = 0
    while (outcome := one_round(now)).more:
        done += outcome.done
    return done


def told(calls: list[Call]) -> list[str]:
    """The kinds that were received, in order."""
    return [json.loads(call.body)["kind"] for call in calls]


def states(of: Endpoint) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.filter(endpoint=of).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found
