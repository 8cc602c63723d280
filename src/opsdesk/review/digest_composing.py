"""What stands in a digest, and asking for it: every number is a metric's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.queries import calendar
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.catalogue import ask, members
from opsdesk.insight.metrics.desk_activity import late, late_known
from opsdesk.insight.registry import Question, Tally
from opsdesk.kernel.period import Period
from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.review.digest_calendar import TICK, Rhythm, Wanted
from opsdesk.review.digest_document import DigestDocument, Line


class NoDigests(Refusal):
    message = gettext_noop("The desk %(desk)s has no digests: it has neither requests nor deals.")


@dataclass(frozen=True, slots=True)
class Part:
    """A number of a digest, or one for each of these values of a dimension."""

    metric: str
    by: str = ""
    values: tuple[str, ...] = ()


REQUESTS_IN, RESOLVED, UP, THREADS = "requests_in", "resolved_in_period", "handed_up_in_period", "threads_in"
BACKLOG = Part("backlog")
DEALS_LINES = (
    Part("deals_created"),
    Part("deals_funded"),
    Part("deals_settled"),
    Part("disputes_raised"),
    Part("disputes_decided", "basis", ("ruling", "ttl")),
    Part("incidents_opened"),
    Part("disputes_active"),
)
# Of the period, and as things stand when the digest is made.
KNOWN_LATE = "known_late"
GAPS = (Part("untyped"), Part("resolved_without_cause"), Part("imported_requests"))
STANDING_GAPS = (Part("mail_leaked"), Part("quarantine_open"), Part("mailboxes_silent"))


def desks() -> tuple[DeskDefinition, ...]:
    """The desks that have digests, by key."""
    return tuple(each for each in cases.desks() if each.takes_mail or each.key == DEALS)


def desk_of(key: str) -> DeskDefinition:
    """A desk that has digests. Refuses `NoSuchDesk`, `NoDigests`."""
    found = cases.desk(key)
    if not found.takes_mail and found.key != DEALS:
        raise NoDigests(desk=found.name)
    return found


def calendar_of(desk: DeskDefinition) -> Calendar:
    """The calendar that a desk's digests follow: that of the queue in which its work begins."""
    return calendar(desk.queue(desk.entry_queue).calendar)


def parts_of(desk: DeskDefinition, rhythm: Rhythm) -> tuple[Part, ...]:
    """What stands in a desk's digest, in its order."""
    if desk.key == DEALS:
        return DEALS_LINES
    tiers = tuple(str(tier) for tier in range(2, desk.top_tier + 1))
    head = (Part(REQUESTS_IN), Part(RESOLVED), *((Part(UP, "tier", tiers),) if tiers else ()))
    rest = (Part("reopened_in_period"), BACKLOG)
    mail = (Part(THREADS), Part("messages_in"))
    return (*mail[:1], *head, *mail[1:], *rest) if rhythm is Rhythm.WEEKLY else (*head, *mail, *rest)


def compose(
    desk: DeskDefinition,
    of: Wanted,
    *,
    to: Iterable[int] = (),
    known: tuple[datetime, datetime] | None = None,
    now: datetime,
) -> DigestDocument:
    """The digest as of just before its end, of what is known by now; one that still runs as of now.

    `known`, as in `DigestDocument`: from when the one before was made, lest what that one counted is told
    again as late, or what it could not count is told by none.
    """
    as_of = min(now, of.until - TICK)
    question = Question(desk.key, Period(of.since, of.until), as_of)
    standing = Question(desk.key, question.period, now)
    gaps = () if desk.key == DEALS else (*_gaps(question, known), *_lines(STANDING_GAPS, standing))
    return DigestDocument(
        desk=desk.key,
        rhythm=of.rhythm,
        on=of.on,
        since=of.since,
        until=of.until,
        as_of=as_of,
        made_at=now,
        lines=_lines(parts_of(desk, of.rhythm), question),
        gaps=tuple(each for each in gaps if each.n),
        to=tuple(to),
        known=known,
    )


def members_of(document: DigestDocument, line: Line) -> tuple[int, ...]:
    """What a number of a digest counts, worked out anew; the newest first."""
    question = Question(document.desk, document.period, document.as_of, {}, line.by)
    if line.metric == KNOWN_LATE:
        return _late_of(question, document.known)
    return members(line.metric, question, line.key)


def _gaps(question: Question, known: tuple[datetime, datetime] | None) -> tuple[Line, ...]:
    return Line(KNOWN_LATE, len(_late_of(question, known))), *_lines(GAPS, question)


def _late_of(question: Question, known: tuple[datetime, datetime] | None) -> tuple[int, ...]:
    return late(question) if known is None else late_known(question, after=known[0], by=known[1])


def _lines(parts: Iterable[Part], question: Question) -> tuple[Line, ...]:
    return tuple(line for part in parts for line in _asked(part, question))


def _asked(part: Part, question: Question) -> list[Line]:
    by = (part.by,) if part.by else ()
    asked = Question(question.desk, question.period, question.as_of, {}, by)
    answers = ask(part.metric, asked)
    keys = [(value,) for value in part.values] if by else [()]
    return [Line(part.metric, _count(answers.get(key)), by, key) for key in keys]


def _count(answer: object) -> int:
    return answer.n if isinstance(answer, Tally) else 0
