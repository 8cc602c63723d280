"""The worked example with its review, and short ways to write more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import METRICS, members
from opsdesk.insight.registry import Question, Side, Unit
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.period import Period, month
from opsdesk.review import actions, point_actions
from opsdesk.review.document import Document
from opsdesk.review.models import Point, Review, ReviewNote
from opsdesk.review.numbers import Number
from opsdesk.review.point_actions import PointDraft
from tests import cast
from tests.cast import Somebody

CHICAGO = ZoneInfo("America/Chicago")
SEPTEMBER, OCTOBER, NOVEMBER = (month(f"2026-{n:02d}", CHICAGO) for n in (9, 10, 11))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
# Of these a list has one line for each that is counted.
COUNTED = {Unit.CASES, Unit.SHARE, Unit.DEALS, Unit.DISPUTES}
NOTE = b"# Notes\n- [ ] Call Sam\n"


def write(actor: Actor, period: Period = OCTOBER, now: datetime = NOW, desk: str = "support") -> Review:
    return actions.write_review(desk=desk, period=period, actor=actor, now=now)


def attach(review: Review, actor: Actor, data: bytes = NOTE, **more: Any) -> ReviewNote:
    given = {"title": "", "source": "markdown", "now": NOW, **more}
    return actions.attach_note(review_id=review.id, data=data, actor=actor, **given)


def act(
    review: Review, actor: Actor, words: str = "Write the runbook", *, now: datetime = NOW, **more: Any
) -> Point:
    draft = PointDraft(**{"kind": "action", "tag": "tools", "words": words, **more})
    return point_actions.add_point(review_id=review.id, draft=draft, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A desk where nothing came in, its lead, and October's review."""

    lead: Somebody
    review: Review


@contextmanager
def undone_after(blocker: Any) -> Iterator[None]:
    """Have a database for a whole file; what is in it is undone after the file's last test."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
    forget()


@contextmanager
def reviewed(blocker: Any) -> Iterator[Reviewed]:
    with undone_after(blocker):
        cast.desk(SEPTEMBER.start)
        lead = cast.lead()
        yield Reviewed(lead, write(lead.actor))


def numbers_in(value: object) -> Iterator[Number]:
    """Every number that a document holds, however deep."""
    if isinstance(value, Number):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from numbers_in(each)
    elif is_dataclass(value):
        for name in fields(value):
            yield from numbers_in(getattr(value, name.name))


def lists_that_fit(desk: str, document: Document, now: datetime) -> int:
    """Hold each number of a document against the list behind it; how many there were."""
    seen = set()
    for each in numbers_in((document.headline, document.requests, document.deals)):
        of = (each.metric, tuple(each.of.items()), each.period, each.as_of)
        if of not in seen and METRICS[each.metric].unit in COUNTED:
            by, key = tuple(each.of), tuple(each.of.values())
            question = Question(desk, each.period or document.period, each.as_of or now, each.filters, by)
            assert len(members(each.metric, question, key)) == each.n, of
            if isinstance(each.answer, Share):
                assert len(members(each.metric, question, key, Side.WHOLE)) == each.answer.of, of
            seen.add(of)
    return len(seen)
