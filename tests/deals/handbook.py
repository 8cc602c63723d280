"""Writes docs/handbook/deal-moves.md from the core of the deal: python -m tests.deals.handbook"""

from collections.abc import Iterator
from decimal import Decimal

from opsdesk.deals.lifecycle import LEGS, TABLE, WAITS_FOR, MoneyAction, Outcome, Reason, Row, State, Timer
from opsdesk.deals.terms import CAPPED
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "handbook" / "deal-moves.md"
CAP = Decimal("0.1")
HEAD = """\
# The moves of a deal

Made from `deals/lifecycle.py`; `python -m tests.deals.handbook` writes it again, and a test holds it.
What the words mean: [deals](deals.md).

These are all the states, moves, money actions, timers and reasons there are, and there will be no others
for a new category or country: a digest of them stands in a test. H is the deal's holdback.
"""
TRANSFERS = {
    Outcome.REJECT: "RELEASE H",
    Outcome.OFFSET: "OFFSET a to the buyer, RELEASE H - a",
    Outcome.PARTIAL_REFUND: "REFUND a to the buyer, RELEASE H - a",
    Outcome.FULL_REFUND: "REFUND H",
    Outcome.REPLACEMENT: "RELEASE H; a text says what is to come and by when",
}


def page() -> str:
    parts = [diagram(), table(), waits(), money(), outcomes(), lists()]
    return "\n".join([HEAD, *(line for part in parts for line in (*part, ""))])


def diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for row in TABLE:
        first, *rest = row.path
        yield f"    {row.start or '[*]'} --> {first}: {row.move.lower().replace('_', ' ')}"
        for one, other in zip(row.path, rest, strict=False):
            yield f"    {one} --> {other}: at once"
    yield f"    {State.SETTLED} --> [*]"
    yield "```"


def table() -> Iterator[str]:
    yield "## The table"
    yield ""
    heads = ["move", "from", "to", "who", "in every other state", "arms", "calls off", "money", "entries"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in TABLE:
        yield f"| {' | '.join(cells(row))} |"


def cells(row: Row) -> list[str]:
    refusal = f"`{row.otherwise.__name__}`" if row.otherwise else ""
    return [
        row.move,
        row.start or "",
        " -> ".join(row.path),
        ", ".join(row.who),
        refusal,
        row.arms or "",
        row.disarms or "",
        row.flow if row.flow != "nothing" else "",
        ", ".join(f"`{event}`" for event in row.events),
    ]


def waits() -> Iterator[str]:
    yield "## Whose move it is"
    yield ""
    yield "| state | waits for |"
    yield "|---|---|"
    for state in State:
        never = "is never at rest"
        yield f"| {state} | {(WAITS_FOR[state] or 'nobody: it is over') if state in WAITS_FOR else never} |"


def money() -> Iterator[str]:
    yield "## Where money goes"
    yield ""
    yield "| action | from | to |"
    yield "|---|---|---|"
    for action in MoneyAction:
        yield f"| {action} | {LEGS[action][0]} | {LEGS[action][1]} |"


def outcomes() -> Iterator[str]:
    yield "## How a dispute may be ruled"
    yield ""
    yield "0 < a <= floor(H x the cap that the template gives this outcome for this reason), in minor units."
    yield ""
    yield "| outcome | needs a cap | transfers |"
    yield "|---|---|---|"
    for outcome in Outcome:
        yield f"| {outcome} | {'yes' if outcome in CAPPED else ''} | {TRANSFERS[outcome]} |"


def lists() -> Iterator[str]:
    yield "## Timers and reasons"
    yield ""
    yield f"Timers: {', '.join(Timer)}."
    yield ""
    yield f"Reasons: {', '.join(Reason)}. OTHER needs a text."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
