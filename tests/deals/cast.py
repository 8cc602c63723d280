"""The cast of the tests of deals: a marketplace, a scope that is open, deals at any point of their life."""

from datetime import UTC, datetime, timedelta
from importlib import resources

from django.db import transaction

from opsdesk.clock import claims
from opsdesk.clock.models import Task
from opsdesk.clock.tasks import task_value
from opsdesk.deals import actions, issues, publishing
from opsdesk.deals.actions import Draught, Party
from opsdesk.deals.countries import CURRENCY_OF
from opsdesk.deals.issues import Choice, EvidenceState
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.models import Deal, Scope, Stage, Transfer
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor, ActorKind, Grant, Role, Seat
from opsdesk.kernel.money import Money
from opsdesk.kernel.permissions import OF_A_TOKEN

MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(microseconds=1)
PRIVATE = "MN.USED_CAR_PRIVATE"

MARKET = Actor(
    kind=ActorKind.TOKEN, id=1, name="market", abilities=frozenset(act.value for act in OF_A_TOKEN)
)
OPERATOR = Actor(
    kind=ActorKind.PERSON,
    id=11,
    name="Olga",
    grants=frozenset({Grant("deals", Role.OPERATOR)}),
    seats=frozenset({Seat("deals", "disputes")}),
)
LEAD = Actor(kind=ActorKind.PERSON, id=12, name="Lena", grants=frozenset({Grant("deals", Role.LEAD)}))
ADMIN = Actor(kind=ActorKind.PERSON, id=13, name="Ada", grants=frozenset({Grant(EVERY_DESK, Role.ADMIN)}))
ENOUGH = EvidenceState(files=1)


def shipped(name: str = "mn-used-car-private") -> str:
    """The text of a shipped template."""
    return resources.files("opsdesk.deals").joinpath("shipped", f"{name}.yaml").read_text(encoding="utf-8")


def publish(text: str, *, now: datetime = MONDAY) -> Scope:
    """Publish a template and open its scope."""
    document = publishing.publish_template(
        text, source="test.yaml", reason="test", metric="test", expected="test", actor=SYSTEM, now=now
    )
    country, _, category = document.name.partition(".")
    open_it = Scope.objects.filter(country=country, category=category)
    open_it.update(stage=Stage.OPEN, stage_since=now)
    return open_it.get()


def scope() -> Scope:
    """The pilot's scope, open."""
    return publish(shipped())


def draught(scope: str = PRIVATE, total: int = 1_000_000, currency: str = "", reference: str = "") -> Draught:
    """A deal to be made; in the currency of the scope's country, unless it says otherwise."""
    buyer, seller = Party("Bat", "b-1"), Party("Saraa", "s-1")
    return Draught(
        scope, "Toyota Prius 2015", buyer, seller, Money(total, currency or CURRENCY_OF[scope[:2]]), reference
    )


def created(now: datetime = MONDAY, **fields: object) -> Deal:
    return actions.create(draught(**fields), actor=MARKET, now=now)  # type: ignore[arg-type]


def funded(now: datetime = MONDAY, **fields: object) -> Deal:
    return actions.fund(deal_id=created(now, **fields).id, actor=MARKET, now=now)


def delivered(now: datetime = MONDAY, **fields: object) -> Deal:
    return actions.deliver(deal_id=funded(now, **fields).id, actor=MARKET, now=now)


def approve(deal: Deal, *, now: datetime, actor: Actor = MARKET) -> Deal:
    return actions.approve(deal_id=deal.id, actor=actor, now=now)


def expire(task: object, now: datetime) -> None:
    """DISPUTE_TTL as the room above answers it, without its case."""
    issues.expire(task, now)  # type: ignore[arg-type]


HANDLERS = {**actions.HANDLERS, "deal.dispute_ttl": expire}


def raise_issue(
    deal: Deal,
    reason: Reason = Reason.DAMAGE_MINOR,
    *,
    now: datetime,
    actor: Actor = MARKET,
    evidence: EvidenceState = ENOUGH,
    text: str = "It is scratched.",
) -> Deal:
    facts = {"deal_id": deal.id, "actor": actor, "now": now, "handlers": HANDLERS}
    with transaction.atomic():
        return issues.raise_issue(reason=reason, text=text, evidence=evidence, **facts)  # type: ignore[arg-type]


def in_issue(reason: Reason = Reason.DAMAGE_MINOR, now: datetime = MONDAY, **fields: object) -> Deal:
    return raise_issue(delivered(now, **fields), reason, now=now)


def rule(
    deal: Deal,
    outcome: Outcome,
    amount: int | None = None,
    *,
    now: datetime,
    actor: Actor = OPERATOR,
    evidence: EvidenceState = ENOUGH,
    reason: str = "The photos show it.",
    replacement: str = "A new mirror by Friday.",
    looked_again: bool = True,
) -> Deal:
    choice = Choice(outcome, reason, amount, replacement, looked_again)
    facts = {"deal_id": deal.id, "actor": actor, "now": now, "handlers": HANDLERS}
    with transaction.atomic():
        return issues.rule(choice=choice, evidence=evidence, **facts)[0]  # type: ignore[arg-type]


def fire(now: datetime) -> int:
    """What a worker's round does: everything due at or before `now`, the earliest first; how many."""
    due = Task.objects.armed().filter(due_at__lte=now).order_by("due_at", "id")
    return claims.fire([task_value(task) for task in due], HANDLERS, now=now)


def paid(deal: Deal) -> list[tuple[str, str, str, int]]:
    """The deal's transfers in order: action, part, to whom, how much."""
    found = Transfer.objects.filter(deal_id=deal.id).order_by("id")
    return [(row.action, row.cause, row.to_party, row.amount_minor) for row in found]


def reread(deal: Deal) -> Deal:
    return Deal.objects.get(id=deal.id)
