"""Building facts in tests."""

from pathlib import Path

from opsdesk.insight.facts.keeping import Keeper


def build(home: Path, *, compact_after: int = 1) -> None:
    """All that a worker would do about the facts."""
    keeper = Keeper(home, compact_after=compact_after)
    while keeper.step():
        pass
