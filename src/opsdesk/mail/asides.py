"""Setting several quarantined mails aside at once, for one reason: a lead's act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opsdesk.journal.queries import history
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import inhand, intake
from opsdesk.mail.models import Arrival, Outcome
from opsdesk.mail.refusals import NotInQuarantine, SettledBefore, SomebodyWasFirst
from opsdesk.people import queries as people


@dataclass(frozen=True, slots=True)
class Aside:
    """What became of one mail; `refusal` is None when it was set aside."""

    arrival_id: int
    refusal: Refusal | None


def set_aside_many(
    arrival_ids: Sequence[int], *, reason: str, actor: Actor, now: datetime
) -> tuple[Aside, ...]:
    """Set each aside by itself: one that refuses stops no other; what was settled meanwhile says by whom."""
    return tuple(Aside(id, _one(id, reason, actor, now)) for id in dict.fromkeys(arrival_ids))


def _one(arrival_id: int, reason: str, actor: Actor, now: datetime) -> Refusal | None:
    try:
        check_may(actor, Act.SET_ASIDE_IN_BULK, desk=inhand.arrival_of(arrival_id).desk)
        intake.set_aside(arrival_id, reason=reason, actor=actor, now=now)
    except (NotInQuarantine, SomebodyWasFirst):
        return _settled(arrival_id)
    except Refusal as refusal:
        return refusal
    return None


def _settled(arrival_id: int) -> Refusal:
    last = next(iter(history("arrival", arrival_id, limit=1)), None)
    outcome = Arrival.objects.values_list("outcome", flat=True).get(id=arrival_id)
    if last is None or not outcome:
        return SomebodyWasFirst()
    by = people.names([last.actor_id]).get(last.actor_id, "") if last.actor_id else "Opsdesk"
    return SettledBefore(by=by, outcome=str(Outcome(outcome).label))
