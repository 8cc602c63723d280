"""Writes docs/handbook/moves.md from the table of moves: python -m tests.architecture.handbook"""

from collections.abc import Iterator

from opsdesk.cases.lifecycle import EXCEPTIONS, TABLE, Before, Cell, Kind, Phase, Row, Same
from opsdesk.kernel.permissions import MAY, TIERS, Act
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "handbook" / "moves.md"
HEAD = """\
# The table of moves

Made from `cases/lifecycle.py`; `python -m tests.architecture.handbook` writes it again, and a test holds it.

A cell says what state the case is in afterwards, `same` where it stays as it is, or the refusal in `code`.
*Closed* is a resolved case whose time of grace is over. *Stay* says what becomes of the stay: *hands on*
closes it and opens the next one. *Touch* marks an act of ours: it can be the first touch of a stay.

This is the life of a request. Disputes and incidents live by the same table but for the cells further down:
a dispute is decided by a ruling or by its deadline alone, without a time of grace, and an incident stays with
whoever is on call, whose acknowledgement is its first touch.
"""


def page() -> str:
    return "\n".join([HEAD, *table(), "", *diagram(), "", *exceptions(), "## Who may", "", *rights(), ""])


def words(name: str) -> str:
    return name.replace("_", " ")


def table() -> Iterator[str]:
    heads = ["move", *[phase.value for phase in Phase], "stay", "touch", "entry"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in TABLE:
        cells = [cell(row.cells[phase]) for phase in Phase]
        touch = "yes" if row.touches else ""
        yield f"| {' | '.join([words(row.move), *cells, row.stay.value, touch, f'`{row.event}`'])} |"


def exceptions() -> Iterator[str]:
    """Where another kind of case has cells of its own."""
    for kind in (Kind.DISPUTE, Kind.INCIDENT):
        yield f"## Where {'an' if kind is Kind.INCIDENT else 'a'} {kind.value} differs"
        yield ""
        yield f"| move | {' | '.join(phase.value for phase in Phase)} |"
        yield "|" + "---|" * (len(Phase) + 1)
        for move, cells in EXCEPTIONS[kind].items():
            yield f"| {words(move)} | {' | '.join(cell(cells[phase]) for phase in Phase)} |"
        yield ""


def cell(content: Cell) -> str:
    if isinstance(content, type):
        return f"`{content.__name__}`"
    if isinstance(content, Before):
        return "as before"
    return "same" if isinstance(content, Same) else content.value


def diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> open"
    for (start, end), moves in ways().items():
        yield f"    {start} --> {end}: {', '.join(moves)}"
    yield "```"


def ways() -> dict[tuple[Phase, Phase], list[str]]:
    """The moves that change the state, by where they lead from and to."""
    found: dict[tuple[Phase, Phase], list[str]] = {}
    for row in TABLE:
        for start, content in row.cells.items():
            for end in (Phase.OPEN, Phase.WAITING) if isinstance(content, Before) else (content,):
                if isinstance(end, Phase) and end is not start:
                    found.setdefault((start, end), []).append(words(row.move))
    return found


def rights() -> Iterator[str]:
    at = {role: " and ".join(map(str, sorted(TIERS[role]))) for role in TIERS}
    held = "; ".join(f"{role.value}: Tier {tiers}, in queues one sits in" for role, tiers in at.items())
    yield f"Who may. {held.capitalize()}. A lead: in any queue of the desk. An admin: everywhere."
    yield ""
    yield f"| move | {' | '.join(role.value for role in MAY)} |"
    yield "|" + "---|" * (len(MAY) + 1)
    for row in TABLE:
        if row.act is not None:
            yield f"| {words(row.move)} | {' | '.join(may(row, acts) for acts in MAY.values())} |"


def may(row: Row, acts: frozenset[Act]) -> str:
    return "yes" if row.act in acts else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
