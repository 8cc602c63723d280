"""What every dashboard of the deals desk asks from: its place, and the limits that hold there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight import catalogue
from opsdesk.insight.bands import Band, Share, State
from opsdesk.insight.registry import Answer, Answers, Key, Mean, Metric, Side, Tally, Unit
from opsdesk.insight.statistics import SMALL
from opsdesk.insight.thresholds import Book, Scope, scope_of
from opsdesk.web.dashboards.asking import Asker
from opsdesk.web.dashboards.pieces import Tile
from opsdesk.web.funnel.words import CHIPS, share_inside, share_parts
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.cells import cell
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell, Column, Table
from opsdesk.web.phrases import joined, opening, phrase

DAY = 86400
# What is measured of something: of nothing there is none.
OF_SOMETHING = frozenset({Unit.SHARE, Unit.SECONDS, Unit.WORKING_SECONDS, Unit.DAYS, Unit.PER_100_ACCOUNTS})


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a dashboard stands. `book`: the limits of the day it is as of; `reads_mail`: whether its reader
    may read a desk that takes mail.
    """

    place: Place
    desk: DeskDefinition
    book: Book
    asker: Asker
    reads_mail: bool

    def ask(self, key: str, *by: str) -> Answers:
        """A metric's answers, with those filters of the page that it takes."""
        return self.asker.ask(key, *by)

    def count(self, key: str) -> int:
        """A tally of all that the filters leave."""
        return counted(self.ask(key)[()])

    def href(self, key: str, by: tuple[str, ...] = (), of: Key = (), side: Side = Side.COUNTED) -> str:
        return self.place.members(key, by=by, key=of, side=side)

    def opening(
        self, n: int, key: str, by: tuple[str, ...] = (), of: Key = (), side: Side = Side.COUNTED
    ) -> SafeString:
        """A number in a sentence as a link to what it counts; a 0 opens nothing."""
        return opening(n, self.href(key, by, of, side) if n else "")

    def cell(
        self, key: str, answers: Answers, by: tuple[str, ...] = (), of: Key = (), side: Side = Side.COUNTED
    ) -> Cell:
        """The answer for `of` as a cell that opens its list, with its state where it has limits."""
        metric = catalogue.metric(key)
        answer = answers.get(of, Tally(0) if side is Side.COUNTED and is_tally(metric, answers) else None)
        if answer is None:
            return cell(metric, {}, self.place)
        limited = self.limited(answer, metric, self.scope_of(by, of))
        made = cell(metric, {of: limited}, self.place, by=by, key=of, side=side)
        if isinstance(limited, Share) and limited.of and side is Side.COUNTED:
            return self._with_parts(made, limited, key, by, of)
        return self._with_state(made, limited, metric, self.scope_of(by, of))

    def limited(self, answer: Answer, metric: Metric, scope: Scope) -> Answer:
        """A share with the limits that its metric is held against."""
        if isinstance(answer, Share) and metric.band:
            return replace(answer, band=Band(metric.band, self.book.limits(metric.band, scope)))
        return answer

    def _with_parts(self, made: Cell, share: Share, key: str, by: tuple[str, ...], of: Key) -> Cell:
        """A share beside links to what it is of, and to what of it is open: each in its place."""
        whole = self.opening(share.of, key, by, of, Side.WHOLE)
        still = self.href(key, by, of, Side.OPEN)
        hits = self.opening(share.low, key, by, of)
        beside = [
            phrase(_("all %(n)d"), {"n": whole})
            if share.is_small
            else phrase(_("%(hits)s of %(of)s"), {"hits": hits, "of": whole})
        ]
        if share.state is State.NOT_YET_KNOWN:
            # A chip holds its parts apart: the words are one.
            made = replace(made, state=opening(made.state, still))
        elif share.open:
            beside.append(phrase(_("%(n)d open"), {"n": opening(share.open, still)}))
        return replace(made, note=joined([*beside, made.note] if made.note else beside))

    def _with_state(self, made: Cell, answer: Answer, metric: Metric, scope: Scope) -> Cell:
        if not isinstance(answer, Mean) or not metric.band:
            return made
        state = mean_state(answer, self.book, metric.band, scope)
        return replace(made, chip=CHIPS.get(state, ""), state=state_words(state))

    def scope_of(self, by: tuple[str, ...] = (), of: Key = ()) -> Scope:
        """The narrowest scope that an answer is of: limits may be set for it."""
        return scope_of(self.place.filters, by, of)

    def tile(self, key: str, meaning: str = "") -> Tile:
        """A number of all that the filters leave."""
        return Tile(_(catalogue.metric(key).name), self.cell(key, self.ask(key)), meaning)

    def limits_text(self, key: str) -> str:
        """The limits of a number in words: healthy above 90 %, red below 50 %."""
        limits = self.book.limits(key, self.scope_of())
        unit = _("days") if key == "time_to_settle" else "%"
        words = {"healthy": number(limits.healthy), "red": number(limits.red), "unit": unit}
        if limits.direction.is_up:
            return _("healthy above %(healthy)s %(unit)s, red below %(red)s %(unit)s") % words
        return _("healthy below %(healthy)s %(unit)s, red above %(red)s %(unit)s") % words

    def name(self, dimension: str, value: str) -> str:
        return value_name(dimension, value, self.desk)

    def table(
        self,
        key: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[tuple[Cell, ...]],
        note: str = "",
        empty: str = "",
    ) -> Table:
        """A table with the addresses of its files."""
        files = (self.place.download(key, "csv"), self.place.download(key, "xlsx"))
        return Table(key, title, tuple(columns), tuple(rows), note, empty, *files)


def number(thousandths: int) -> str:
    """A limit as it was typed: 7.5, 90."""
    return f"{thousandths / 1000:g}"


def counted(answer: Answer | None) -> int:
    return answer.n if isinstance(answer, Tally) else 0


def brackets(share: Share) -> str:
    """A share for inside of brackets, beside its own two numbers: its range where it is small."""
    return share_parts(share)[1] if share.is_small and not share.open else share_inside(share)


def is_tally(metric: Metric, answers: Answers) -> bool:
    """Whether what is not among the answers is a 0: of a count, but of no share, mean or median."""
    return metric.unit not in OF_SOMETHING and all(isinstance(each, Tally) for each in answers.values())


def mean_state(mean: Mean, book: Book, key: str, scope: Scope) -> State:
    """The state of a mean in days: of its exact total, never of the mean as it is written."""
    if not mean.n:
        return State.NOTHING
    if mean.n < SMALL:
        return State.TOO_FEW
    return book.limits(key, scope).judge(round(mean.total * DAY), mean.n * DAY)


def state_words(state: State) -> str:
    words = {
        State.HEALTHY: _("healthy"),
        State.WATCH: _("watch"),
        State.RED: _("red"),
        State.TOO_FEW: _("too little data"),
    }
    return words.get(state, "")
