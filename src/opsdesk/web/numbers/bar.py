"""The one filter bar of every page of numbers. How a page uses it:

    bar = read(request, desk, [metric("deals_created"), ...], page="deals-overview", default="90-days")
    if bar.place is None:
        return bar.refused(request)
    answers = ask("deals_created", bar.place.question(metric("deals_created"), "category"))

and `{% include "numbers/bar.html" %}` with `bar` in its context; a page that refreshes wraps what changes as
`templates/numbers/refreshed.html` says. `page` names the page's saved views.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from opsdesk.accounts import queries as accounts
from opsdesk.accounts.queries import AccountValue
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import desk as desk_of
from opsdesk.insight.registry import Metric
from opsdesk.kernel.permissions import Act, NotYourRight, check_may, may
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.people import queries as people
from opsdesk.people.queries import ViewRow
from opsdesk.web.funnel.address import Choice
from opsdesk.web.http import Request, page
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.choices import NAMES
from opsdesk.web.numbers.forms import BarForm
from opsdesk.web.numbers.naming import value_names
from opsdesk.web.numbers.rolling import ROLLING
from opsdesk.web.numbers.words import day_text, known_text, period_text

BAD_REQUEST = 400
MOST_ACCOUNTS = 300
BY_PERSON = "person"


class ForLeadsOnly(NotYourRight):
    message = gettext_noop("What is by person is for the leads of the %(desk)s desk. Ask one of them.")


@dataclass(frozen=True, slots=True)
class Said:
    """What holds for some of the numbers, such as which instant puts a record into the period."""

    by: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar as it is drawn. `place` is None where the address can't be used: the form says why.

    `ahead`: the day that the address names though it has not come; what is shown is as of now.
    """

    desk: DeskDefinition
    form: BarForm
    place: Place | None
    path: str
    page: str
    title: str
    metrics: tuple[Metric, ...]
    quick: tuple[Choice, ...]
    views: tuple[ViewRow, ...]
    accounts: tuple[AccountValue, ...]
    ahead: date | None = None

    @property
    def not_yet(self) -> str:
        """Why the page is as of now, where another day was asked for, in words."""
        words = _("%(day)s has not come yet: this is as of now.")
        return words % {"day": day_text(self.ahead)} if self.ahead else ""

    @property
    def period(self) -> str:
        """The period in words."""
        return period_text(self.place) if self.place else ""

    @property
    def known(self) -> str:
        """As of the end of which day, in words; empty where it is as of now."""
        return known_text(self.place) if self.place else ""

    @property
    def is_used(self) -> bool:
        return bool(self.place and self.place.filters)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The filters in use, in words: `Type: DMS`."""
        if self.place is None:
            return ()
        named = {"queue": str(self.form.fields["queue"].label)} if "queue" in self.place.filters else {}
        return tuple(
            f"{named.get(name, NAMES[name])}: {value_names(name, values, self.desk)}"
            for name, values in self.place.filters.items()
        )

    @property
    def dates(self) -> tuple[Said, ...]:
        """Which date each metric uses, those with the same one together."""
        return _together((_(metric.dated), metric) for metric in self.metrics)

    @property
    def queues(self) -> tuple[Said, ...]:
        """Which queue the filter means for which number, where that is not the same for all."""
        if "queue" not in self.form.fields:
            return ()
        found = _together((_(each.queue.words), each) for each in self.metrics if "queue" in each.filters)
        return found if len(found) > 1 else ()

    @property
    def without_wrong(self) -> str:
        """The page without the filters that can't be used; empty where that would not mend it."""
        kept = self.form.leaving_out()
        return f"{self.path}?{kept}" if kept else ""

    @property
    def wrong(self) -> str:
        """The names of the filters that can't be used."""
        return ", ".join(str(self.form.fields[name].label) for name in self.form.unusable)

    @property
    def narrowing(self) -> tuple["Narrowed", ...]:
        """The filters in use that some of the page's numbers don't take, with those numbers."""
        if self.place is None:
            return ()
        missed = {
            name: tuple(dict.fromkeys(_(each.name) for each in self.metrics if name not in each.filters))
            for name in self.place.not_taken(self.metrics)
        }
        return tuple(Narrowed(str(NAMES[name]), names) for name, names in missed.items())

    def refused(self, request: Request) -> HttpResponse:
        """The page with nothing but the bar and what is wrong in it."""
        return page(request, "numbers/refused.html", {"bar": self}, status=BAD_REQUEST)


