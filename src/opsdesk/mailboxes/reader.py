"""The reader of one mailbox: a step at a time, it looks, fetches, stores, listens and reconciles.

Whatever stops it between two steps, nothing is lost: the cursor moves in the transaction that stores.
"""

import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from secrets import SystemRandom
from time import monotonic

from opsdesk.mailboxes import leases, missing, progress, reconciling, rules
from opsdesk.mailboxes.connection import ANSWER_WITHIN_S, CONNECT_WITHIN_S, Folder, Line
from opsdesk.mailboxes.fetching import Fetcher
from opsdesk.mailboxes.places import Box, Place
from opsdesk.mailboxes.progress import Read
from opsdesk.mailboxes.signin import SignIn
from opsdesk.mailboxes.trouble import Trouble

logger = logging.getLogger("opsdesk.mailboxes")

RETRIED_AT_ONCE = 20
RECHECKED_AT_ONCE = 500
RECONCILE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often what is done and how long is waited, in seconds.

    `look_s`: between looks while listening; `poll_s`: where the server has no IDLE.
    """

    listen_s: float = 1.0
    look_s: float = 60.0
    poll_s: float = 20.0
    idle_again_s: float = 540.0
    renew_s: float = 15.0
    connect_within_s: float = CONNECT_WITHIN_S
    answer_within_s: float = ANSWER_WITHIN_S


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: how many mails it stored, and whether there is more to do at once."""

    stored: int = 0
    more: bool = False


