"""`opsdesk review`: writes the review of a period, and prints or saves it."""

import argparse
import errno
import os
import sys
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.findings.periods import last_month
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.period import Period
from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop
from opsdesk.review import actions, queries
from opsdesk.review.composing import about_of
from opsdesk.review.document import About
from opsdesk.web.moments import Moments
from opsdesk.web.review import files
from opsdesk.web.review.forms import period_of
from opsdesk.web.review.reading import paper_of

HELP = "write the ops review of a period; print it as Markdown or save it as Markdown, HTML or PDF"
BINARY = "pdf"


class NothingWritten(Refusal):
    message = gettext_noop(
        "No review of that period was written yet. Without --show this command writes one."
    )


class NoReviews(Refusal):
    message = gettext_noop("The desk %(desk)s has neither requests nor deals, so there is nothing to review.")


class NotSaved(Refusal):
    message = gettext_noop("The file %(file)s can't be written: %(why)s.")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", default="support", help="the desk's key (support)")
    parser.add_argument("--month", default="", metavar="YYYY-MM", help="a month, as 2026-10 (last month)")
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="the first day, as 2026-10-01")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day, included")
    parser.add_argument(
        "--format", choices=[*files.KINDS], help="md, html or pdf (by the file's name, else md)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="save it there instead of printing it")
    parser.add_argument(
        "--show", action="store_true", help="show the newest one that was written; write none"
    )


def run(options: argparse.Namespace, *, now: datetime) -> int:
    desk = cases.desk(options.desk)
    if about_of(desk) is About.NEITHER:
        raise NoReviews(desk=desk.key)
    period, kind = _period(options, desk, now), _kind(options)
    if kind == BINARY and options.output is None and sys.stdout.isatty():
        raise Invalid("output", gettext_noop("A PDF is no text for a terminal: say where with --output."))
    if options.output is not None and not options.output.resolve().parent.is_dir():
        raise NotSaved(file=str(options.output), why=os.strerror(errno.ENOENT))
    review_id = _review(options, desk, period, now)
    with timezone.override(desk.zone):
        body = _file(review_id, desk, kind, now)
    if options.output is None:
        sys.stdout.buffer.write(body)
    else:
        _save(options.output, body)
        print(_("The review is in %(file)s.") % {"file": options.output})
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-10-01") from None


def _period(options: argparse.Namespace, desk: DeskDefinition, now: datetime) -> Period:
    """What the options name; last month where they name none. Refuses `Invalid` ones, by name."""
    if options.month and (options.first or options.last):
        raise Invalid("month", gettext_noop("Give --month, or --from and --to."))
    if not (options.month or options.first or options.last):
        return last_month(desk, now)
    return period_of(options.month, options.first, options.last, desk)


def _kind(options: argparse.Namespace) -> str:
    """The format asked for; else the one that the file's name ends with."""
    if options.format:
        return str(options.format)
    ending = options.output.suffix.removeprefix(".").lower() if options.output else ""
    return ending if ending in files.KINDS else "md"


def _review(options: argparse.Namespace, desk: DeskDefinition, period: Period, now: datetime) -> int:
    """The review to show: a new edition, or the newest there is."""
    if not options.show:
        return actions.write_review(desk=desk.key, period=period, actor=SYSTEM, now=now).id
    found = queries.latest(desk.key, period)
    if found is None:
        raise NothingWritten
    return found.id


def _file(review_id: int, desk: DeskDefinition, kind: str, now: datetime) -> bytes:
    path = reverse("review", args=[desk.key, review_id])
    address = f"{settings.OPSDESK_ADDRESS}{path}"
    found = queries.review(review_id)
    paper = paper_of(found, desk, path=path, address=address, now=now, with_notes=True)
    return files.made(kind, paper, Moments(now))


def _save(place: Path, body: bytes) -> None:
    try:
        place.write_bytes(body)
    except OSError as problem:
        raise NotSaved(file=str(place), why=problem.strerror or str(problem)) from None
