"""How long a desk keeps the words of mail: deciding it, and erasing what is older, night after night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from opsdesk.cases.models import Case, CaseState
from opsdesk.cases.queries import desk as desk_definition
from opsdesk.clock.actions import schedule
from opsdesk.clock.tasks import TaskValue
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import SYSTEM, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import Arrival, CaseMessage, Message, Outcome, Retention
from opsdesk.mail.redaction import RETENTION, erase_arrivals, erase_messages
from opsdesk.mail.timers import KEEP_NO_LONGER, TASK_KINDS

LEAST_DAYS, MOST_DAYS = 30, 36_500
NIGHT = time(2)
AT_ONCE = 100
TOGETHER = 20
# A case merged into one that was merged itself, and so on, at most so often.
MERGES = 3

Limits = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would do: how many messages go in the first night, when that is, and, if none goes
    then, when the first one will as things stand.
    """

    at_once: int
    first_night: datetime
    first_at: datetime | None


def next_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The next two o'clock in the morning of the desk."""
    here = now.astimezone(zone)
    night = datetime.combine(here.date(), NIGHT, zone)
    return night if night > here else datetime.combine(here.date() + timedelta(days=1), NIGHT, zone)


def decisions(desk: str) -> list[Retention]:
    """What was decided for a desk, newest first; the first one holds. None: for ever."""
    return list(Retention.objects.filter(desk=desk).order_by("-decided_at", "-id"))


def keep_days(desk: str) -> int | None:
    """How many days the desk keeps words after a case is over; None: for ever."""
    return next((one.keep_days for one in decisions(desk)), None)


@transaction.atomic
def decide(desk: str, *, keep_days: int | None, actor: Actor, now: datetime) -> Retention:
    """Keep the words of a desk's mail for so many days after their cases are over, from the next night on.

    Refuses who does not lead the desk, and `Invalid` days.
    """
    check_may(actor, Act.SET_RETENTION, desk=desk)
    check_days(keep_days)
    row = Retention.objects.create(desk=desk, keep_days=keep_days, decided_at=now)
    record(
        kind="retention.decided",
        subject_kind="desk",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"desk": desk, "keep_days": keep_days},
    )
    if keep_days is not None:
        _arm(desk, now=now)
    return row


def check_days(days: int | None) -> None:
    """Refuse `Invalid` where so few days would take words from people who still work with them."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid("keep_days", gettext_noop("Keep words for 30 days at least, or for ever."))


def preview(desk: str, *, keep_days: int, now: datetime) -> Preview:
    """What keeping words for so many days would erase, and when. Changes nothing. Refuses `Invalid`."""
    check_days(keep_days)
    night = next_night(now, desk_definition(desk).zone)
    limits = {**_limits(night), desk: night - timedelta(days=keep_days)}
    count = due(desk, limits).count() + _arrivals(desk, limits[desk]).count()
    ended = _kept_cases(desk).aggregate(resolved=Min("resolved_at"), voided=Min("voided_at"))
    first = min((at for at in ended.values() if at), default=None)
    return Preview(count, night, first + timedelta(days=keep_days) if first and not count else None)


def _kept_cases(desk: str) -> "QuerySet[Case]":
    """The desk's cases that are over and have a message with words."""
    over = Case.objects.filter(desk=desk, state__in=[CaseState.RESOLVED, CaseState.VOID])
    return over.filter(
        case_messages__removed_at__isnull=True, case_messages__message__redacted_at__isnull=True
    )


def _limits(now: datetime) -> dict[str, datetime]:
    """By desk that keeps words for so many days, the instant before which cases must have ended."""
    newest = dict(Retention.objects.order_by("decided_at", "id").values_list("desk", "keep_days"))
    return {desk: now - timedelta(days=days) for desk, days in newest.items() if days is not None}


