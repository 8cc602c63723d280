"""Publishing a desk's definition and setting its targets."""

from datetime import date, datetime, timedelta
from importlib.resources import files

from django.db import transaction
from django.db.models import Q

from opsdesk.cases import queries
from opsdesk.cases.definition import NOWHERE, DeskDefinition
from opsdesk.cases.documents import read_desk
from opsdesk.cases.endings import UNDO_DAYS
from opsdesk.cases.models import UNRESOLVED, Case, CaseState, Target
from opsdesk.clock import actions as clock
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.vault import actions as vault_actions
from opsdesk.vault import queries as vault

SHIPPED = "shipped with Opsdesk"


class QueueStillUsed(Refusal):
    message = gettext_noop(
        "%(count)s cases that are unresolved, or void and may come back, are in %(queue)s,"
        " which the new version leaves out. Move them first."
    )


class AnotherDesk(Refusal):
    message = gettext_noop("The text defines the desk %(found)s, not %(wanted)s.")


@transaction.atomic
def publish_desk(
    text: str, *, source: str, note: str, actor: Actor, now: datetime, key: str = ""
) -> DeskDefinition:
    """Check a definition and publish it as the next version of its desk.

    Its targets become rows the first time only: later they are a lead's settings. Raises `DocumentInvalid`
    with lines and remedies; refuses `QueueStillUsed`, `AnotherDesk`.
    """
    draft = read_desk(text, source=source, calendars=set(vault.names("calendar")))
    if key and draft.key != key:
        raise AnotherDesk(found=draft.key, wanted=key)
    if actor is not SYSTEM:
        check_may(actor, Act.PUBLISH, desk=draft.key)
    _check_no_case_is_lost(draft, now)
    first = vault.current("desk", draft.key) is None
    document = vault_actions.publish(
        kind="desk", name=draft.key, source=text, note=note, actor=actor, now=now
    )
    forget()
    definition = queries.desk(draft.key, document.version)
    if first:
        _first_targets(definition, actor=actor, now=now)
    else:
        _reckon_anew(definition, since=f"desk {draft.key} version {document.version}", now=now)
    return definition


def _reckon_anew(desk: DeskDefinition, *, since: str, now: datetime) -> None:
    """What is due may follow from another calendar, route or target now."""
    clock.hours_changed(desk.queue(desk.entry_queue).calendar, since=since, now=now)


def _check_no_case_is_lost(draft: DeskDefinition, now: datetime) -> None:
    """Neither an unresolved case nor a void one that may still be taken back loses its queue."""
    may_come_back = Q(state=CaseState.VOID, voided_at__gt=now - timedelta(days=UNDO_DAYS))
    held = Case.objects.filter(Q(state__in=UNRESOLVED) | may_come_back, desk=draft.key)
    held = held.exclude(queue=NOWHERE)
    for queue in sorted(set(held.values_list("queue", flat=True).distinct())):
        if not draft.has_queue(queue):
            raise QueueStillUsed(count=held.filter(queue=queue).count(), queue=queue)


def _first_targets(definition: DeskDefinition, *, actor: Actor, now: datetime) -> None:
    Target.objects.bulk_create(
        Target(
            desk=definition.key,
            name=target.name,
            tier=target.tier,
            budget_s=target.budget_s,
            holds_from=date(1970, 1, 1),
            set_by_id=actor.id,
            recorded_at=now,
        )
        for target in definition.targets
    )


def publish_shipped_desks(*, now: datetime) -> None:
    """Publish the shipped desks that have no version yet."""
    for file in sorted(files("opsdesk.cases").joinpath("desks").iterdir(), key=lambda file: file.name):
        name = file.name.removesuffix(".yaml")
        if file.name.endswith(".yaml") and vault.current("desk", name) is None:
            text = file.read_text(encoding="utf-8")
            publish_desk(text, source=file.name, note=SHIPPED, actor=SYSTEM, now=now, key=name)


@transaction.atomic
def set_target(
    *, desk: str, name: str, tier: int, budget_s: int, holds_from: date, actor: Actor, now: datetime
) -> Target:
    """Set a target from a day on; what happened before it keeps the target of its time.

    `budget_s`: seconds of working time, above 0. Refuses `Invalid` fields.
    """
    check_may(actor, Act.SET_TARGETS, desk=desk)
    _check_target(queries.desk(desk), name, tier, budget_s, holds_from, now)
    target = Target.objects.create(
        desk=desk,
        name=name,
        tier=tier,
        budget_s=budget_s,
        holds_from=holds_from,
        set_by_id=actor.id,
        recorded_at=now,
    )
    forget()
    _reckon_anew(queries.desk(desk), since=f"target {target.id}", now=now)
    record(
        kind="desk.target_set",
        subject_kind="desk",
        subject_id=target.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={
            "desk": desk,
            "name": name,
            "tier": tier,
            "budget_s": budget_s,
            "from": holds_from.isoformat(),
        },
    )
    return target


def _check_target(
    desk: DeskDefinition, name: str, tier: int, budget_s: int, holds_from: date, now: datetime
) -> None:
    if name not in Target.Name.values:
        raise Invalid("name", gettext_noop("Choose which target."))
    if budget_s <= 0:
        raise Invalid("budget", gettext_noop("A target is longer than nothing."))
    if not 0 <= tier <= desk.top_tier:
        raise Invalid("tier", gettext_noop("The desk has no such tier."))
    if holds_from < now.astimezone(desk.zone).date():
        raise Invalid("holds_from", gettext_noop("A target can't change the past: choose today or later."))
