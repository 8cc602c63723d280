"""What to fetch next, and how to come past a mail that the server cannot give."""

from collections import Counter
from collections.abc import Sequence

from opsdesk.mailboxes import rules
from opsdesk.mailboxes.connection import Letter, Line, NotGiven
from opsdesk.mailboxes.missing import Ungiven
from opsdesk.mailboxes.places import Box, Place, is_history
from opsdesk.mailboxes.progress import Read
from opsdesk.mailboxes.rules import Described
from opsdesk.mailboxes.trouble import Trouble

# So often may the line break on one mail before the next ones are read.
STRIKES = 2
NOT_IN_ANSWER = "the server's answer left it out"
TOO_BIG = "too big"
BREAKS_THE_LINE = "the connection breaks on it"


class Fetcher:
    """Fetches a batch at a time and remembers on which mails the line broke."""

    def __init__(self, box: Box, name: str) -> None:
        self.box, self.name = box, name
        self.careful: set[int] = set()
        self.strikes: Counter[int] = Counter()
        self.known: dict[int, Described] = {}

    def next(self, line: Line, place: Place, listed: list[int], *, behind: int) -> Read:
        """Fetch the first of the numbers, as many as go together; `behind` more wait. Raises `Trouble`."""
        described = self._described(line, listed)
        wanted = [each for each in described if self._is_wanted(place, each)]
        batch = wanted[: rules.together(wanted, careful=self.careful)] if wanted else []
        if len(batch) < len(wanted):
            behind += len(listed)
            listed = [uid for uid in listed if uid < wanted[len(batch)].uid]
            behind -= len(listed)
        letters, ungiven = self._fetched(line, batch)
        upto = listed[-1]
        there = {each.uid for each in described if each.uid <= upto}
        for uid in listed:
            self.known.pop(uid, None)
            self.careful.discard(uid)
            self.strikes.pop(uid, None)
        return Read(upto, sorted(there), letters, ungiven, behind)

    def _described(self, line: Line, uids: Sequence[int]) -> list[Described]:
        """Of those that are still there: a mail may have gone since it was listed."""
        unknown = [uid for uid in uids if uid not in self.known]
        self.known |= {each.uid: each for each in line.describe(unknown)}
        return [self.known[uid] for uid in uids if uid in self.known]

    def _is_wanted(self, place: Place, each: Described) -> bool:
        return place.history or not is_history(self.box, each.internal_at)

    def _fetched(self, line: Line, batch: Sequence[Described]) -> tuple[dict[int, Letter], list[Ungiven]]:
        if not batch:
            return {}, []
        try:
            if len(batch) > 1:
                return self._several(line, batch)
            letters, why = self._single(line, batch[0])
        except Trouble:
            self.careful |= {each.uid for each in batch}
            raise
        return letters, [] if letters else [Ungiven(batch[0].uid, batch[0].internal_at, why)]

    def _several(self, line: Line, batch: Sequence[Described]) -> tuple[dict[int, Letter], list[Ungiven]]:
        """Together; what does not come so is asked for one by one."""
        try:
            letters = line.fetch([each.uid for each in batch])
        except NotGiven:
            letters = {}
        ungiven = []
        for each in batch:
            if each.uid not in letters:
                found, why = self.one(line, each.uid)
                letters |= found
                ungiven += [] if found else [Ungiven(each.uid, each.internal_at, why)]
        return letters, ungiven

    def _single(self, line: Line, each: Described) -> tuple[dict[int, Letter], str]:
        if self.strikes[each.uid] >= STRIKES:
            return {}, BREAKS_THE_LINE
        self.strikes[each.uid] += 1
        return self.again(line, each)

    def again(self, line: Line, each: Described) -> tuple[dict[int, Letter], str]:
        """As `one`, unless it is too big to be held in memory."""
        return ({}, TOO_BIG) if each.size > rules.LARGEST_BYTES else self.one(line, each.uid)

    def one(self, line: Line, uid: int) -> tuple[dict[int, Letter], str]:
        """One mail by itself, or why it was not given. Raises `Trouble` if the line breaks on it."""
        try:
            letters = line.fetch([uid])
        except NotGiven as no:
            return {}, str(no)
        return letters, "" if letters else NOT_IN_ANSWER
