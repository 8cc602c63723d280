"""Calendars: weeks, holidays ahead, the house's own closed days, and drafts with what they'd change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from opsdesk.clock import actions, queries
from opsdesk.clock.calendars import Calendar
from opsdesk.clock.documents import read_calendar, written_shift
from opsdesk.clock.queries import Preview
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.vault import queries as vault
from opsdesk.web.calendars.forms import ClosedDayForm, DraftForm
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.documents import put_document_refusal
from opsdesk.web.http import Request, go, or_404, page, sent
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.refusals import status_of, submitted

AHEAD = 366
HOUR = 3600
NEW = "calendar"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week with its hours, Monday first."""

    number: int
    shifts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """A closed day ahead. `house`: one's own, which may be opened again."""

    on: date
    name: str
    house: bool


def calendars(request: Request) -> HttpResponse:
    """Every calendar with its week and its next closed day."""
    rows = [(each, _week(each), next(iter(_ahead(each, request.now)), None)) for each in queries.calendars()]
    return page(request, "calendars/calendars.html", {"rows": rows, "may_publish": _may_publish(request)})


def calendar(request: Request, name: str) -> HttpResponse:
    """One calendar: its week, the holidays ahead, its versions."""
    found = queries.calendar(name)
    versions = queries.versions(name)
    context = {
        "calendar": found,
        "week": _week(found),
        "holidays": list(_ahead(found, request.now)),
        "versions": versions,
        "names": people.names([each.published_by_id for each in versions if each.published_by_id]),
        "may_publish": _may_publish(request),
        "may_close": any(
            may(request.actor, Act.SET_TARGETS, desk=grant.desk) for grant in request.actor.grants
        ),
    }
    return page(request, "calendars/calendar.html", context)


def _week(found: Calendar) -> list[Day]:
    return [
        Day(number, tuple(written_shift(shift) for shift in shifts))
        for number, shifts in enumerate(found.week)
    ]


def _ahead(found: Calendar, now: datetime) -> Iterator[Holiday]:
    """The closed days of the coming year, in order."""
    today = now.astimezone(found.tz).date()
    house = {day.on for day in found.closed_days}
    for number in range(AHEAD):
        on = today + timedelta(days=number)
        if name := found.holiday_name(on):
            yield Holiday(on, name, on in house)


def version(request: Request, name: str, number: int) -> HttpResponse:
    """The text of one version."""
    document = or_404(vault.version(queries.KIND, name, number))
    context = {"document": document, "back": reverse("calendar", args=[name]), "title": f"{name} {number}"}
    return page(request, "parts/document.html", context)


def draft(request: Request, name: str) -> HttpResponse:
    """The next version: preview what it would change, then publish it."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    current = or_404(vault.current(queries.KIND, name))
    title = _("The next version of %(name)s") % {"name": name}
    intro = _(
        "Look at what it would change before you publish it. What is past keeps the version of its time."
    )
    return _edit(request, name, current.source, title, intro, reverse("calendar", args=[name]))


def begin(request: Request) -> HttpResponse:
    """A calendar that is not there yet, begun from the text of one that is."""
    check_may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
    first = next((vault.current(queries.KIND, each.key) for each in queries.calendars()), None)
    intro = _("Give it a key and a name of its own, its zone, its week and its holidays.")
    source = first.source if first else ""
    return _edit(request, "", source, _("A new calendar"), intro, reverse("calendars"))


def _edit(request: Request, name: str, source: str, title: str, intro: str, back: str) -> HttpResponse:
    """The text of the calendar `name`, "" for a new one."""
    form = DraftForm(sent(request), initial={"text": source})
    preview = None
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("act") != "preview":
                return _published(request, name, form.cleaned_data)
            preview = _preview(request, name, form.cleaned_data)
        except Refusal as refusal:
            put_document_refusal(form, refusal)
    context = {
        "form": form,
        "previews": True,
        "preview": preview,
        "rows": [row for row in preview.rows if row.changes] if preview else [],
        "title": title,
        "intro": intro,
        "back": back,
    }
    return page(request, "parts/edit_document.html", context, status=status_of(form))


def _published(request: Request, name: str, data: dict[str, Any]) -> HttpResponse:
    document = actions.publish_calendar(
        data["text"],
        source=name or NEW,
        note=data["note"],
        actor=request.actor,
        now=request.now,
        of=name,
    )
    messages.success(request, _("Version %(number)d holds from now.") % {"number": document.version})
    return go(request, reverse("calendar", args=[document.name]))


def _preview(request: Request, name: str, data: dict[str, Any]) -> Preview:
    budget_s = int(data["budget_hours"] * HOUR)
    actions.check_key(read_calendar(data["text"], source=name or NEW).key, of=name)
    return queries.preview_of(
        data["text"], source=name or NEW, budget_s=budget_s, starts=[request.now], now=request.now
    )


def close_day(request: Request, name: str) -> HttpResponse:
    """Close the house on a day."""
    form = ClosedDayForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return actions.add_house_holiday(calendar=name, actor=request.actor, now=request.now, **data)

    back = reverse("calendar", args=[name])
    if submitted(form, act):
        messages.success(request, _("The day is closed."))
        return go(request, back)
    action = reverse("close_day", args=[name])
    return show(request, Dialog(_("Close the house on a day"), action, _("Close it"), back, form))


def open_day(request: Request, name: str, day: str) -> HttpResponse:
    """Open a closed day again, after asking."""
    on = _day(day)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        actions.withdraw_house_holiday(calendar=name, on=on, actor=request.actor, now=request.now)
        return True

    back = reverse("calendar", args=[name])
    if submitted(form, act):
        messages.success(request, _("The day is open again."))
        return go(request, back)
    action = reverse("open_day", args=[name, day])
    return show(request, Dialog(_("Open this day again?"), action, _("Open it"), back, form, intro=day))


def _day(text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _may_publish(request: Request) -> bool:
    return may(request.actor, Act.PUBLISH, desk=EVERY_DESK)
