"""The funnel page: the answer in words, the picture, the tables; and the cases behind every number."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.case_lists import MOST, CasePage, Selection
from opsdesk.insight.case_lists import cases as cases_of
from opsdesk.insight.funnel import Funnel, last_day
from opsdesk.insight.trend import trend
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.web.funnel import export, pictures
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.answer import per_100, sentences, verdicts
from opsdesk.web.funnel.bar import BAD_REQUEST, place_of, read
from opsdesk.web.funnel.behind import Behind, behind
from opsdesk.web.funnel.files import files
from opsdesk.web.funnel.gather import gathered
from opsdesk.web.funnel.tables import (
    duration_rows,
    holders,
    month_rows,
    queue_rows,
    stuck_rows,
    tier_rows,
    type_rows,
)
from opsdesk.web.funnel.words import clocks, period_text, pick_title
from opsdesk.web.http import Request, page, with_query
from opsdesk.web.numbers.bar import Bar, ForLeadsOnly, leads
from opsdesk.web.numbers.pages import refreshing
from opsdesk.web.numbers.tables import table_file
from opsdesk.web.refusals import message_of

BY_PERSON = "worked:"
LIST_HEAD = (
    "case",
    "subject",
    "state",
    "queue",
    "type",
    "account",
    "requester",
    "assignee",
    "opened_at",
    "resolved_at",
)


def funnel(request: Request, desk: str) -> HttpResponse:
    """Who resolved what came in, and how long it took."""
    bar = read(request, desk)
    if bar.place is None:
        return bar.refused(request)
    definition, place, as_of = bar.desk, place_of(bar.place), bar.place.past
    numbers = gathered(place, definition, request.now, as_of)
    found = numbers.funnel
    end = last_day(found.period, found.as_of).astimezone(definition.zone).date()
    months = trend(desk=desk, last=end, filters=place.filters, now=request.now, as_of=as_of)
    by_person = leads(request, desk)
    tables = files(numbers, months, definition, by_person=by_person, is_past=as_of is not None)
    if (file := table_file(request, tables)) is not None:
        return file
    wide, narrow = pictures.drawn(found, months, place)
    lists = behind(place, definition, request.now)
    context = {
        "bar": bar,
        "here": request.get_full_path(),
        "desk": definition,
        "place": place,
        "numbers": numbers,
        "funnel": found,
        **_in_words(found, place, definition, lists, end),
        "tiers": tier_rows(found, definition, place),
        "sees_people": by_person,
        "types": type_rows(found, definition),
        "durations": duration_rows(numbers.tiers, lists),
        "responses": clocks(numbers.responses.took, lists.times("first_response")),
        "queues": queue_rows(numbers.queues, definition, lists),
        "holders": holders(numbers.waited, definition, lists),
        "stuck": stuck_rows(numbers.stuck, definition, lists),
        "months": month_rows(months, place),
        "has_trend": any(each.requests for each in months),
        "wide": wide,
        "narrow": narrow,
    }
    return refreshing(request, "funnel/page.html", context)


def _in_words(
    found: Funnel, place: Place, desk: DeskDefinition, lists: Behind, end: date
) -> dict[str, object]:
    """The answer, each number opening its cases, that of accounts those that were live on the last day."""
    return {
        "period": period_text(found.period, desk),
        "sentences": sentences(found, desk, place),
        "per_100": per_100(found, place, with_query(reverse("accounts"), live=end)),
        "verdicts": verdicts(found, place, lists),
    }


def table(request: Request, desk: str) -> HttpResponse:
    """Every number of the page as a CSV file."""
    bar = read(request, desk, is_file=True)
    if bar.place is None:
        return bar.refused(request)
    place = place_of(bar.place)
    lines = export.records(gathered(place, bar.desk, request.now, bar.place.past))
    return _file(export.csv_text(("number", "value"), lines), f"funnel-{desk}-{_file_part(place)}.csv")


def cases(request: Request, desk: str) -> HttpResponse:
    """The cases behind one number."""
    bar = read(request, desk)
    if bar.place is None:
        return bar.refused(request)
    definition, place, token = bar.desk, place_of(bar.place), request.GET.get("pick", "in")
    try:
        found = _cases(request, bar, token, after=request.GET.get("after", ""))
    except Refusal as refusal:
        wrong = {"bar": bar, "desk": definition, "place": place, "wrong": message_of(refusal)}
        return page(request, "funnel/cases.html", wrong, status=BAD_REQUEST)
    person = people.names(found.pick.of[1:]) if found.pick.measure == "worked" else {}
    context = {
        "bar": bar,
        "desk": definition,
        "place": place,
        "found": found,
        "title": pick_title(found.pick, next(iter(person.values()), "")),
        "about": _about(place, definition, found),
        "table": f"{reverse('funnel_cases_table', args=[desk])}?{place.query}&{urlencode({'pick': token})}",
        "next": f"{place.cases(token)}&after={found.after}" if found.after else "",
        "first": place.cases(token) if request.GET.get("after") else "",
    }
    return page(request, "funnel/cases.html", context)


def cases_table(request: Request, desk: str) -> HttpResponse:
    """All cases behind one number as a CSV file."""
    bar = read(request, desk, is_file=True)
    if bar.place is None:
        return bar.refused(request)
    token = request.GET.get("pick", "in")
    try:
        lines = list(_all_lines(request, bar, token))
    except Refusal as refusal:
        place = place_of(bar.place)
        wrong = {"bar": bar, "desk": bar.desk, "place": place, "wrong": message_of(refusal)}
        return page(request, "funnel/cases.html", wrong, status=BAD_REQUEST)
    return _file(export.csv_text(LIST_HEAD, lines), f"cases-{token.replace(':', '-')}.csv")


def _all_lines(request: Request, bar: Bar, token: str) -> Iterator[tuple[export.Value, ...]]:
    """Every case behind a number, as a line of the file."""
    after: int | None = 0
    while after is not None:
        found = _cases(request, bar, token, after=str(after or ""), size=MOST)
        for line in found.lines:
            yield (
                line.id, line.subject, line.state, line.queue, line.type, line.account, line.requester,
                line.assignee, _text(line.opened_at), _text(line.resolved_at),
            )  # fmt: skip
        after = found.after


def _cases(request: Request, bar: Bar, token: str, *, after: str, size: int = 50) -> CasePage:
    assert bar.place is not None
    desk, place = bar.desk, place_of(bar.place)
    if token.startswith(BY_PERSON) and not leads(request, desk.key):
        raise ForLeadsOnly(desk=desk.name)
    selection = Selection(desk.key, place.period(desk), place.filters, token, bar.place.past)
    return cases_of(
        selection,
        now=request.now,
        after=int(after) if re.fullmatch("[0-9]{1,18}", after) else None,
        size=size,
    )


def _about(place: Place, desk: DeskDefinition, found: CasePage) -> str:
    return "" if found.pick.is_of_now else period_text(place.period(desk), desk)


def _file(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text.encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _file_part(place: Place) -> str:
    return place.month or f"{place.first}-{place.last}"


def _text(value: datetime | None) -> str:
    return value.isoformat() if value else ""
