"""Which code answers which task: one entry for every kind that any room declares."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from opsdesk.cases import reckoning
from opsdesk.cases import timers as case_timers
from opsdesk.cases.models import Case
from opsdesk.clock import timers as clock_timers
from opsdesk.clock.models import LaneName
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.mail import intake
from opsdesk.mail import timers as mail_timers
from opsdesk.worker.kinds import Source, Wired

SORTED_AT_ONCE = 50


def _sort_arrivals(now: datetime) -> int:
    return intake.sort_pending(limit=SORTED_AT_ONCE, now=now)


def _hold_case(case_id: int) -> None:
    if connection.features.has_select_for_update:
        Case.objects.select_for_update().filter(id=case_id).values_list("id").first()


WIRING: Mapping[str, Wired] = {
    case_timers.WAIT_OVERRAN: Wired(LaneName.DEADLINES, case_timers.wait_overran, hold=_hold_case),
    clock_timers.HOURS_CHANGED: Wired(LaneName.DEADLINES, reckoning.hours_changed),
    mail_timers.DELIVER: Wired(
        LaneName.IO, held=gettext_noop("No outgoing mail server is set up: replies wait in the queue.")
    ),
}
SOURCES: Mapping[str, Source] = {"arrivals": _sort_arrivals}
