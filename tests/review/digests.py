"""A support desk in October 2026 for the tests of digests, and its worker."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from opsdesk.clock.models import LaneName
from opsdesk.review import digest_making
from opsdesk.review.digest_document import DigestDocument, from_json
from opsdesk.review.models import Digest
from opsdesk.review.timers import MAKE
from opsdesk.worker.kinds import Wired
from opsdesk.worker.rounds import Outcome, carriers

# The desk is in Chicago, five hours behind UTC in October; its last shift ends at 18:00.
CLOSES = 23
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAKING: Mapping[str, Wired] = {MAKE: Wired(LaneName.IO, digest_making.make_due)}


def utc(day: int, hour: int = CLOSES, minute: int = 0, *, month: int = 10) -> datetime:
    """An instant of 2026; without an hour the closing of an October day."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def work(now: datetime, wiring: Mapping[str, Wired] = MAKING) -> Outcome:
    """What a worker does that looks at an instant: arm, then each task of the I/O lane that is due."""
    digest_making.arm_all(now=now)
    whole = Outcome()
    one_round = carriers(wiring, lambda: now)
    while (outcome := one_round(now)).more:
        whole.done += outcome.done
        whole.failed += outcome.failed
        whole.last_error = whole.last_error or outcome.last_error
    return whole


def made(rhythm: str = "daily", desk: str = "support") -> list[DigestDocument]:
    """The digests there are, in the order of their ends."""
    rows = Digest.objects.filter(desk=desk, kind=rhythm).order_by("until")
    return [from_json(row.document) for row in rows]


def counts(document: DigestDocument) -> dict[str, int]:
    """A digest's numbers by their metric, and of which tier or how."""
    return {"/".join((line.metric, *line.key)): line.n for line in document.lines}
