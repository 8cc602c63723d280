"""The funnel page's tables as files, in plain numbers: durations in seconds, shares by their two ends."""

from collections.abc import Iterable, Sequence

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.durations import Took
from opsdesk.insight.funnel import Funnel, TierRow
from opsdesk.insight.registry import Unit
from opsdesk.insight.statistics import Spread
from opsdesk.insight.trend import Month
from opsdesk.web.funnel.export import Numbers
from opsdesk.web.funnel.tables import holder_name, queue_name, type_rows
from opsdesk.web.numbers.cells import counted, drawn, figure
from opsdesk.web.numbers.tables import Cell, Column, Table, heading


def files(
    numbers: Numbers,
    months: Sequence[Month],
    desk: DeskDefinition,
    *,
    by_person: bool,
    is_past: bool = False,
) -> Iterable[Table]:
    """Every table of the page, by the key that its address names; `by_person`: also who worked where;
    `is_past`: as of a day that is over."""
    funnel = numbers.funnel
    yield _tiers(funnel)
    if by_person:
        yield _people(funnel)
    yield _times(numbers)
    yield _stays(numbers, desk)
    yield _types(funnel, desk)
    yield _holders(numbers, desk)
    yield _silence(numbers, desk, is_past=is_past)
    yield _trend(months, len(funnel.tiers))


def _table(key: str, title: str, columns: Iterable[str], rows: Iterable[tuple[Cell, ...]]) -> Table:
    return Table(key, title, tuple(Column(each) for each in columns), tuple(rows))


def _tier(tier: int) -> str:
    return _("Tier %(tier)d") % {"tier": tier}


def _tiers(funnel: Funnel) -> Table:
    columns = (
        _("Tier"), _("Received"), _("Resolved"), _("Escalated"), _("Not resolved"), _("Rate"),
        _("thereof returned"), _("finished below"), _("People"),
    )  # fmt: skip
    return _table("tiers", _("By tier"), columns, (_of_tier(row) for row in funnel.tiers))


def _of_tier(row: TierRow) -> tuple[Cell, ...]:
    before = (row.received, row.resolved, row.escalated, row.open)
    after = (row.returned, row.finished_below)
    return (
        heading(_tier(row.tier)),
        *(counted(each.n) for each in before),
        drawn(row.rate, Unit.SHARE),
        *(counted(each.n) for each in after),
        counted(len(row.people)),
    )


def _people(funnel: Funnel) -> Table:
    rows = (
        (heading(_tier(row.tier)), heading(worker.name), counted(worker.cases.n))
        for row in funnel.tiers
        for worker in row.people
    )
    return _table("people", _("Who worked at which tier"), (_("Tier"), _("Person"), _("Requests")), rows)


def _spans() -> tuple[str, ...]:
    """The columns of both clocks."""
    return (
        _("elapsed, median"), _("elapsed, p90"), _("working, median"), _("working, p90"), _("n"),
        _("without a time"), _("without working time"),
    )  # fmt: skip


def _took(took: Took) -> tuple[Cell, ...]:
    wall, working = took.elapsed, took.working
    return (
        *_pair(wall, Unit.SECONDS),
        *_pair(working, Unit.WORKING_SECONDS),
        counted(wall.n),
        counted(wall.missing),
        counted(working.missing - wall.missing),
    )


def _pair(spread: Spread, unit: Unit) -> tuple[Cell, Cell]:
    """Median and 90th percentile."""
    return figure(spread, spread.median, unit), figure(spread, spread.p90, unit)


def _times(numbers: Numbers) -> Table:
    responses = numbers.responses
    rows = [
        (
            heading(""),
            heading(_("To the first response")),
            *_took(responses.took),
            counted(responses.unanswered),
        )
    ]
    for each in numbers.tiers:
        tier = heading(_tier(each.tier))
        rows += [
            (tier, heading(_("to first touch")), *_took(each.first_touch), counted(each.untouched)),
            (tier, heading(_("at the tier, of what it resolved")), *_took(each.at_tier), Cell("")),
            (
                tier,
                heading(_("from opened to resolved, of what it resolved")),
                *_took(each.to_resolution),
                Cell(""),
            ),
        ]
    columns = (_("Tier"), _("Measure"), *_spans(), _("not answered or touched yet"))
    return _table("times", _("How long it took"), columns, rows)


