"""Filling an empty home with the example: its people, its customers, its year."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from opsdesk.accounts import actions as accounts
from opsdesk.accounts.rules import NewAccount
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.demo import home
from opsdesk.demo.bazaar import Bargain, draw_bargains
from opsdesk.demo.carrier import Carrier
from opsdesk.demo.cast import CAST, DESK, PASSWORD, Member
from opsdesk.demo.dealerships import Dealership, draw_dealerships
from opsdesk.demo.dealing import Dealing
from opsdesk.demo.events import Events
from opsdesk.demo.lives import Lives
from opsdesk.demo.mailbox import Mailbox
from opsdesk.demo.months import Month, Scale, draw_months
from opsdesk.demo.savepoints import without_savepoints
from opsdesk.demo.stage import Stage
from opsdesk.demo.year import Year, draw_year
from opsdesk.kernel.actor import Actor, ActorKind
from opsdesk.kernel.memory import remembering
from opsdesk.kernel.permissions import OF_A_TOKEN
from opsdesk.mail.models import Source
from opsdesk.mail.sources import file_source
from opsdesk.people import actions as people
from opsdesk.people import queries as persons
from opsdesk.people import tokens
from opsdesk.people.examples import share_password

SOURCE = "example-mail"
MARKETPLACE = "Marketplace"

# Told the share of the year that has been lived, from 0 to 1.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that will happen, drawn before anything does."""

    seed: int
    now: datetime
    dealerships: tuple[Dealership, ...]
    year: Year
    bargains: tuple[Bargain, ...]

    @property
    def begins_at(self) -> datetime:
        return self.year.months[0].period.start


def opens_at(now: datetime, scale: Scale) -> datetime:
    """When the house opened: weeks before the first month, so that everything stands when mail comes."""
    return now - timedelta(days=31 * (scale.months + 2))


def draw_plan(seed: int, *, now: datetime, desk: DeskDefinition, scale: Scale) -> Plan:
    """The example of a seed as of `now`: the same for the same two."""
    draw = Random(seed)
    months = draw_months(draw, now=now, zone=desk.zone, scale=scale)
    first, last = months[0].period.start.date(), now.date()
    dealerships = draw_dealerships(draw, count=scale.accounts, first=first, last=last)
    year = draw_year(draw, months=months, dealerships=dealerships, zone=desk.zone)
    return Plan(seed, now, dealerships, year, draw_bargains(seed, months, scale=scale.deals))


def fill(*, seed: int, now: datetime, scale: Scale, progress: Progress) -> Plan:
    """Live through the year in one transaction: a run that is killed leaves the home as it was.

    The home has its documents and nothing else; `home.check_empty` was asked before.
    """
    with remembering(), _without_collections(), transaction.atomic(), without_savepoints():
        plan = draw_plan(seed, now=now, desk=desk_definition(DESK), scale=scale)
        start = opens_at(now, scale)
        home.mark(seed=seed, now=now)
        members = _people(plan.year.months, start)
        lead = persons.actor(members["lead"], start)
        _accounts(plan.dealerships, lead, start)
        source = file_source(SOURCE, desk=DESK, start_at=plan.begins_at, now=start)
        marketplace = _marketplace(persons.actor(members["admin"], start), start)
        _live(plan, members, source, marketplace, progress)
    return plan


def _live(
    plan: Plan, members: dict[str, int], source: Source, marketplace: Actor, progress: Progress
) -> None:
    events = Events(until=plan.now)
    stage = Stage(desk_definition(DESK), members, plan.dealerships, plan.year.months, events)
    mailbox = Mailbox(source, events, stage.hours(stage.desk.entry_queue))
    carrier = Carrier()
    Lives(stage, mailbox, carrier).begin(plan.year)
    lead = persons.actor(members["saruul"], plan.begins_at)
    Dealing(stage, marketplace, lead, events).begin(plan.bargains, plan.year.months)
    whole = plan.now - plan.begins_at
    for instant in events.run():
        progress((instant - plan.begins_at) / whole)
    mailbox.fetch(now=plan.now)
    carrier.fire_timers(now=plan.now)
    carrier.carry(now=plan.now)


def _marketplace(admin: Actor, start: datetime) -> Actor:
    """The program that makes the deals. Nobody knows its secret: to try the door, make another token."""
    acts = [act.value for act in OF_A_TOKEN]
    made = tokens.add(name=MARKETPLACE, abilities=acts, actor=admin, now=start)
    return Actor(ActorKind.TOKEN, made.id, MARKETPLACE, abilities=frozenset(acts))


def _people(months: tuple[Month, ...], start: datetime) -> dict[str, int]:
    """The cast, invited and seated; who joins later has rights from that day on."""
    first = people.make_first_admin(email=CAST[0].email, name=CAST[0].name, now=start)
    admin = persons.actor(first.id, start)
    members = {CAST[0].local: first.id} | {
        member.local: _person(member, months, admin, start) for member in CAST[1:]
    }
    share_password(person_ids=members.values(), password=PASSWORD, now=start)
    for member in CAST:
        _at_home(member, members[member.local], start)
    return members


def _person(member: Member, months: tuple[Month, ...], admin: Actor, start: datetime) -> int:
    person = people.invite(email=member.email, name=member.name, actor=admin, now=start)
    month = months[min(member.joins_month, len(months) - 1)]
    joins = month.period.start.date() if member.joins_month else start.date()
    people.grant(
        person_id=person.id, desk=member.desk, role=member.role, from_on=joins, actor=admin, now=start
    )
    for queue in member.queues:
        people.seat(person_id=person.id, desk=member.desk, queue=queue, from_on=joins, actor=admin, now=start)
    return person.id


def _at_home(member: Member, person_id: int, start: datetime) -> None:
    """Everybody's pages tell the time of where they are, in their language."""
    people.update_profile(
        person_id=person_id,
        name=member.name,
        zone=member.zone,
        language=member.language,
        theme="system",
        keys_on=True,
        actor=persons.actor(person_id, start),
        now=start,
    )


def _accounts(dealerships: tuple[Dealership, ...], actor: Actor, start: datetime) -> None:
    accounts.add_many(
        [
            NewAccount(
                key=each.key,
                name=each.name,
                domains=(each.domain,),
                addresses=tuple(customer.address for customer in each.addresses),
                live_on=each.live_on,
                left_on=each.left_on,
            )
            for each in dealerships
        ],
        actor=actor,
        now=start,
    )


@contextmanager
def _without_collections() -> Iterator[None]:
    """Millions of small objects come and go and hardly any refer to each other: counting suffices."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
