"""The list behind any number: which cases, deals or disputes one answer of a metric counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from opsdesk.accounts import queries as accounts
from opsdesk.insight.catalogue import NoSuchMetric, behind, metric
from opsdesk.insight.listed import Listed, Ordered
from opsdesk.insight.registry import Metric, Side, Subject, Unit
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.http import Request, page
from opsdesk.web.moments import Moments
from opsdesk.web.numbers import bar as bars
from opsdesk.web.numbers.address import views_of
from opsdesk.web.numbers.bar import BY_PERSON, Bar, ForLeadsOnly
from opsdesk.web.numbers.choices import NAMES, is_known
from opsdesk.web.numbers.lines import columns_of, rows_of
from opsdesk.web.numbers.naming import DIMENSIONS, value_name, value_names
from opsdesk.web.numbers.tables import Table, table_file
from opsdesk.web.numbers.words import standing_text
from opsdesk.web.refusals import message_of

SIZE = 50
LIST = "list"
BAD_REQUEST = 400
# What may have none, and is left out then.
TIMES = (Unit.SECONDS, Unit.WORKING_SECONDS, Unit.DAYS)


@dataclass(frozen=True, slots=True)
class Answered:
    """Which answer of a metric: its dimensions with their values, and which side of it."""

    by: tuple[str, ...]
    key: tuple[str, ...]
    side: Side


def number(request: Request, desk: str, key: str) -> HttpResponse:
    """The list behind a number, page by page, newest first; whole as a file."""
    found = _metric(key, desk)
    bar = bars.read(request, desk, [found], page=views_of(f"number-{key}", desk), title=_(found.name))
    if bar.place is None:
        return bar.refused(request)
    answered = _answered(request, found)
    if BY_PERSON in answered.by and not bars.leads(request, desk):
        raise ForLeadsOnly(desk=desk)
    question = bar.place.question(found, *answered.by)
    try:
        every = behind(found.key, question, answered.key, answered.side)
    except Refusal as refusal:
        context = {"bar": bar, "metric": found, "wrong": message_of(refusal)}
        return page(request, "numbers/members.html", context, status=BAD_REQUEST)
    if request.GET.get("table"):
        file = table_file(request, [_table(request, found, bar, every.first())])
        if file is not None:
            return file
    shown, start = _page_of(request, every)
    context = {
        "bar": bar,
        "metric": found,
        "stood": standing_text(bar.place) if found.is_snapshot else "",
        "total": len(every),
        "first": start + 1,
        "last": start + len(shown),
        "table": _table(request, found, bar, shown),
        "question": _(found.question),
        "back": _back(request, bar),
        "narrowed": _narrowed(answered, bar, found),
        "unknown": "" if len(every) else _unknown(answered, bar, request.now),
        "side": _side(answered.side, found),
        "pages": _pages(request, start, len(every)),
        "files": {kind: _address(request, table=LIST, **{"as": kind}, start="") for kind in ("csv", "xlsx")},
    }
    return page(request, "numbers/members.html", context)


def _metric(key: str, desk: str) -> Metric:
    """The metric, if there is one of that desk: its list is for those who may read the desk it is of."""
    try:
        found = metric(key)
    except NoSuchMetric:
        raise Http404 from None
    if found.desk and found.desk != desk:
        raise Http404
    if found.members is None or found.subject is Subject.NONE:
        raise Http404
    return found


def _answered(request: Request, found: Metric) -> Answered:
    """Which answer the address names: `of=category:USED_CAR_PRIVATE` for each dimension, `side`."""
    pairs = [each.partition(":") for each in request.GET.getlist("of")]
    by = tuple(name for name, _colon, _value in pairs)
    side = request.GET.get("side", Side.COUNTED.value)
    if any(name not in found.dimensions for name in by) or len(set(by)) < len(by) or side not in list(Side):
        raise Http404
    if side == Side.MISSING and found.unit not in TIMES and not _has_rest(found):
        raise Http404
    return Answered(by, tuple(value for _name, _colon, value in pairs), Side(side))


def _table(request: Request, found: Metric, bar: Bar, ids: tuple[int, ...]) -> Table:
    """The table of these ids."""
    rows = tuple(rows_of(found.subject, ids, bar.desk, Moments(request.now)))
    return Table(LIST, _(found.name), columns_of(found.subject), rows)


def _page_of(request: Request, every: Listed | Ordered) -> tuple[tuple[int, ...], int]:
    """The ids of the page the address names, and how many stand before them."""
    text = request.GET.get("start", "")
    start = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    start = start // SIZE * SIZE if start < len(every) else 0
    return every.first(SIZE, start=start), start


def _pages(request: Request, start: int, total: int) -> dict[str, str]:
    """The addresses of the pages beside this one."""
    found = {}
    if start:
        found["before"] = _address(request, start=str(start - SIZE) if start > SIZE else "")
    if start + SIZE < total:
        found["after"] = _address(request, start=str(start + SIZE))
    return found


def _address(request: Request, **changed: str) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _back(request: Request, bar: Bar) -> str:
    """The page the list was opened from, as it stood; empty where the address names none of ours."""
    path = request.GET.get("back", "")
    ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return bar.place.at(path.partition("?")[0]).address if ours and bar.place else ""


def _narrowed(answered: Answered, bar: Bar, found: Metric) -> list[str]:
    """What the answer is of, in words, and the filters in use: Category: Used car private."""
    of = [(name, (value,)) for name, value in zip(answered.by, answered.key, strict=True)]
    chosen = bar.place.filters.items() if bar.place else ()
    named = {**DIMENSIONS, **NAMES, "queue": _(found.queue.words)}
    return [
        f"{named.get(name) or name}: {_values(name, values, bar)}"
        for name, values in dict([*chosen, *of]).items()
    ]


def _values(name: str, values: tuple[str, ...], bar: Bar) -> str:
    """An account by its name: there are too many to know them all."""
    if name != "account":
        return value_names(name, values, bar.desk)
    known = [(value, accounts.by_key(value)) for value in values]
    return ", ".join(each.name if each else value_name(name, value, bar.desk) for value, each in known)


def _unknown(answered: Answered, bar: Bar, now: datetime) -> str:
    """What the address asks for that there is not, in words."""
    for name, value in zip(answered.by, answered.key, strict=True):
        if not is_known(name, value, bar.desk, now):
            return _("%(name)s “%(value)s”: there is none.") % {"name": NAMES.get(name, name), "value": value}
    return ""


def _has_rest(found: Metric) -> bool:
    """Whether what a share neither counts nor holds open is listed too: it is of deals."""
    return found.unit is Unit.SHARE and found.subject is Subject.DEAL


def _side(side: Side, found: Metric) -> str:
    if side is Side.MISSING and found.unit is Unit.SHARE:
        return _("neither counted nor open")
    return SIDES[side]()


SIDES: dict[Side, Callable[[], str]] = {
    Side.COUNTED: lambda: "",
    Side.WHOLE: lambda: _("all that the share is of"),
    Side.OPEN: lambda: _("still open: not counted yet"),
    Side.MISSING: lambda: _("without a time: left out of the figures"),
}
