"""A day at the deals desk: its people, open scopes in two countries, disputes with files that show them."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pypdfium2
from PIL import Image, ImageDraw

from opsdesk.deals import actions, publishing
from opsdesk.deals.actions import Draught, Party
from opsdesk.deals.lifecycle import Reason
from opsdesk.deals.models import Deal, Scope, Stage
from opsdesk.disputes import actions as disputes
from opsdesk.disputes import evidence
from opsdesk.disputes.models import Dispute, Evidence
from opsdesk.kernel.actor import Role
from opsdesk.kernel.money import Money
from opsdesk.people.models import Person
from opsdesk.playbook import actions as playbooks
from tests import cast
from tests.cast import Somebody
from tests.deals.cast import MARKET

HOUR = timedelta(hours=1)
ITEMS = ("exterior", "interior", "odometer")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works there: two operators, one of them in Korean; a lead; somebody who only reads."""

    dana: Somebody
    minjun: Somebody
    delia: Somebody
    vik: Somebody
    now: datetime


def desk(now: datetime, *, password: bool = False) -> Desk:
    """The desk as it is before the first deal: its definition, its scopes open, its people."""
    cast.desk(now)
    publishing.publish_shipped(now=now)
    playbooks.publish_shipped(now=now)
    Scope.objects.update(stage=Stage.OPEN, stage_since=now - timedelta(days=30))
    seats = {"desk": "deals", "password": password}
    people = Desk(
        dana=cast.somebody("dana", [Role.OPERATOR], ["disputes"], **seats),  # type: ignore[arg-type]
        minjun=cast.somebody("minjun", [Role.OPERATOR], ["disputes"], **seats),  # type: ignore[arg-type]
        delia=cast.somebody("delia", [Role.LEAD], [], **seats),  # type: ignore[arg-type]
        vik=cast.somebody("vik", [Role.VIEWER], [], **seats),  # type: ignore[arg-type]
        now=now,
    )
    Person.objects.filter(id=people.minjun.id).update(language="ko", zone="Asia/Seoul", name="김민준")
    people.minjun.person.refresh_from_db()
    return people


def delivered(
    at: datetime,
    *,
    scope: str = "MN.USED_CAR_PRIVATE",
    item: str = "Toyota Prius 2015",
    total: int = 1_000_000_00,
    currency: str = "MNT",
) -> Deal:
    """A deal under inspection since `at`."""
    parties = Party("Bat-Erdene", "b-1"), Party("Saraa", "s-1")
    made = actions.create(Draught(scope, item, *parties, Money(total, currency), ""), actor=MARKET, now=at)
    actions.fund(deal_id=made.id, actor=MARKET, now=at)
    return actions.deliver(deal_id=made.id, actor=MARKET, now=at)


def raised(
    at: datetime,
    reason: Reason = Reason.DAMAGE_MINOR,
    *,
    items: tuple[str, ...] = ITEMS,
    text: str = "A scratch on the left door.",
    **deal: object,
) -> Dispute:
    """A dispute raised at `at` on a deal delivered an hour before, with a photo for each of the items."""
    made = delivered(at - HOUR, **deal)  # type: ignore[arg-type]
    for each in items:
        add(made.id, item=each, at=at)
    if not items:
        add(made.id, at=at)
    return disputes.raise_issue(deal_id=made.id, reason=reason, text=text, actor=MARKET, now=at)


def add(deal_id: int, *, item: str = "", data: bytes = b"", name: str = "", at: datetime) -> Evidence:
    """A file of evidence."""
    data = data or photo(item or "door")
    return evidence.add(
        deal_id=deal_id, data=data, name=name or f"{item or 'door'}.jpg", item=item, actor=MARKET, now=at
    )


@cache
def photo(words: str) -> bytes:
    """A small JPEG with words on it."""
    picture = Image.new("RGB", (640, 420), (70 + len(words) * 9 % 120, 110, 140))
    ImageDraw.Draw(picture).text((40, 180), words, fill=(255, 255, 255))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=70)
    return target.getvalue()


@cache
def paper() -> bytes:
    """A PDF of two empty pages."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(2):
        document.new_page(300, 400)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
