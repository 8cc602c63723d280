"""Which code answers which task: one entry for every kind that any room declares."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from opsdesk.cases import forgetting, owners, reckoning
from opsdesk.cases import timers as case_timers
from opsdesk.cases.models import Case
from opsdesk.clock import timers as clock_timers
from opsdesk.clock.models import LaneName
from opsdesk.clock.tasks import Handler
from opsdesk.deals.ground import load
from opsdesk.deals.refusals import DealUnknown
from opsdesk.disputes import timers as deal_timers
from opsdesk.history.carrying import Bringing
from opsdesk.journal import idempotency
from opsdesk.kernel.refusal import gettext_noop
from opsdesk.links import fanout, pruning
from opsdesk.links import timers as link_timers
from opsdesk.links.carrier import Way
from opsdesk.links.carrier import carrier as event_carrier
from opsdesk.links.posting import Limits
from opsdesk.mail import indexing, intake, retention
from opsdesk.mail import timers as mail_timers
from opsdesk.mail.carrier import carrier
from opsdesk.review import digest_making
from opsdesk.review import timers as review_timers
from opsdesk.watch import standing, sweep
from opsdesk.worker.digests import Digests, mailing
from opsdesk.worker.facts import Facts
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


def _hold_deal(deal_id: int) -> None:
    """Who acts on a deal locks it before its tasks and its case: so do its timers."""
    with suppress(DealUnknown):
        load(deal_id, lock=True)


def _of_deals(handler: Handler) -> Wired:
    return Wired(LaneName.DEADLINES, handler, hold=_hold_deal)


def _deliveries() -> Wired:
    if settings.OPSDESK_SMTP is None:
        reason = gettext_noop("No outgoing mail server is set up: replies wait in the queue.")
        return Wired(LaneName.IO, held=reason)
    return Wired(LaneName.IO, carrier(settings.OPSDESK_SMTP, token=Tokens().of))


def _digests() -> Wired:
    if settings.OPSDESK_SMTP is None:
        reason = gettext_noop("No outgoing mail server is set up: digests are read on their page.")
        return Wired(LaneName.IO, held=reason)
    return Wired(LaneName.IO, mailing(settings.OPSDESK_SMTP, Tokens().of))


def _events() -> Wired:
    allowed = Limits(allow_private=settings.OPSDESK_WEBHOOK_ALLOW_PRIVATE)
    way = Way(allowed, allow_http=settings.OPSDESK_WEBHOOK_ALLOW_HTTP)
    return Wired(LaneName.IO, event_carrier(way), apart=True)


WIRING: Mapping[str, Wired] = {
    case_timers.WAIT_OVERRAN: Wired(LaneName.DEADLINES, case_timers.wait_overran, hold=_hold_case),
    case_timers.FORGET_WORDS: Wired(LaneName.IO, forgetting.forget),
    case_timers.GIVE_ACCOUNT: Wired(LaneName.IO, owners.give),
    clock_timers.HOURS_CHANGED: Wired(LaneName.DEADLINES, reckoning.hours_changed),
    **{kind: _of_deals(handler) for kind, handler in deal_timers.HANDLERS.items()},
    link_timers.DELIVER: _events(),
    mail_timers.DELIVER: _deliveries(),
    mail_timers.KEEP_NO_LONGER: Wired(LaneName.IO, retention.erase_due),
    review_timers.MAIL: _digests(),
    review_timers.MAKE: Wired(LaneName.IO, digest_making.make_due),
}
SOURCES: Mapping[str, Source] = {
    "arrivals": _sort_arrivals,
    "digests": Digests().step,
    "index": _index,
    "events": fanout.step,
    "deliveries": pruning.sweep,
    "facts": Facts().step,
    "ledger": sweep.step,
    "findings": standing.step,
    "imports": Bringing(Path(settings.OPSDESK_HOME) / "imports").step,
    "keys": idempotency.sweep,
}
