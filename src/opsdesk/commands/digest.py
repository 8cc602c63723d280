"""`opsdesk digest`: the digest of a day or a week in the terminal."""

import argparse
import json
from datetime import date, datetime

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.review import digest_queries as queries
from opsdesk.review.digest_calendar import Due, Rhythm, alone
from opsdesk.review.digest_composing import calendar_of, compose, desk_of
from opsdesk.review.digest_document import DigestDocument, to_json
from opsdesk.review.digest_queries import NobodyWorks
from opsdesk.review.digest_words import letter, sentence

HELP = "print the digest of a day or a week; without one, that of the last working day that is over"
FORMATS = ("text", "json")


class NotYet(Refusal):
    message = gettext_noop("%(day)s has not begun yet: there is nothing to tell of it.")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--desk", default="support", help="the desk's key (support)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--day", type=_day, metavar="DAY", help="the end-of-day digest of a day: 2026-10-14")
    which.add_argument("--week", type=_week, metavar="WEEK", help="the weekly digest of a week: 2026-W42")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it (text)")


def run(options: argparse.Namespace, *, now: datetime) -> int:
    document = _document(options, now)
    if options.format == "json":
        written = to_json(document)
        del written["to"]
        print(json.dumps({**written, "sentence": sentence(document)}, indent=2, ensure_ascii=False))
    else:
        print(letter(document, desk_of(document.desk)))
    return 0


def _document(options: argparse.Namespace, now: datetime) -> DigestDocument:
    """The digest as it was made; where it was not, as it would be. Refuses `NobodyWorks`, `NotYet`."""
    rhythm = Rhythm.WEEKLY if options.week else Rhythm.DAILY
    desk = desk_of(options.desk)
    due = _due(desk.key, rhythm, options.day or options.week, now)
    if made := queries.due_at(desk.key, rhythm, due.at):
        return made.document
    of = alone(due, calendar_of(desk))
    if of.since >= now:
        raise NotYet(day=due.on.isoformat())
    return compose(desk, of, now=now)


def _due(desk: str, rhythm: Rhythm, day: date | None, now: datetime) -> Due:
    if day is not None:
        return queries.due_on(desk, rhythm, day)
    due = queries.last_before(desk, rhythm, now)
    if due is None:
        raise NobodyWorks(desk=desk, day=now.date().isoformat())
    return due


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    return _possible(found, text, "2026-10-14")


def _week(text: str) -> date:
    """The Monday of a week."""
    try:
        found = date.fromisoformat(f"{text}-1") if "-W" in text else date.min
    except ValueError:
        found = date.min
    return _possible(found, text, "2026-W42")


def _possible(day: date, text: str, form: str) -> date:
    if not 1970 <= day.year <= 2100:
        raise argparse.ArgumentTypeError(f"{text!r} can't be read; write it as {form}, between 1970 and 2100")
    return day
