"""Follow-ups as they stood at an instant: those of now, but of cases that have changed since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from opsdesk.insight.columns.paths import Codes
from opsdesk.insight.facts.values import Column, Columns, Part
from opsdesk.insight.written_again import changed_since, followed_up


@dataclass(frozen=True, eq=False)
class Again(Mapping[str, Column]):
    """The table `again` of a part as it was, read when it is first asked for: most pages never do.

    `queues`: their book. `moved`: the rows of the cases of which a stay counts no more or ended otherwise.
    """

    part: Part
    queues: tuple[str, ...]
    as_of: datetime
    moved: Codes

    def __getitem__(self, name: str) -> Column:
        return self._then[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.part.again)

    def __len__(self) -> int:
        return len(self.part.again)

    @cached_property
    def _then(self) -> Columns:
        now, ids = self.part.again, self.part.cases["id"]
        others = np.isin(ids, list(changed_since(self.as_of)))
        others[self.moved] = True
        if not others.any():
            return now
        kept = ~others[now["case"]]
        found = list(followed_up(ids[others].tolist(), self.as_of))
        codes = {queue: code for code, queue in enumerate(self.queues)}
        case = np.searchsorted(ids, [id for id, _ in found]).astype(now["case"].dtype)
        queue = np.array([codes.get(queue, 0) for _, queue in found], dtype=np.uint16)
        cases = np.concatenate([now["case"][kept], case])
        # The rows of a case lie together.
        order = np.argsort(cases, kind="stable")
        return {"case": cases[order], "queue": np.concatenate([now["queue"][kept], queue])[order]}
