"""Which code answers which task: one entry for every kind that any room declares."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection

from opsdesk.cases import forgetting, reckoning
from opsdesk.cases import timers as case_timers
from opsdesk.cases.models import Case
from opsdesk.clock import timers as clock_timers
from opsdesk.clock.models import LaneName
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.mail import indexing, intake, retention
from opsdesk.mail import timers as mail_timers
from opsdesk.mail.carrier import carrier
from opsdesk.worker.kinds import Source, Wired
from opsdesk.worker.tokens import Tokens

SORTED_AT_ONCE = 50
INDEXED_AT_ONCE = 100


def _sort_arrivals(now: datetime) -> int:
    return intake.sort_pending(limit=SORTED_AT_ONCE, now=now)


def _index(now: datetime) -> int:
    """A batch of what was there before the index; then others have their turn, however much is left."""
    indexing.step(now, limit=INDEXED_AT_ONCE)
    return 0


def _hold_case(case_id: int) -> None:
    if connection.features.has_select_for_update:
        Case.objects.select_for_update().filter(id=case_id).values_list("id").first()


def _deliveries() -> Wired:
    if settings.OPSDESK_SMTP is None:
        reason = gettext_noop("No outgoing mail server is set up: replies wait in the queue.")
        return Wired(LaneName.IO, held=reason)
    return Wired(LaneName.IO, carrier(settings.OPSDESK_SMTP, token=Tokens().of))


WIRING: Mapping[str, Wired] = {
    case_timers.WAIT_OVERRAN: Wired(LaneName.DEADLINES, case_timers.wait_overran, hold=_hold_case),
    case_timers.FORGET_WORDS: Wired(LaneName.IO, forgetting.forget),
    clock_timers.HOURS_CHANGED: Wired(LaneName.DEADLINES, reckoning.hours_changed),
    mail_timers.DELIVER: _deliveries(),
    mail_timers.KEEP_NO_LONGER: Wired(LaneName.IO, retention.erase_due),
}
SOURCES: Mapping[str, Source] = {"arrivals": _sort_arrivals, "index": _index}
