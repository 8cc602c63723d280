"""Percentiles of groups of seconds at once say what a list of each group says."""

import random

import numpy as np
import pytest

from opsdesk.insight.columns.deals_spreads import spreads_by
from opsdesk.insight.statistics import SMALL, spread

# How large a value may be: 68 years, a month, what has many alike; and what began after it ended.
REACHES = ((0, 2**31 - 1), (0, 30 * 86400), (0, 7), (-50, 50))


@pytest.mark.parametrize("per", [1, 86400])
@pytest.mark.parametrize(("low", "high"), REACHES)
def test_each_group_has_the_spread_of_its_own_list(low: int, high: int, per: int) -> None:
    dice = random.Random(high + per)
    sizes = (0, 1, 5, SMALL - 1, SMALL, SMALL + 1, 41, 500)
    pairs = [(group, dice.randint(low, high)) for group, n in enumerate(sizes) for _ in range(n)]
    dice.shuffle(pairs)
    groups = np.array([group for group, _ in pairs], dtype=np.uint16)
    seconds = np.array([value for _, value in pairs], dtype=np.int32)
    found = dict(spreads_by(groups, seconds, len(sizes), per=per))
    assert set(found) == {group for group, n in enumerate(sizes) if n}
    for group, answer in found.items():
        assert answer == spread([value / per for of, value in pairs if of == group])


def test_of_nothing_there_is_no_spread() -> None:
    none = np.zeros(0, dtype=np.int32)
    assert list(spreads_by(none.astype(np.uint16), none, 1, per=1)) == []