def _together(pairs: Iterable[tuple[str, Metric]]) -> tuple[Said, ...]:
    """The names of the metrics of which the same is said."""
    found: dict[str, list[str]] = {}
    for by, metric in pairs:
        found.setdefault(by, []).append(_(metric.name))
    return tuple(Said(by, tuple(dict.fromkeys(names))) for by, names in found.items())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A filter in use, and the numbers that don't take it."""

    filter: str
    names: tuple[str, ...]


def read(
    request: Request,
    desk: str,
    metrics: Sequence[Metric],
    *,
    page: str,
    title: str = "",
    default: str = "30-days",
    path: str = "",
    given: QueryDict | None = None,
    without: Iterable[str] = (),
    is_file: bool = False,
) -> Bar:
    """The bar as the address fills it; `default` is the rolling period of an address without one.

    `without`: filters that the page does not offer, though its metrics take them. As of a day that has not
    come a page is as of now, and says so; a file of it can't be had.
    Refuses who may not read the desk, and a filter by person to who doesn't lead it.
    """
    definition = desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)
    given = request.GET if given is None else given
    takes = _offered(request, desk, metrics, given) - set(without)
    queue, now, here = queue_label(metrics), request.now, path or request.path
    made = partial(BarForm, desk=definition, takes=takes, default=default, now=now, queue=queue)
    form, ahead = _filled(given, made, is_file=is_file)
    place = _place(form, definition, request, here) if form.is_valid() else None
    return Bar(
        desk=definition,
        form=form,
        place=place,
        path=here,
        page=page,
        title=title,
        metrics=tuple(metrics),
        quick=_quick(place) if place else (),
        views=tuple(people.views(request.person.id, page)),
        accounts=accounts.page(size=MOST_ACCOUNTS).rows if "account" in takes else (),
        ahead=ahead,
    )


def _filled(
    given: QueryDict, made: Callable[[QueryDict], BarForm], *, is_file: bool
) -> tuple[BarForm, date | None]:
    """The form; of a page that is to be as of a day that has not come the one as of now, and that day."""
    form = made(given)
    form.is_valid()
    if form.ahead is None or is_file or given.get("table"):
        return form, None
    now = given.copy()
    del now["as_of"]
    return made(now), form.ahead


def _offered(request: Request, desk: str, metrics: Iterable[Metric], given: QueryDict) -> set[str]:
    """The filters that any of the metrics takes; the one by person is for leads alone."""
    takes = {name for metric in metrics for name in metric.filters}
    if leads(request, desk):
        return takes
    if given.get(BY_PERSON):
        raise ForLeadsOnly(desk=desk)
    return takes - {BY_PERSON}


def queue_label(metrics: Iterable[Metric]) -> str:
    """What the filter by queue is called: by which queue, where all the metrics mean the same."""
    meant = {metric.queue for metric in metrics if "queue" in metric.filters}
    return _(meant.pop().words) if len(meant) == 1 else ""


def leads(request: Request, desk: str) -> bool:
    """Whether the reader leads the desk: what is by person is for them."""
    return may(request.actor, Act.SET_TARGETS, desk=desk)


def _place(form: BarForm, desk: DeskDefinition, request: Request, path: str) -> Place:
    data = form.cleaned_data
    return Place(
        desk=desk.key,
        zone=desk.zone,
        now=request.now,
        path=path,
        rolling=data["period"],
        month=data["month"],
        first=data["from"],
        last=data["to"],
        as_of_day=data["as_of"],
        filters=form.chosen,
    )


def _quick(place: Place) -> tuple[Choice, ...]:
    """The rolling periods, one click away."""
    return tuple(
        Choice(str(rolling.name), place.rolled(key).address, place.rolling == key)
        for key, rolling in ROLLING.items()
    )
