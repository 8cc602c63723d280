"""What was brought in from other tools: the list, one import, the rows that fit nowhere."""

from datetime import datetime

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from opsdesk.cases import queries as cases
from opsdesk.cases.redaction import ERASED
from opsdesk.history import queries
from opsdesk.history.models import Import
from opsdesk.history.names import REST
from opsdesk.history.queries import ImportRow
from opsdesk.kernel.permissions import Act, NotYourRight, check_may, may
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.funnel.address import Place
from opsdesk.web.history.labels import LEFT_OUT, LOOKS
from opsdesk.web.history.sheet import asides, sheet
from opsdesk.web.http import Request, go, page, wants_fragment, with_query


def imports(request: Request) -> HttpResponseBase:
    """Every import of one's desks, the newest first."""
    desks = readable(request)
    rows = queries.imports(desks)
    if (file := sheet_file(request, sheet(rows))) is not None:
        return file
    context = {
        "rows": [(row, LOOKS[row.state], _funnel(row)) for row in rows],
        "busy": any(row.is_busy for row in rows),
    }
    template = "history/imports.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def imported(request: Request, import_id: int) -> HttpResponse:
    """One of them: how far it is, what came of it, what can be done with it."""
    row = read(request, import_id)
    if row.state == Import.State.DRAFT:
        return go(request, reverse("import_map", args=[import_id]))
    found = queries.asides(import_id, size=10)
    unmatched = [(LEFT_OUT[what], _most(words)) for what, words in sorted(row.unmatched.items())]
    context = {
        "row": row,
        "look": LOOKS[row.state],
        "funnel": _funnel(row),
        "asides": found.rows,
        "more_aside": found.after is not None,
        "unmatched": unmatched,
        "nowhere": queries.nowhere(import_id),
        "first": queries.first_cases(import_id),
    }
    template = "history/import.html"
    return page(request, f"{template}#state" if wants_fragment(request) else template, context)


def aside(request: Request, import_id: int) -> HttpResponseBase:
    """The rows that fit nowhere, page by page."""
    row = read(request, import_id)
    if (file := sheet_file(request, asides(import_id))) is not None:
        return file
    after = request.GET.get("after", "")
    found = queries.asides(import_id, after=int(after) if after.isdecimal() and len(after) < 18 else 0)
    here = reverse("import_aside", args=[import_id])
    context = {
        "row": row,
        "asides": found.rows,
        "next": with_query(here, after=found.after) if found.after else "",
        "may_erase": request.actor.is_admin,
    }
    return page(request, "history/aside.html", context)


def map_file(request: Request, import_id: int) -> HttpResponse:
    """The map as the command takes it."""
    read(request, import_id)
    answer = HttpResponse(queries.get(import_id).map, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{import_id}.yaml"'
    return answer


def readable(request: Request) -> tuple[str, ...]:
    """The desks that one may bring history to. Refuses who may to none."""
    desks = [desk.key for desk in cases.mail_desks()]
    mine = tuple(desk for desk in desks if may(request.actor, Act.BRING_HISTORY, desk=desk))
    if not mine:
        raise NotYourRight(act=Act.BRING_HISTORY.value, desk=", ".join(desks))
    return mine


def read(request: Request, import_id: int) -> ImportRow:
    """An import of a desk that one may bring history to. Refuses `ImportUnknown` and who may not."""
    row = queries.imported(import_id)
    check_may(request.actor, Act.BRING_HISTORY, desk=row.desk)
    return row


def _funnel(row: ImportRow) -> str:
    """The address of the funnel of the days the file is about; empty while there is none."""
    if row.state != Import.State.DONE or row.first_at is None or row.last_at is None or not row.cases:
        return ""
    zone = cases.desk(row.desk).zone

    def day(at: datetime) -> datetime:
        return at.astimezone(zone)

    return Place(row.desk, first=day(row.first_at).date(), last=day(row.last_at).date()).page()


def _most(words: dict[str, int]) -> list[tuple[str, int]]:
    """The most frequent, then all others as one."""
    named = sorted((each for each in words.items() if each[0] != REST), key=lambda each: (-each[1], each[0]))
    shown = [(gettext(name) if name == ERASED else name, number) for name, number in named[:20]]
    rest = sum(words.values()) - sum(number for _, number in shown)
    return [*shown, (gettext("others"), rest)] if rest else shown