def due(desk: str, limits: Limits) -> "QuerySet[Message]":
    """The messages of a desk whose words are to go: each of their cases is over for long enough by its own
    desk's rule; or they were set aside that long ago and belong to no case.
    """
    links = CaseMessage.objects.filter(message=OuterRef("pk"), removed_at__isnull=True)
    aside = Arrival.objects.filter(
        message=OuterRef("pk"), source__desk=desk, outcome=Outcome.SET_ASIDE, recorded_at__lt=limits[desk]
    )
    of_cases = Exists(links.filter(case__desk=desk)) & ~Exists(links.exclude(_over("case__", limits, MERGES)))
    unlinked = ~Exists(links) & Exists(aside)
    kept = Message.objects.filter(redacted_at__isnull=True).exclude(delivery=Message.Delivery.QUEUED)
    return kept.filter(of_cases | unlinked).order_by("id")


def _over(path: str, limits: Limits, merges: int) -> Q:
    """That a case is over since before its desk's limit; a merged one when the one it is part of is."""
    return reduce(or_, (_over_on(path, desk, limit, merges) for desk, limit in limits.items()))


def _over_on(path: str, desk: str, limit: datetime, merges: int) -> Q:
    resolved = Q(**{f"{path}state": CaseState.RESOLVED, f"{path}resolved_at__lt": limit})
    voided = Q(**{f"{path}state": CaseState.VOID, f"{path}voided_at__lt": limit})
    over = Q(**{f"{path}desk": desk}) & (resolved | voided)
    return over | _over_on(f"{path}merged_into__", desk, limit, merges - 1) if merges else over


def _arrivals(desk: str, limit: datetime) -> "QuerySet[Arrival]":
    """What was set aside without ever being understood, that long ago."""
    aside = Arrival.objects.filter(source__desk=desk, outcome=Outcome.SET_ASIDE, recorded_at__lt=limit)
    return aside.filter(message__isnull=True, blob__redacted_at__isnull=True).order_by("id")


def erase_due(task: TaskValue, now: datetime) -> None:
    """One step of a night: some messages, a few in each transaction, then the next step.

    Done twice or broken off, nothing is erased that was not due: what is gone is not due any more. The next
    night is armed first: it comes even where this one fails, and does what this one left.
    """
    desk = str(task.payload["desk"])
    limits = _limits(now)
    if desk not in limits:
        return
    _arm(desk, now=now)
    more = due(desk, limits).filter(id__gt=int(task.payload["after"]))
    ids = list(more.values_list("id", flat=True)[:AT_ONCE])
    for start in range(0, len(ids), TOGETHER):
        _erase_some(desk, ids[start : start + TOGETHER], now=now)
    if len(ids) == AT_ONCE:
        _arm(desk, now=now, after=ids[-1], at=now)
        return
    arrivals = _arrivals(desk, limits[desk])
    while some := list(arrivals.values_list("id", flat=True)[:TOGETHER]):
        erase_arrivals(some, reason=RETENTION, actor=SYSTEM, now=now)


@transaction.atomic
def _erase_some(desk: str, ids: list[int], *, now: datetime) -> None:
    """What is still due: a case may have been opened again since we looked."""
    cases = Case.objects.filter(case_messages__message_id__in=ids).order_by("id")
    list(cases.select_for_update(of=("self",)).values_list("id"))
    still = list(due(desk, _limits(now)).filter(id__in=ids).values_list("id", flat=True))
    if still:
        erase_messages(still, reason=RETENTION, actor=SYSTEM, now=now)


def _arm(desk: str, *, now: datetime, after: int = 0, at: datetime | None = None) -> None:
    """The next step of this night (`at`), else the first one of the next."""
    night = at or next_night(now, desk_definition(desk).zone)
    schedule(
        kind=KEEP_NO_LONGER,
        lane=TASK_KINDS[KEEP_NO_LONGER],
        unique_key=f"{KEEP_NO_LONGER}:{desk}:{night:%Y-%m-%d}:{after}",
        subject_kind="desk",
        subject_id=0,
        due_at=night,
        now=now,
        payload={"desk": desk, "after": after},
    )
