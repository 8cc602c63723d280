"""Random deals with all that their numbers look at: files, waivers, touches, timers, two terms of a scope."""

import random
from datetime import datetime, timedelta
from itertools import count

from opsdesk.cases.models import Case, Stay
from opsdesk.clock.models import LaneName, Task
from opsdesk.deals.models import Deal, Scope
from opsdesk.deals.timers import AUTO_APPROVE, DISPUTE_TTL
from opsdesk.disputes.models import Dispute, Evidence, Waiver
from opsdesk.kernel.actor import Role
from opsdesk.vault.models import Blob
from tests import cast
from tests.deals.cast import publish, shipped
from tests.insight.test_deals_random import BEGIN, DAY, HOUR, LAST, Life, random_life, stored
from tests.web import deals_scene as scenes

ITEMS = ("exterior", "interior", "odometer", "inspection-report", "elsewhere", "")
HALF = timedelta(milliseconds=500)


def history(dice: random.Random, deals: int = 70) -> None:
    """Fill the desk with deals, their disputes and some incidents, up to `LAST`."""
    scenes.people(LAST)
    judge = cast.somebody("oyun", [Role.OPERATOR], ["disputes"], desk="deals").id
    scopes = {(each.country, each.category): each for each in Scope.objects.all()}
    lives = [uneven(dice, random_life(dice, dice.choice(list(scopes.values())))) for _ in range(deals)]
    stored(lives, scopes, judge)
    other_terms(dice)
    seen(dice, judge)
    timers(dice)
    incidents(dice)


def uneven(dice: random.Random, life: Life) -> Life:
    """Some are half a second off the hour: what is cut to its second must count as it is."""
    if dice.random() < 0.5:
        for name in ("created", "funded", "delivered", "issue", "due", "settled"):
            if (instant := getattr(life, name)) is not None:
                setattr(life, name, instant - HALF)
    return life


def other_terms(dice: random.Random) -> None:
    """Some deals are pinned to terms of a week's inspection that silence doesn't end."""
    text = shipped().replace("inspectionTtlDays: 3", "inspectionTtlDays: 7")
    text = text.replace("autoApproveEnabled: true", "autoApproveEnabled: false")
    scope = publish(text.replace("  interior:", "  undercarriage:"))
    ids = list(Deal.objects.filter(scope=scope).values_list("id", flat=True))
    Deal.objects.filter(id__in=[id for id in ids if dice.random() < 0.5]).update(template_version=2)


def seen(dice: random.Random, judge: int) -> None:
    """Files and waivers before a decision and after it, some taken back, one file erased; first touches."""
    blobs = [
        Blob.objects.create(
            digest=f"{n:064d}", size=1, media_type="image/png", stored_at=BEGIN, redacted_at=erased
        )
        for n, erased in enumerate((None, BEGIN + 40 * DAY, LAST))
    ]
    for dispute in Dispute.objects.order_by("id"):
        about = dispute.decided_at or dispute.raised_at + HOUR
        for item in dice.sample(ITEMS, dice.randrange(5)):
            Evidence.objects.create(
                deal_id=dispute.deal_id, blob=dice.choice(blobs), name="p.png", kind="PHOTO",
                media_type="image/png", item=item, added_by_kind="token",
                added_at=near(dice, about), withdrawn_at=dice.choice((None, None, near(dice, about))),
            )  # fmt: skip
        for item in dice.sample(ITEMS[:4], dice.randrange(3)):
            Waiver.objects.create(
                dispute=dispute, item=item, reason="Seen.", waived_by_id=judge,
                waived_at=near(dice, about), withdrawn_at=dice.choice((None, near(dice, about))),
            )  # fmt: skip
        touched(dice, dispute, about, judge)


def touched(dice: random.Random, dispute: Dispute, about: datetime, judge: int) -> None:
    """One stay or two of its case, touched or not."""
    middle = dispute.raised_at + HOUR
    for number, (entered, left) in enumerate(((dispute.raised_at, middle), (middle, None)), 1):
        Stay.objects.create(
            case_id=dispute.case_id, number=number, desk="deals", queue="disputes", tier=1,
            entrance="opened" if number == 1 else "rerouted", entered_at=entered, left_at=left,
            exit="rerouted" if left else "", elapsed_s=3600 if left else None,
            first_touch_at=dice.choice((None, near(dice, about))), first_touch_by_id=judge,
        )  # fmt: skip


def near(dice: random.Random, instant: datetime) -> datetime:
    """An instant around another, often the very same."""
    return instant + dice.choice((-HOUR, -HALF, timedelta(0), HALF, HOUR))


def timers(dice: random.Random) -> None:
    """A timer for most deals that were inspected, and issues: armed, fired, called off or dead."""
    number = count()
    for deal in Deal.objects.exclude(delivered_at=None).order_by("id"):
        for kind, since in ((AUTO_APPROVE, deal.delivered_at), (DISPUTE_TTL, deal.issue_at)):
            if since is None or dice.random() < 0.2:
                continue
            armed = since + dice.choice((timedelta(0), HALF, 20 * HOUR))
            over = dice.choice((None, armed + dice.randrange(72) * HOUR))
            state = dice.choice(("done", "cancelled") if over else ("armed", "armed", "dead"))
            Task.objects.create(
                kind=kind, lane=LaneName.DEADLINES, unique_key=f"{kind}:{deal.id}", subject_kind="deal",
                subject_id=deal.id, state=state, due_at=since, run_at=since, created_at=armed,
                finished_at=over, attempts=next(number) % 3,
            )  # fmt: skip


def incidents(dice: random.Random) -> None:
    """Incidents that were answered, resolved, void or none of it."""
    for _ in range(25):
        opened = BEGIN + dice.randrange(95 * 24) * HOUR - dice.choice((HALF, timedelta(0)))
        answered, ended = (opened + dice.randrange(1, 90) * HOUR for _ in range(2))
        state = dice.choice(("open", "resolved", "resolved", "void"))
        Case.objects.create(
            desk="deals", kind="incident", state=state, queue="on-call", tier=1, highest_tier=1, subject="S",
            severity=f"SEV{dice.randrange(4)}", opened_at=opened, recorded_at=opened, due_sort_at=opened,
            first_response_at=dice.choice((None, answered)), void_reason="spam" if state == "void" else "",
            resolved_at=ended if state == "resolved" else None,
            voided_at=ended if state == "void" else None,
        )  # fmt: skip
