"""The funnel's filter bar: what its address says, the views kept of it, and what it is not narrowed by."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse, QueryDict
from django.urls import reverse

from opsdesk.accounts import queries as accounts
from opsdesk.accounts.queries import AccountValue
from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.queries import desk as desk_of
from opsdesk.insight.span import first_opened
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.people import queries as people
from opsdesk.people.queries import ViewRow
from opsdesk.web.funnel.address import Choice, Place, default_month, quick_choices
from opsdesk.web.funnel.forms import FunnelForm
from opsdesk.web.http import Request, page
from opsdesk.web.numbers.address import FILTERS, views_of
from opsdesk.web.numbers.choices import NAMES
from opsdesk.web.numbers.forms import one_period
from opsdesk.web.numbers.words import day_text

BAD_REQUEST = 400
MOST_ACCOUNTS = 300
TAKEN = ("account", "type")
PERIODS = ("month", "from", "to", "period")


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """The bar as it is drawn. `place` is None where the address can't be used: the form says why.

    `path` is the page's own address without a query, `page` what its saved views are kept under;
    `reader` the id of who looks.
    """

    desk: DeskDefinition
    form: FunnelForm
    place: Place | None
    path: str
    page: str
    reader: int
    today: date

    @property
    def quick(self) -> list[Choice]:
        """The rolling periods, one click away."""
        return quick_choices(self.place, self.today, self.desk) if self.place else []

    @property
    def views(self) -> list[ViewRow]:
        """The views kept of this desk's funnel that the reader sees."""
        return people.views(self.reader, self.page)

    @property
    def accounts(self) -> tuple[AccountValue, ...]:
        """The accounts that the field offers."""
        return accounts.page(size=MOST_ACCOUNTS).rows

    @property
    def narrowing(self) -> tuple[str, ...]:
        """The names of the filters in the address that the funnel does not take."""
        return tuple(str(NAMES[name]) for name in FILTERS if self._is_left(name))

    @property
    def not_as_of(self) -> str:
        """The past day that the address names, in words: the funnel stands as of now."""
        day = self.form.cleaned_data.get("as_of") if self.place else None
        return day_text(day) if day else ""

    def _is_left(self, name: str) -> bool:
        given = self.form.given
        wanted = [value for value in given.getlist(name) if value]
        if name == "family":
            kind = given.get("type", "")
            wanted = [each for each in wanted if kind != each and not kind.startswith(f"{each}.")]
        return name not in TAKEN and bool(wanted)

    def refused(self, request: Request) -> HttpResponse:
        """The page with nothing but the bar and what is wrong in it."""
        context = {"bar": self, "form": self.form, "desk": self.desk}
        return page(request, "funnel/page.html", context, status=BAD_REQUEST)


def read(request: Request, desk: str) -> FunnelBar:
    """The bar as the address fills it. Refuses who may not read the desk."""
    definition = desk_of(desk)
    check_may(request.actor, Act.READ, desk=desk)
    today = request.now.astimezone(definition.zone).date()
    form = FunnelForm(_given(request, definition), desk=definition, today=today)
    return FunnelBar(
        desk=definition,
        form=form,
        place=form.place if form.is_valid() else None,
        path=reverse("funnel", args=[desk]),
        page=views_of("funnel", desk),
        reader=request.person.id,
        today=today,
    )


def _given(request: Request, desk: DeskDefinition) -> QueryDict:
    """The address with one kind of period; a family alone is what the filter by type calls "all of it"."""
    given = one_period(request.GET, "")
    if not any(given.get(name) for name in PERIODS):
        given["month"] = default_month(request.now, first_opened(desk.key), desk.zone)
    if not given.get("type") and given.get("family"):
        given.setlist("type", given.getlist("family"))
    return given
