"""A digest in the reader's language: its sentence, its lines, the letter it is mailed as."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext, ngettext

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.catalogue import metric
from opsdesk.review.digest_calendar import Rhythm
from opsdesk.review.digest_document import DigestDocument, Line

Said = Callable[[Line], str]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pages are that a letter names; empty where none may be named."""

    digest: str = ""
    digests: str = ""


def sentence(document: DigestDocument) -> str:
    """What happened, in one line: 12 in, 9 resolved, 2 to Tier 2, 0 to Tier 3."""
    left_out = BESIDE if document.rhythm is Rhythm.DAILY else ()
    told = [SAID[key](line) for line in document.lines if (key := _key(line)) in SAID and key not in left_out]
    return gettext("%(told)s.") % {"told": ", ".join(told)} if told else ""


def _key(line: Line) -> str:
    return f"{line.metric}:{line.key[0]}" if line.by == ("basis",) else line.metric


def _of_tier(line: Line) -> str:
    return gettext("%(n)d to Tier %(tier)s") % {"n": line.n, "tier": line.key[0]}


SAID: Mapping[str, Said] = {
    "threads_in": lambda line: ngettext("%(n)d thread", "%(n)d threads", line.n) % {"n": line.n},
    "requests_in": lambda line: gettext("%(n)d in") % {"n": line.n},
    "resolved_in_period": lambda line: gettext("%(n)d resolved") % {"n": line.n},
    "handed_up_in_period": _of_tier,
    "deals_created": lambda line: (
        ngettext("%(n)d deal created", "%(n)d deals created", line.n) % {"n": line.n}
    ),
    "deals_funded": lambda line: gettext("%(n)d funded") % {"n": line.n},
    "deals_settled": lambda line: gettext("%(n)d settled") % {"n": line.n},
    "disputes_raised": lambda line: (
        ngettext("%(n)d dispute raised", "%(n)d disputes raised", line.n) % {"n": line.n}
    ),
    "disputes_decided:ruling": lambda line: gettext("%(n)d ruled") % {"n": line.n},
    "disputes_decided:ttl": lambda line: gettext("%(n)d by the deadline") % {"n": line.n},
    "incidents_opened": lambda line: ngettext("%(n)d incident", "%(n)d incidents", line.n) % {"n": line.n},
}


# What the sentence of a day does not say.
BESIDE = ("threads_in",)


def line_name(line: Line) -> str:
    """What a line counts: the metric's name, and of which tier or how it ended."""
    name = gettext(metric(line.metric).name)
    if line.by == ("tier",):
        return gettext("%(name)s, to Tier %(tier)s") % {"name": name, "tier": line.key[0]}
    if line.by == ("basis",):
        by_hand = line.key[0] == "ruling"
        how = gettext("Ruled by an operator") if by_hand else gettext("Nobody ruled in time")
        return f"{name}: {how}"
    return name


def gap_text(line: Line) -> str:
    """A gap as a part of a sentence: Untyped: 3."""
    return f"{gettext(metric(line.metric).name)}: {line.n}"


def day_text(day: date) -> str:
    """A day by its weekday and date: Wednesday, 14 October 2026."""
    words = {"day": day.day, "month": MONTHS[day.month], "year": day.year, "weekday": WEEKDAYS[day.weekday()]}
    return gettext("%(weekday)s, %(day)d %(month)s %(year)d") % words


def instant_text(value: datetime, zone: ZoneInfo) -> str:
    """An instant with its date and zone."""
    local = value.astimezone(zone)
    return gettext("%(day)d %(month)s %(year)d, %(clock)s %(zone)s") % {
        "day": local.day,
        "month": MONTHS[local.month],
        "year": local.year,
        "clock": f"{local.hour:02d}:{local.minute:02d}",
        "zone": local.tzname(),
    }


def day_of(document: DigestDocument) -> str:
    """The day that a digest is named by; a weekly one the week that ended with it."""
    if document.rhythm is Rhythm.DAILY:
        return day_text(document.on)
    year, week, _weekday = document.on.isocalendar()
    return gettext("Week %(week)d of %(year)d, to %(day)s") % {
        "week": week,
        "year": year,
        "day": day_text(document.on),
    }


def period_of(document: DigestDocument, zone: ZoneInfo) -> str:
    """From when to when it is."""
    return gettext("From %(since)s to %(until)s") % {
        "since": instant_text(document.since, zone),
        "until": instant_text(document.until, zone),
    }


def subject(document: DigestDocument, desk: DeskDefinition) -> str:
    """The subject of the letter."""
    return f"{gettext(desk.name)}, {day_of(document)}: {sentence(document)}"


def letter(
    document: DigestDocument,
    desk: DeskDefinition,
    *,
    missed: Sequence[DigestDocument] = (),
    addresses: Addresses | None = None,
) -> str:
    """The digest as plain text. `missed`: those made and not mailed before it, the newest first."""
    parts = [
        sentence(document),
        f"{gettext(desk.name)}, {day_of(document)}\n{period_of(document, desk.zone)}",
        columns([(line_name(line), line.n) for line in document.lines]),
        _gaps(document),
        _missed(missed),
        _links(addresses or Addresses()),
    ]
    return "\n\n".join(part for part in parts if part)


def columns(lines: Sequence[tuple[str, int]]) -> str:
    """Names with their numbers below one another."""
    width = max((_width(name) for name, _ in lines), default=0)
    most = max((len(str(n)) for _, n in lines), default=0)
    return "\n".join(f"{name}{' ' * (width - _width(name))}  {n:>{most}}" for name, n in lines)


def _width(text: str) -> int:
    """How many columns a text takes where letters stand in columns: Korean ones take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def gaps_text(document: DigestDocument) -> str:
    """What the numbers don't know, in one line; empty where nothing is amiss."""
    if not document.gaps:
        return ""
    return gettext("Known gaps: %(gaps)s.") % {"gaps": "; ".join(gap_text(each) for each in document.gaps)}


def _gaps(document: DigestDocument) -> str:
    return gaps_text(document) or gettext("No known gaps.")


def _missed(missed: Sequence[DigestDocument]) -> str:
    if not missed:
        return ""
    lines = [f"{day_of(each)}: {sentence(each)}" for each in missed]
    return "\n".join([gettext("Made and not mailed before:"), *lines])


def _links(addresses: Addresses) -> str:
    lines = []
    if addresses.digest:
        lines.append(gettext("Every number with its list: %(address)s") % {"address": addresses.digest})
    if addresses.digests:
        lines.append(
            gettext("You asked for this letter. To get it no more: %(address)s")
            % {"address": addresses.digests}
        )
    return "\n".join(lines)
