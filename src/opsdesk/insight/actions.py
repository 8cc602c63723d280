"""Setting thresholds."""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals import overview
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight import thresholds
from opsdesk.insight.limits import SCALE, Limits
from opsdesk.insight.models import Threshold
from opsdesk.insight.thresholds import Kind, Scope, Unit
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop

MOST = {Unit.PERCENT: 100 * SCALE, Unit.DAYS: 3650 * SCALE}


@transaction.atomic
def set_threshold(
    *,
    desk: str,
    key: str,
    scope: Scope,
    healthy: int | None,
    red: int | None,
    note: int | None,
    holds_from: date,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Threshold:
    """Set the limits of a number from a day on; what lies before it keeps the limits of its time.

    Limits are thousandths of the number's unit; none at all takes a scope's limits back. `seen`: the newest
    change that was known when these were chosen. Refuses `NoSuchThreshold`, `SetMeanwhile`, `Invalid` fields.
    """
    check_may(actor, Act.SET_TARGETS, desk=desk)
    definition = cases.desk(desk)
    kind = thresholds.kind_of(definition, key)
    check_scope(definition, scope)
    check_day(definition, holds_from, now)
    changed = checked_limits(kind, scope, healthy, red, note)
    _check_stands(desk, key, scope, changed, holds_from, seen)
    row = Threshold.objects.create(
        desk=desk,
        key=key,
        **asdict(scope),
        direction=kind.direction.value,
        healthy=healthy,
        red=red,
        note=note,
        holds_from=holds_from,
        set_by_id=actor.id,
        recorded_at=now,
    )
    _record(row, actor=actor, now=now)
    return row


def _record(row: Threshold, *, actor: Actor, now: datetime) -> None:
    forget()
    names = ("desk", "key", "country", "category", "direction", "healthy", "red", "note")
    record(
        kind="desk.threshold_set",
        subject_kind="threshold",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={name: getattr(row, name) for name in names} | {"from": row.holds_from.isoformat()},
    )


def checked_limits(
    kind: Kind, scope: Scope, healthy: int | None, red: int | None, note: int | None
) -> Limits | None:
    """Limits in order and within reach; None where a scope's are taken back. Refuses `Invalid` fields."""
    if healthy is None and red is None:
        if scope == thresholds.EVERYWHERE or note is not None:
            raise Invalid("healthy", gettext_noop("Give both limits."))
        return None
    if healthy is None or red is None:
        raise Invalid("red" if red is None else "healthy", gettext_noop("Give both limits, or neither."))
    for field, value in (("healthy", healthy), ("red", red), ("note", note)):
        if value is not None and not 0 <= value <= MOST[kind.unit]:
            raise Invalid(field, gettext_noop("A share is 0 to 100 per cent, a time at most 3650 days."))
    up = kind.direction.is_up
    if healthy < red if up else healthy > red:
        raise Invalid("red", gettext_noop("Red begins on the other side of healthy, or exactly there."))
    if note is not None and (note < healthy if up else note > healthy):
        raise Invalid("note", gettext_noop("A note is for numbers that are better than healthy."))
    return Limits(kind.direction, healthy, red, note)


def check_scope(desk: DeskDefinition, scope: Scope) -> None:
    """A country and a category of which there are deals to come; other desks know none. Refuses `Invalid`."""
    if scope == thresholds.EVERYWHERE:
        return
    if desk.key != DEALS:
        raise Invalid("category", gettext_noop("This desk has neither countries nor categories."))
    keys = [(row.country, row.category) for row in overview.scopes()]
    if scope.country and scope.country not in {country for country, _ in keys}:
        raise Invalid("country", gettext_noop("No scope has this country."))
    if scope.category and scope.category not in {category for _, category in keys}:
        raise Invalid("category", gettext_noop("No scope has this category."))


def check_day(desk: DeskDefinition, holds_from: date, now: datetime) -> None:
    """Today in the desk's zone, or later. Refuses `Invalid`."""
    if holds_from < now.astimezone(desk.zone).date():
        raise Invalid("holds_from", gettext_noop("A threshold can't change the past: choose today or later."))


def _check_stands(
    desk: str, key: str, scope: Scope, changed: Limits | None, on: date, seen: int | None
) -> None:
    """What holds, with what others set up to this moment: who comes second waits for the first."""
    rows.one_by_one(f"thresholds {desk}")
    forget()
    thresholds.check_seen(desk, key, scope, seen)
    known = thresholds.book(desk, on).known
    if (key, scope) in known and known[(key, scope)] == changed:
        raise Invalid("healthy", gettext_noop("These limits hold on that day already."))