class Reader:
    """Reads one mailbox as long as it holds the lease under `name`."""

    def __init__(self, box: Box, place: Place, *, name: str, sign_in: SignIn, pace: Pace) -> None:
        self.box, self.place, self.name = box, place, name
        self.sign_in, self.pace = sign_in, pace
        self.line: Line | None = None
        self.fetcher = Fetcher(box, name)
        self.waiting: deque[int] = deque()
        self.woken, self.retrying, self.comparing = True, False, False
        self.looked_s = self.renewed_s = self.idle_since_s = -1e9
        self.wait_until_s, self.troubles = 0.0, 0
        self.reconciled_at: datetime | None = None
        self.asked_at: datetime | None = None

    def step(self, now: datetime) -> Step:
        """Do the next thing. Raises `ReadByAnother` when the lease is lost."""
        self._renew(now)
        if monotonic() < self.wait_until_s:
            return Step()
        try:
            return self._advance(now)
        except Trouble as problem:
            self.cut()
            self._in_trouble(problem, now)
            return Step()

    def _in_trouble(self, problem: Trouble, now: datetime) -> None:
        """Write it down and wait: longer each time until something is read, or nothing is left to read."""
        self.troubles += 1
        luck = SystemRandom().random()
        pause = rules.pause_after(self.troubles, refused=problem.needs_a_person, luck=luck)
        progress.troubled(self.box, problem, self.troubles, pause, reader=self.name, now=now)
        logger.warning("mailbox %s: %s %s", self.box.key, problem.code, problem.detail)
        self.wait_until_s = monotonic() + pause

    def _renew(self, now: datetime) -> None:
        if monotonic() - self.renewed_s >= self.pace.renew_s:
            leases.renew(self.box.id, reader=self.name, now=now)
            self.renewed_s = monotonic()

    def _advance(self, now: datetime) -> Step:
        if self.line is None:
            self.line = self.sign_in.open()
            self.waiting.clear()
            self.woken, self.retrying, self.comparing = True, False, False
        if self.waiting:
            return self._fetch(self.line, now)
        if self.retrying:
            return self._retry(self.line, now)
        if self._is_time_to_look(self.line):
            return self._look(self.line, now)
        if self._is_time_to_reconcile(now):
            return self._reconcile(self.line, now)
        return self._listen(self.line)

    def _is_time_to_look(self, line: Line) -> bool:
        every = self.pace.look_s if line.can_idle else self.pace.poll_s
        return self.woken or monotonic() - self.looked_s >= every

    def _look(self, line: Line, now: datetime) -> Step:
        """Open the folder anew and list what is new; if nothing is, the cursor follows the server's count."""
        line.end_idling()
        folder = line.examine(self.box.folder)
        uids = self._new_uids(line, folder, now)
        self.waiting.extend(uids)
        progress.looked(self.box, behind=len(self.waiting), reader=self.name, now=now)
        if not uids:
            self._catch_up(max(folder.uidnext - 1, self.place.last_uid), now)
            self._recheck(line, now)
            missing.grow_old(self.box, self.place, now=now)
            self.retrying = True
        # Whatever came in meanwhile is listed by one more look, before listening.
        self.woken = bool(uids)
        self.looked_s = monotonic()
        return Step(more=True)

    def _new_uids(self, line: Line, folder: Folder, now: datetime) -> list[int]:
        """What comes after the cursor. Another numbering, or one that went back, is read from the start."""
        if folder.uidvalidity != self.place.uidvalidity:
            self.place = progress.begin(self.box, folder, reader=self.name, now=now)
        uids = line.uids_from(self.place.last_uid + 1, folder)
        if not uids and folder.uidnext and folder.uidnext <= self.place.last_uid:
            logger.warning("mailbox %s: its numbers went back; it is read anew", self.box.key)
            self.place = progress.begin(self.box, folder, reader=self.name, now=now)
            uids = line.uids_from(1, folder)
        return uids

    def _catch_up(self, upto: int, now: datetime) -> None:
        if upto > self.place.last_uid:
            self.place, _ = progress.read_on(self.box, self.place, Read(upto), reader=self.name, now=now)

    def _fetch(self, line: Line, now: datetime) -> Step:
        line.end_idling()
        first = list(islice(self.waiting, rules.TOGETHER))
        read = self.fetcher.next(line, self.place, first, behind=len(self.waiting) - len(first))
        self.place, stored = progress.read_on(self.box, self.place, read, reader=self.name, now=now)
        while self.waiting and self.waiting[0] <= read.upto:
            self.waiting.popleft()
        self.troubles = 0
        return Step(stored, more=True)

    def _recheck(self, line: Line, now: datetime) -> None:
        """Ask again for numbers that were given and had no mail yet."""
        recent = missing.recently_vanished(self.box, self.place, now=now, limit=RECHECKED_AT_ONCE)
        described = line.describe(line.there(recent)) if recent else []
        mails = [missing.Ungiven(each.uid, each.internal_at, "") for each in described]
        missing.reappeared(self.box, self.place, mails, now=now)

    def _retry(self, line: Line, now: datetime) -> Step:
        """Ask again for what the server could not give, one by one; each try is counted before it is made."""
        rows = missing.due(self.box, self.place, now=now, limit=RETRIED_AT_ONCE)
        described = {each.uid: each for each in line.describe([row.uid for row in rows])}
        missing.gone(self.box, self.place, {row.uid for row in rows} - described.keys())
        stored = 0
        for row in rows:
            if row.uid in described:
                missing.tried(row, now=now)
                letters, why = self.fetcher.again(line, described[row.uid])
                stored += progress.fetched_late(self.box, self.place, letters, reader=self.name, now=now)
                if why:
                    missing.tried(row, detail=why, now=now)
        if not rows:
            self._retried(now)
        return Step(stored, more=True)

    def _retried(self, now: datetime) -> None:
        self.retrying = False
        if self.comparing:
            reconciling.conclude(self.box, self.place, reader=self.name, now=now)
            self.comparing, self.reconciled_at = False, now

    def _is_time_to_reconcile(self, now: datetime) -> bool:
        """After each start, then every hour, or when somebody asks."""
        last = self.reconciled_at
        asked = self.asked_at is not None and (last is None or self.asked_at > last)
        return asked or last is None or now - last >= RECONCILE_EVERY or last > now + RECONCILE_EVERY

    def _reconcile(self, line: Line, now: datetime) -> Step:
        """Compare, then fetch what leaked at once; the result is written down after that."""
        line.end_idling()
        folder = line.examine(self.box.folder)
        if folder.uidvalidity != self.place.uidvalidity:
            self.woken = True
            return Step(more=True)
        reconciling.compare(self.box, self.place, line, folder, now=now)
        self.retrying = self.comparing = True
        return Step(more=True)

    def _listen(self, line: Line) -> Step:
        self.troubles = 0
        if not line.can_idle:
            return Step()
        if line.idling and monotonic() - self.idle_since_s >= self.pace.idle_again_s:
            line.end_idling()
        if not line.idling:
            line.begin_idling()
            self.idle_since_s = monotonic()
        self.woken = line.heard(self.pace.listen_s)
        return Step(more=self.woken)

    def cut(self) -> None:
        """Hang up, also from another thread."""
        line, self.line = self.line, None
        if line is not None:
            line.cut()

    def leave(self) -> None:
        """Stop in good order: take leave of the server, let the next one read."""
        line, self.line = self.line, None
        if line is not None:
            line.close()
        leases.release(self.box.id, reader=self.name)
