"""Messages, threads and requests side by side: three different numbers."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight import intake_report
from opsdesk.mail.ledger import IN_HAND
from opsdesk.mail.models import Outcome
from opsdesk.web.charts import bar
from opsdesk.web.flow.asked import Asked, asked
from opsdesk.web.flow.told import BESIDE, Page, Picture, Tile, Told, columns, day_in_words, picture
from opsdesk.web.labels import REASONS
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.cells import counted
from opsdesk.web.numbers.tables import Cell, Table, heading
from opsdesk.web.phrases import opening, phrase

LABELS = dict(Outcome.choices)


def answer(place: Place, desk: DeskDefinition) -> str:
    """The three numbers in one sentence."""
    return _in_all(*(asked(place, key) for key in ("messages_in", "threads_in", "requests_in")))


def _in_all(*found: Asked) -> str:
    messages, _threads, came = (each.n() for each in found)
    if not messages and not came:
        return _("No mail of people reached the desk.")
    words = {
        "messages": found[0].opening(),
        "threads": found[1].opening(),
        "requests": found[2].requests(),
    }
    return phrase(_("%(messages)d messages in %(threads)d threads, and %(requests)s."), words)


def tell(place: Place, desk: DeskDefinition) -> Told:
    by = "month" if (place.period.end - place.period.start).days > 62 else "day"
    messages, threads = asked(place, "messages_in", by), asked(place, "threads_in", by)
    came = asked(place, "requests_in" if by == "month" else "arrivals", by)
    # A message counts once over all, and so does a request; a thread may have messages on several days.
    requests_in = came.by_fewer() if by == "month" else asked(place, "requests_in")
    in_all = messages.by_fewer(), asked(place, "threads_in"), requests_in
    first, known = _in_all(*in_all), _span({key[0] for each in (messages, came) for key in each.answers})
    if not known:
        return Told(
            (first,),
            empty=_("The intake ledger shows everything that reached the desk, and what became of it."),
        )
    tables = (_side_by_side(messages, threads, came, known, by), _outcomes(place, desk))
    note = _(
        "A message is an e-mail of a person that became requests or joined one; a thread is messages that"
        " answer one another; a request is one piece of work. One message may hold several requests, and a"
        " request may be written down without any."
    )
    pictures = tuple(
        _drawn(title, found, known, kind)
        for title, found, kind in (
            (_("Messages"), messages, "series-2"),
            (_("Threads"), threads, "series-3"),
            (_("Requests in"), came, "series-1"),
        )
    )
    return Told((first,), tiles=_tiles(*in_all), pictures=pictures, tables=tables, note=note)


def _span(keys: set[str]) -> list[str]:
    """The keys in order, and every day between the first and the last where they are days."""
    if not keys or len(min(keys)) == len("2026-10"):
        return sorted(keys)
    first, last = date.fromisoformat(min(keys)), date.fromisoformat(max(keys))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _ledger(place: Place) -> str:
    """The intake ledger over the period."""
    zone, period = place.zone, place.period
    first = period.start.astimezone(zone).date().isoformat()
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date().isoformat()
    return f"{reverse('ledger')}?{urlencode({'desk': place.desk, 'first': first, 'last': last})}"


def _tiles(messages: Asked, threads: Asked, came: Asked) -> tuple[Tile, ...]:
    return (
        _tile(_("Messages"), messages, _("Of people, each once.")),
        _tile(_("Threads"), threads, _("That they belong to.")),
        _tile(_("Requests in"), came, _("By mail or by hand.")),
    )


def _tile(name: str, found: Asked, meaning: str) -> Tile:
    return Tile(name, str(found.n()), href=found.href() if found.n() else "", meaning=meaning)


def _drawn(title: str, found: Asked, known: list[str], kind: str) -> Picture:
    bars = []
    for key in known:
        label = _("%(when)s: %(n)d") % {"when": _when(key), "n": found.n(key)}
        parts = (bar.Part(found.n(key), kind),)
        bars.append(bar.Column(parts, label, found.href(key)))
    return picture(title, [_when(key, short=True) for key in known], bars, (), wide=BESIDE)


def _when(key: str, *, short: bool = False) -> str:
    """A day or a month as people write it."""
    if len(key) == len("2026-10"):
        return day_in_words(f"{key}-01", "M" if short else "F Y")
    return day_in_words(key, "j.n." if short else "D j M Y")


def _side_by_side(messages: Asked, threads: Asked, came: Asked, known: list[str], by: str) -> Table:
    rows = tuple(
        (Cell(_when(key), key), messages.cell(key), threads.cell(key), came.cell(key))
        for key in reversed(known)
    )
    return Table(
        "mail",
        _("Month by month") if by == "month" else _("Day by day"),
        columns(_("Month") if by == "month" else _("Day"), _("Messages"), _("Threads"), _("Requests in")),
        rows,
        note=_("A thread with messages on several days counts on each of them, and once in the sum above."),
    )


def _outcomes(place: Place, desk: DeskDefinition) -> Table:
    """What became of every arrival: machines' mail and repeats too."""
    report = intake_report.ledger(desk=desk.key, period=place.period, now=place.as_of)
    rows = tuple(
        (
            heading(str(LABELS.get(row.outcome, row.outcome))),
            heading(str(REASONS.get(row.reason, row.reason))),
            counted(
                row.arrivals, f"{_ledger(place)}&{urlencode({'outcome': row.outcome, 'reason': row.reason})}"
            ),
        )
        for row in report.outcomes
    )
    ledger = _ledger(place)
    hand = f"{ledger}&{urlencode({'outcome': IN_HAND})}" if report.in_hand else ""
    words = {
        "n": opening(report.arrivals, ledger if report.arrivals else ""),
        "hand": opening(report.in_hand, hand),
    }
    note = phrase(_("%(n)d arrivals in all; %(hand)d still in hand."), words)
    head = columns(_("Outcome"), _("Reason"), _("Arrivals"), words=2)
    return Table("outcomes", _("What became of all that arrived"), head, rows, note=note)


PAGE = Page(
    key="mail",
    title=gettext_lazy("Messages, threads, requests"),
    question=gettext_lazy("How much mail makes how many requests?"),
    metrics=("messages_in", "threads_in", "requests_in"),
    answer=answer,
    tell=tell,
    without=("queue",),
)
