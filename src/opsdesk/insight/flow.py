"""Counting how requests went through the tiers, for any question: in plain SQL.

A number is made of parts. Each part is said as picks (`insight.picks`); a request that meets any is in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opsdesk.insight.asking import Grouping, cohort, grouping, narrowed, tiers
from opsdesk.insight.bands import NO_BAND, Band, Share
from opsdesk.insight.cohort import Cohort, path, with_cohort
from opsdesk.insight.picks import Pick, condition
from opsdesk.insight.registry import Answer, Answers, Key, Question, Side, Tally
from opsdesk.insight.sql import Row, rows

# The picks of a part, of the tiers asked for, out of the desk's.
Part = Callable[[Sequence[int], int], tuple[Pick, ...]]


def whole(measure: str) -> Part:
    """One pick of the whole cohort."""
    return lambda chosen, top: (Pick(measure),)


def each(measure: str) -> Part:
    """The measure at any of the tiers asked for."""
    return lambda chosen, top: tuple(Pick(measure, (tier,)) for tier in chosen)


def at(measure: str, *fixed: int) -> Part:
    """The measure at any of certain tiers, whatever was asked for; those the desk lacks have nothing."""
    return lambda chosen, top: tuple(Pick(measure, (tier,)) for tier in fixed if tier <= top)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a number counts, of which whole (a share), and what of it is still open."""

    counted: Part
    whole: Part | None = None
    open: Part | None = None
    band: Band = NO_BAND

    @property
    def sides(self) -> dict[Side, Part]:
        named = {Side.COUNTED: self.counted, Side.WHOLE: self.whole, Side.OPEN: self.open}
        return {side: part for side, part in named.items() if part is not None}

    def answer(self, found: Sequence[int]) -> Answer:
        """The answer from one count for each side, in the order of `sides`."""
        n = dict(zip(self.sides, found, strict=True))
        if self.whole is None:
            return Tally(n[Side.COUNTED])
        low = n[Side.COUNTED]
        return Share(low, low + n.get(Side.OPEN, 0), n[Side.WHOLE], self.band)


@dataclass(frozen=True, slots=True)
class Cell:
    """The tiers that one answer is over, and the name of the tier where the answers are by tier."""

    tiers: tuple[int, ...]
    name: str = ""


def cells(question: Question, top: int) -> list[Cell]:
    """One for each tier where tiers are asked for apart, else one over all of them."""
    chosen = tiers(question, top)
    return [Cell((tier,), str(tier)) for tier in chosen] if "tier" in question.by else [Cell(chosen)]


def keyed(question: Question, rest: Key, cell: Cell) -> Key:
    """The key in the question's order, from the values of its dimensions but the tier's."""
    others = iter(rest)
    return tuple(cell.name if name == "tier" else next(others) for name in question.by)


def answers(question: Question, parts: Parts) -> Answers:
    """The number by the question's dimensions. Refuses `NoSuchDesk`."""
    asked = cohort(question)
    of = grouping(question, [name for name in question.by if name != "tier"], of="p", dated="p.opened_at")
    sides, over = parts.sides, cells(question, asked.tiers)
    texts = [met(part(cell.tiers, asked.tiers), asked.tiers) for cell in over for part in sides.values()]
    found: dict[Key, Answer] = {}
    for row in counted(asked, of, texts):
        rest, numbers = of.key(row), [int(n or 0) for n in row[len(of.names) :]]
        for n, cell in enumerate(over):
            of_cell = numbers[n * len(sides) : (n + 1) * len(sides)]
            if any(of_cell) or not question.by:
                found[keyed(question, rest, cell)] = parts.answer(of_cell)
    return found


def met(picks: Sequence[Pick], top: int) -> str:
    """The SQL of a request that meets any of the picks."""
    return " OR ".join(f"({condition(pick, top)})" for pick in picks) or "1 = 0"


def counted(asked: Cohort, of: Grouping, texts: Sequence[str]) -> list[Row]:
    """How many requests of the cohort meet each of the conditions, by the dimensions."""
    sums = [f"SUM(CASE WHEN {text} THEN 1 ELSE 0 END)" for text in texts]
    groups = ", ".join(str(n + 1) for n in range(len(of.columns)))
    query = f"{with_cohort(asked, path(asked.tiers))} SELECT {', '.join([*of.columns, *sums])} FROM path p"
    return rows(query + (f" GROUP BY {groups}" if groups else ""), {**asked.values, **of.values})


def members(question: Question, key: Key, side: Side, parts: Parts) -> tuple[int, ...]:
    """The requests behind one answer, those opened last first."""
    one = narrowed(question, key)
    asked = cohort(one)
    part = parts.sides.get(side)
    if part is None:
        return ()
    where = met(part(tiers(one, asked.tiers), asked.tiers), asked.tiers)
    query = f"{with_cohort(asked, path(asked.tiers))} SELECT p.id FROM path p WHERE {where}"
    return tuple(id for (id,) in rows(f"{query} ORDER BY p.opened_at DESC, p.id DESC", asked.values))
