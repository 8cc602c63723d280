"""A morning at the deals desk: its people, its scopes, deals at every point of their life."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from PIL import Image

from opsdesk.deals import actions, publishing, scopes
from opsdesk.deals.actions import Draught, Party
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal
from opsdesk.disputes import actions as disputes
from opsdesk.disputes import evidence
from opsdesk.kernel.actor import Actor, ActorKind, Role
from opsdesk.kernel.money import Money
from opsdesk.kernel.permissions import OF_A_TOKEN
from opsdesk.people.models import Person
from opsdesk.playbook import actions as playbooks
from tests import cast
from tests.cast import Somebody
from tests.web.scene import hashed

PRIVATE, DEALER, ESTATE, KOREA = (
    "MN.USED_CAR_PRIVATE",
    "MN.USED_CAR_DEALER",
    "MN.REAL_ESTATE_SALE",
    "KR.USED_CAR_PRIVATE",
)
MARKET = Actor(
    kind=ActorKind.TOKEN, id=1, name="market", abilities=frozenset(act.value for act in OF_A_TOKEN)
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@cache
def photo(number: int = 0) -> bytes:
    """A small picture; another one for each number."""
    drawn = io.BytesIO()
    Image.new("RGB", (320, 200), (60 + number % 190, 90, 140)).save(drawn, "PNG")
    return drawn.getvalue()


@dataclass(slots=True)
class DealsScene:
    """Who is there, and a deal in each state by its name."""

    otgon: Somebody
    lena: Somebody
    ada: Somebody
    vera: Somebody
    now: datetime
    deals: dict[str, Deal] = field(default_factory=dict)


def people(now: datetime, *, passwords: bool = False) -> DealsScene:
    """The published desk with one person for each role, its scopes closed, no deal yet."""
    cast.desk(now)
    publishing.publish_shipped(now=now)
    playbooks.publish_shipped(now=now)
    scene = DealsScene(
        otgon=cast.somebody("otgon", [Role.OPERATOR], ["disputes"], desk="deals"),
        lena=cast.somebody("lena", [Role.LEAD], [], desk="deals"),
        ada=cast.admin(),
        vera=cast.somebody("vera", [Role.VIEWER], [], desk="deals"),
        now=now,
    )
    if passwords:
        Person.objects.update(password=hashed())
    return scene


def open_scope(scene: DealsScene, key: str = PRIVATE, *, since: datetime | None = None) -> None:
    """Open a scope by its lead, long enough ago for the deals."""
    at = since or scene.now - 30 * DAY
    scopes.set_stage(scope=key, stage="open", reason="The pilot went well.", actor=scene.lena.actor, now=at)


def created(
    now: datetime, *, scope: str = PRIVATE, total: int = 100_000_000, currency: str = "MNT", **more: str
) -> Deal:
    draught = Draught(
        scope=scope,
        item=more.get("item", "Toyota Prius 2015"),
        buyer=Party(more.get("buyer", "Bat-Erdene"), "b-1"),
        seller=Party(more.get("seller", "Saraa"), "s-1"),
        total=Money(total, currency),
        reference=more.get("reference", ""),
    )
    return actions.create(draught, actor=MARKET, now=now)


def funded(now: datetime, **more: object) -> Deal:
    return actions.fund(deal_id=created(now, **more).id, actor=MARKET, now=now)  # type: ignore[arg-type]


def delivered(now: datetime, **more: object) -> Deal:
    return actions.deliver(deal_id=funded(now, **more).id, actor=MARKET, now=now)


def photographed(deal: Deal, now: datetime, *, item: str = "exterior") -> Deal:
    """The deal with a photo as evidence."""
    evidence.add(deal_id=deal.id, data=photo(), name="front.png", item=item, actor=MARKET, now=now)
    return deal


def in_issue(now: datetime, reason: Reason = Reason.DAMAGE_MINOR, **more: object) -> Deal:
    deal = photographed(delivered(now, **more), now)
    disputes.raise_issue(
        deal_id=deal.id, reason=reason, text="The left door is scratched.", actor=MARKET, now=now
    )
    return Deal.objects.get(id=deal.id)


def busy(now: datetime, *, passwords: bool = False) -> DealsScene:
    """People, open scopes and a deal in each state."""
    scene = people(now, passwords=passwords)
    fill(scene)
    return scene


def fill(scene: DealsScene) -> None:
    """Open the scopes and make a deal in each state."""
    now = scene.now
    for key in (PRIVATE, DEALER, ESTATE, KOREA):
        open_scope(scene, key)
    made = {
        "created": created(now - 2 * HOUR, reference="UB-1001"),
        "funded": funded(now - 5 * HOUR, item="Apartment, Zaisan 4-12", scope=ESTATE, total=25_000_000_000),
        "inspection": delivered(
            now - 20 * HOUR, item="Hyundai Avante 2019", scope=KOREA, total=1_000_000, currency="KRW"
        ),
        "issue": in_issue(now - 30 * HOUR, reference="UB-1002"),
        "quality": in_issue(now - 2 * HOUR, Reason.QUALITY_NOT_MATCHING, item="Lexus RX 350", scope=DEALER),
        "approved": delivered(now - 4 * DAY, item="Subaru Forester 2012"),
    }
    actions.approve(deal_id=made["approved"].id, actor=MARKET, now=now - 3 * DAY)
    scene.deals = {name: Deal.objects.get(id=deal.id) for name, deal in made.items()}
