"""What a page of the desk's numbers says: in words, in pictures, in tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.bands import Share
from opsdesk.web.charts import bar, line
from opsdesk.web.charts.bar import BarChart
from opsdesk.web.dates import dated
from opsdesk.web.escaping import html_of
from opsdesk.web.funnel.words import CHIPS, share_parts, state_text
from opsdesk.web.numbers.address import Place
from opsdesk.web.numbers.tables import Cell, Column, Table
from opsdesk.web.numbers.words import standing_text
from opsdesk.web.phrases import joined, opening, phrase

WIDE, BESIDE = line.Frame(width=960, height=220), line.Frame(width=560, height=200)
NARROW = line.Frame(width=360, height=220, left=40, right=6)
# How wide a letter of an axis is; and tables whose order is their meaning.
LETTER, AS_IT_IS = 6.2, {"heat", "age"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the answer, what it is of, and what it means."""

    name: str
    value: str
    range: str = ""
    href: str = ""
    chip: str = ""
    state: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """What a colour of a picture stands for."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A bar chart in both sizes, with its title and legend."""

    title: str
    wide: BarChart
    narrow: BarChart
    legend: tuple[Legend, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The first of the sentences is the answer; its numbers are links. `empty` says what to do where there is
    nothing to tell."""

    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    empty: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its question, the metrics it is made of, the sentence that answers it, and all it tells.

    `for_leads`: what is by person. `title` is short, for lists of pages. `without`: filters that would narrow
    only some of the numbers it sets side by side.
    """

    key: str
    title: str | Promise
    question: str | Promise
    metrics: tuple[str, ...]
    answer: Callable[[Place, DeskDefinition], str]
    tell: Callable[[Place, DeskDefinition], Told]
    for_leads: bool = False
    without: tuple[str, ...] = ()


def share_tile(name: str, share: Share, href: str, meaning: str, still: str) -> Tile:
    """A share as a tile, with its verdict if it is held against a threshold, and how many keep it a range;
    `still` lists these."""
    value, range_ = share_parts(share)
    chip = CHIPS.get(share.state, "") if state_text(share) else ""
    if share.open:
        words = {"meaning": meaning, "n": opening(share.open, still)}
        meaning = phrase(_("%(meaning)s Still open: %(n)d."), words)
    return Tile(name, value, range_, href if share.low else "", chip, state_text(share), meaning)


def part(n: int, of: int, href: str, what: str = "") -> SafeString:
    """A part of a whole in a sentence, opening what it counts: `20 (40 %)`, `3 of 12 (9-53 %)`.

    With `what` the whole is, in words: `20 of 50 requests (40 %)`.
    """
    value, range_ = share_parts(Share(n, n, of))
    some = opening(n, href if n else "")
    if what:
        words = {"n": some, "what": what, "share": range_ or value}
        return phrase(_("%(n)d of %(what)s (%(share)s)"), words)
    if range_:
        return html_of("{} ({})", opening(value, href if n else ""), range_)
    return html_of("{} ({})", some, value)


def with_day(place: Place, sentence: str) -> SafeString:
    """A sentence about what stands at an instant, with the day at whose end that was."""
    text = standing_text(place)
    return html_of("{}: {}", text, sentence) if text else html_of("{}", sentence)


def listed(texts: Sequence[str]) -> SafeString:
    """Texts as a list in a sentence."""
    if len(texts) < 2:
        return joined(texts)
    return phrase(_("%(first)s and %(last)s"), {"first": joined(texts[:-1]), "last": texts[-1]})


def columns(*titles: str, words: int = 1) -> tuple[Column, ...]:
    """Headings, of which the first few stand over words."""
    return tuple(Column(title, is_number=n >= words) for n, title in enumerate(titles))


def picture(
    title: str,
    places: Sequence[str],
    bars: Sequence[bar.Column],
    legend: Sequence[tuple[str, str]],
    wide: line.Frame = WIDE,
) -> Picture:
    return Picture(
        title=title,
        wide=bar.bar_chart(_fitting(places, wide), bars, wide),
        narrow=bar.bar_chart(_fitting(places, NARROW), bars, NARROW),
        legend=tuple(Legend(*each) for each in legend),
    )


def _fitting(places: Sequence[str], frame: line.Frame) -> list[str]:
    """The words of an axis, cut where they would run into one another; the marks and the table have all."""
    room = max(int(max(frame.plot_width / max(len(places), 1), line.WIDEST_LABEL) / LETTER), 2)
    return [text if len(text) <= room else f"{text[: room - 1]}…" for text in places]


def with_files(told: Told, place: Place) -> Told:
    """The same, each table with the addresses of its files."""
    tables = tuple(
        replace(each, csv=place.download(each.key, "csv"), xlsx=place.download(each.key, "xlsx"))
        for each in told.tables
    )
    return replace(told, tables=tables)


def sorted_by(told: Told, place: Place, wanted: str) -> Told:
    """Each table in the order that `wanted` names: `table.column`, with a `-` before it downwards.

    Headings lead to the same table sorted by them. What is no column of a table changes nothing.
    """
    tables = (each if each.key in AS_IT_IS else _sorted(each, place, wanted) for each in told.tables)
    return replace(told, tables=tuple(tables))


def _sorted(table: Table, place: Place, wanted: str) -> Table:
    down, name = wanted.startswith("-"), wanted.lstrip("-")
    names = [f"{table.key}.{n}" for n in range(len(table.columns))]
    heads = tuple(
        replace(
            column,
            href=_address(place, each if column_down else f"-{each}"),
            order=("descending" if down else "ascending") if each == name else "",
        )
        for column, each in zip(table.columns, names, strict=True)
        for column_down in [(each == name and down) or (each != name and not column.is_number)]
    )
    if name not in names:
        return replace(table, columns=heads)
    at = names.index(name)
    rows = sorted(table.rows, key=lambda row: _rank(row[at]), reverse=down)
    # What has no value comes last, whichever way it goes.
    return replace(table, columns=heads, rows=sorted(rows, key=lambda row: row[at].value in (None, "")))


def _address(place: Place, sort: str) -> str:
    glue = "&" if place.query else "?"
    return f"{place.address}{glue}sort={sort}"


def _rank(cell: Cell) -> tuple[int, float, str]:
    """Numbers before words, words without regard to capitals."""
    value = cell.value
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(cell.text if value is None else value).casefold()


def day_in_words(day: str, form: str) -> str:
    """A day `2026-10-01` in one of Django's date formats."""
    return _day_in_words(day, form, get_language())


@lru_cache(maxsize=4096)
def _day_in_words(day: str, form: str, language: str | None) -> str:
    """Kept by the language in use: tables of days have hundreds of them, and the same ones again."""
    return dated(date.fromisoformat(day), form)


def short_day(day: date) -> str:
    """A day on an axis."""
    return f"{day.day}.{day.month}."