def _stays(numbers: Numbers, desk: DeskDefinition) -> Table:
    rows = (
        (heading(queue_name(desk, each.queue)), counted(each.tier), *_took(each.took))
        for each in numbers.queues
    )
    return _table("stays", _("Stays by queue"), (_("Queue"), _("Tier"), *_spans()), rows)


def _types(funnel: Funnel, desk: DeskDefinition) -> Table:
    """A family's line has no type; its types' lines, which add up to it, name both."""
    rows, family = [], ""
    for line in type_rows(funnel, desk):
        family = line.name if line.is_family else family
        cells = (counted(n) for _tier, *both in line.cells for n in both)
        named = heading("" if line.is_family else line.name)
        rows.append((heading(family), named, counted(line.requests), *cells))
    of_tiers = [
        _("%(column)s: %(part)s") % {"column": _tier(row.tier), "part": part}
        for row in funnel.tiers
        for part in (_("received"), _("resolved"))
    ]
    return _table("types", _("By type"), (_("Family"), _("Type"), _("Requests in"), *of_tiers), rows)


def _holders(numbers: Numbers, desk: DeskDefinition) -> Table:
    whole = sum(each.seconds for each in numbers.waited)
    columns = (
        _("Held by"),
        _("%(column)s: %(part)s") % {"column": _("In all"), "part": _("seconds")},
        _("Requests"),
        _("Share of the time"),
    )
    rows = (
        (
            heading(holder_name(desk, each)),
            counted(each.seconds),
            counted(each.cases),
            Cell("", round(each.seconds / whole, 6) if whole else ""),
        )
        for each in numbers.waited
    )
    return _table("holders", _("Who held the requests"), columns, rows)


def _silence(numbers: Numbers, desk: DeskDefinition, *, is_past: bool) -> Table:
    follow_ups, stuck = numbers.follow_ups, numbers.stuck
    us = _("Stuck on us") if is_past else _("Stuck on us, now")
    others = _("Stuck on others") if is_past else _("Stuck on others, now")
    per_case = "" if follow_ups.per_case is None else round(follow_ups.per_case, 3)
    rows = [
        (heading(_("Follow-ups")), heading(""), counted(follow_ups.times)),
        (heading(_("Follow-ups per request")), heading(""), Cell("", per_case)),
        (heading(_("Requests with a follow-up")), heading(""), counted(follow_ups.cases)),
        (heading(us), heading(""), counted(stuck.on_us)),
        (heading(others), heading(""), counted(stuck.on_others)),
    ]
    for queue, on_us, on_others in stuck.by_queue:
        name = heading(queue_name(desk, queue))
        rows.append((heading(us), name, counted(on_us)))
        rows.append((heading(others), name, counted(on_others)))
    columns = (_("Measure"), _("Queue"), _("Number"))
    return _table("silence", _("Follow-ups and stuck cases"), columns, rows)


def _trend(months: Sequence[Month], tiers: int) -> Table:
    resolved = (_("Resolved at Tier %(tier)d") % {"tier": tier} for tier in range(1, tiers + 1))
    columns = (
        _("Month"), _("Requests in"), *resolved, _("Not resolved"), _("Tier 1 share"), _("Tier 2 rate"),
        _("Tier 3 share"),
    )  # fmt: skip
    return _table("trend", _("Month by month"), columns, (_of_month(each) for each in months))


def _of_month(month: Month) -> tuple[Cell, ...]:
    shares = (month.tier_1_share, month.tier_2_rate, month.tier_3_share)
    return (
        Cell(f"{MONTHS[month.first.month]} {month.first.year}", month.label),
        *(counted(n) for n in (month.requests, *month.resolved, month.open)),
        *(drawn(share, Unit.SHARE) for share in shares),
    )
