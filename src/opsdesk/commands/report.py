"""`opsdesk report`: a metric, the funnel or the intake in the terminal, or as a file."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date, datetime

from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.commands import metrics
from opsdesk.commands.columns import Line, columns
from opsdesk.insight.catalogue import NoSuchFilter
from opsdesk.insight.cohort import COLUMNS, NONE, FunnelFilters
from opsdesk.insight.funnel import Funnel
from opsdesk.insight.intake_report import IntakeReport, report
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.web.funnel.address import Place, check_days
from opsdesk.web.funnel.answer import per_100, sentences, verdicts
from opsdesk.web.funnel.export import Numbers, Value, csv_text, records
from opsdesk.web.funnel.gather import gathered
from opsdesk.web.funnel.tables import duration_rows, tier_rows
from opsdesk.web.funnel.words import Clocks, clocks, period_text
from opsdesk.web.phrases import plain

HELP = "print a metric, the funnel or the intake of a period; without one, list all metrics"
FORMATS = ("table", "json", "csv")
FUNNEL, INTAKE = "funnel", "intake"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "report", nargs="?", default="", metavar="REPORT", help="funnel, intake, or the key of a metric"
    )
    parser.add_argument("--desk", default="support", help="the desk's key (support)")
    parser.add_argument("--month", default="", metavar="YYYY-MM", help="a month, as 2026-10")
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="the first day, as 2026-10-01")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day, included")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print it (table)")
    parser.add_argument(
        "--account", default="", metavar="KEY", help="only this account; - for those without one"
    )
    parser.add_argument("--type", default="", help="this type or family; - for those without")
    metrics.add_arguments(parser)


def run(options: argparse.Namespace, *, now: datetime) -> int:
    """Print it; a reader that has seen enough, as `head` has, ends it without a word."""
    try:
        _show(options, now)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer is flushed once more at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show(options: argparse.Namespace, now: datetime) -> None:
    if not options.report:
        metrics.show_all(options.format)
    elif options.report in (FUNNEL, INTAKE):
        _check_whole(options)
        _show_whole(options, now)
    else:
        metrics.show(options, now=now)


def _check_whole(options: argparse.Namespace) -> None:
    """A report of many numbers takes what all of them take."""
    if options.by:
        raise Invalid("by", gettext_noop("Only a single metric takes --by."))
    if options.report == INTAKE and (options.account or options.type):
        raise Invalid("report", gettext_noop("The intake takes neither --account nor --type."))
    if options.report == INTAKE and (options.as_of or options.filter):
        raise Invalid("report", gettext_noop("The intake takes neither --as-of nor --filter."))


def _show_whole(options: argparse.Namespace, now: datetime) -> None:
    desk = cases.desk(options.desk)
    place = _place(options, desk, now)
    as_of = metrics.as_of_given(options.as_of, desk.zone, now)
    about = _about(options, place, desk, as_of or now)
    if options.report == INTAKE:
        intake = report(desk=desk.key, period=place.period(desk), now=now)
        _print(options.format, lambda: _intake_text(intake, desk), lambda: _intake_records(intake), about)
    else:
        numbers = gathered(place, desk, now, as_of)
        _print(options.format, lambda: _funnel_text(numbers, desk), lambda: records(numbers), about)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-10-01") from None


def _place(options: argparse.Namespace, desk: DeskDefinition, now: datetime) -> Place:
    """What the options ask for. Refuses `Invalid` ones, by name."""
    if bool(options.month) == bool(options.first or options.last):
        raise Invalid("month", gettext_noop("Give --month, or --from and --to."))
    check_days(options.first, options.last)
    kind = options.type
    if kind not in ("", NONE) and desk.family(kind) is None and desk.type(kind) is None:
        raise Invalid(
            "type", gettext_noop("The desk has no such type. Its definition names its families and types.")
        )
    filters = metrics.filters_given(options, desk, now)
    for name in filters:
        if name not in COLUMNS:
            raise NoSuchFilter(metric=FUNNEL, name=name, known=", ".join(COLUMNS))
    return Place(desk.key, options.month, options.first, options.last, FunnelFilters(**filters))


def _about(
    options: argparse.Namespace, place: Place, desk: DeskDefinition, as_of: datetime
) -> dict[str, object]:
    period = place.period(desk)
    return {
        "desk": desk.key,
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "account": options.account,
        "type": options.type,
        "filters": {name: list(values) for name, values in place.filters.chosen},
        "as_of": as_of.isoformat(),
    }


def _print(
    form: str,
    text: Callable[[], str],
    lines: Callable[[], Iterable[tuple[str, Value]]],
    about: dict[str, object],
) -> None:
    if form == "json":
        print(json.dumps({**about, "numbers": dict(lines())}, indent=2, ensure_ascii=False))
    elif form == "csv":
        sys.stdout.write(csv_text(("number", "value"), lines()))
    else:
        print(text())


def _funnel_text(numbers: Numbers, desk: DeskDefinition) -> str:
    found = numbers.funnel
    answer = " ".join(map(plain, sentences(found, desk)))
    if not found.requests.n:
        return answer
    shares = [
        (each.name, each.value, f"({each.range})" if each.range else "", each.state)
        for each in verdicts(found)
    ]
    parts = [
        answer,
        plain(per_100(found)),
        columns(shares),
        columns([_tier_head(), *_tier_lines(found, desk)]),
        columns([_time_head(), *_time_lines(numbers)]),
        _beside(found),
    ]
    return "\n\n".join(part for part in parts if part)


def _beside(found: Funnel) -> str:
    return _(
        "beside: %(void)d void, %(merged)d merged, %(above)d entered above Tier 1, %(skipped)d skipped a tier"
    ) % {
        "void": found.void.n,
        "merged": found.merged.n,
        "above": found.entered_above.n,
        "skipped": found.skipped.n,
    }


def _tier_head() -> Line:
    names = (_("received"), _("resolved"), _("escalated"), _("open"), _("returned"), _("people"), _("rate"))
    return (_("tier"), *names)


def _tier_lines(found: Funnel, desk: DeskDefinition) -> list[Line]:
    return [
        (
            line.row.tier, line.row.received.n, line.row.resolved.n, line.row.escalated.n, line.row.open.n,
            line.row.returned.n, len(line.row.people), line.rate,
        )
        for line in tier_rows(found, desk)
    ]  # fmt: skip


def _time_head() -> Line:
    return ("", _("elapsed, median"), _("p90"), _("working, median"), _("p90"), _("n"))


def _time_lines(numbers: Numbers) -> list[Line]:
    lines: list[Line] = [(_("To the first response"), *_clocks(clocks(numbers.responses.took)))]
    for row in duration_rows(numbers.tiers):
        tier = {"tier": row.tier}
        lines.append((_("Tier %(tier)d to first touch") % tier, *_clocks(row.first_touch)))
        lines.append((_("Tier %(tier)d at the tier") % tier, *_clocks(row.at_tier)))
        lines.append((_("Tier %(tier)d to resolution") % tier, *_clocks(row.to_resolution)))
    return lines


def _clocks(took: Clocks) -> Line:
    return (took.elapsed.median, took.elapsed.p90, took.working.median, took.working.p90, took.n)


def _intake_text(found: IntakeReport, desk: DeskDefinition) -> str:
    words = {"arrivals": found.arrivals, "period": period_text(found.period, desk)}
    late = _("%(n)d late") % {"n": found.in_hand_late} if found.in_hand_late else ""
    rows: list[Line] = [(row.outcome, row.reason, row.arrivals) for row in found.outcomes]
    apart: list[Line] = [
        (_("messages"), found.messages), (_("threads"), found.threads), (_("requests"), found.requests),
        (_("void, beside"), found.void), (_("merged, beside"), found.merged),
    ]  # fmt: skip
    parts = [
        _("%(arrivals)d arrivals in %(period)s.") % words,
        columns([(_("outcome"), _("reason"), _("arrivals")), *rows, (_("in hand"), late, found.in_hand)]),
        columns(apart),
    ]
    return "\n\n".join(parts)


def _intake_records(found: IntakeReport) -> list[tuple[str, Value]]:
    whole = asdict(found)
    names = ("arrivals", "in_hand", "in_hand_late", "messages", "threads", "requests", "void", "merged")
    outcomes = [
        (f"outcome:{row.outcome}{'/' + row.reason if row.reason else ''}", row.arrivals)
        for row in found.outcomes
    ]
    return [*((name, whole[name]) for name in names), *outcomes]
