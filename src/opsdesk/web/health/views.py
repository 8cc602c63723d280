"""Is all well? Database, lanes, tasks, intake, journal, versions; and trying again what failed."""

import platform
import sqlite3
from dataclasses import dataclass
from datetime import datetime

import django
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.clock import claims, queries
from opsdesk.deals import ledger as money
from opsdesk.insight.facts import state as facts
from opsdesk.journal import queries as journal
from opsdesk.journal import triggers
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, NoDeskHere, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.kernel.version import VERSION
from opsdesk.links import queries as links
from opsdesk.mail import indexing, ledger
from opsdesk.mail.timers import DELIVER
from opsdesk.mailboxes import queries as mailboxes
from opsdesk.mailboxes.alarms import Alarm
from opsdesk.review.timers import MAIL as DIGEST
from opsdesk.search import engine
from opsdesk.watch import queries as watch
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.health import sheet as sheets
from opsdesk.web.http import Request, go, page, wants_fragment
from opsdesk.web.moments import Moments
from opsdesk.web.refusals import message_of
from opsdesk.web.reports import csp_reports

HORIZON_LIMIT_S = 60
# Kinds that nothing carries: they wait, and are no fault.
HELD = (DELIVER, DIGEST) if settings.OPSDESK_SMTP is None else ()


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing looked at, and whether it is well; `href`: the page, if any, where its remedy is done."""

    name: str
    detail: str
    well: bool
    remedy: str = ""
    href: str = ""


def health(request: Request) -> HttpResponseBase:
    """The whole state on one page."""
    if not request.actor.grants:
        raise NoDeskHere(desk=EVERY_DESK)
    now, admin = request.now, may(request.actor, Act.MANAGE_MAILBOXES, desk=EVERY_DESK)
    if (file := sheet_file(request, sheets.failing(), sheets.late(now, held=HELD))) is not None:
        return file
    late, failing, lanes = queries.late(now, held=HELD), queries.failing(), queries.lanes(now)
    counts = ledger.counts(ledger.Filters(), now=now)
    alarms, ledger_state = mailboxes.alarms(now), watch.state()
    signs = [
        _database(),
        _triggers(),
        _horizon(),
        _lanes(lanes),
        _tasks(late, failing),
        _intake(counts),
        _mailboxes(alarms, is_admin=admin),
        _money(ledger_state, now),
        _webhooks(is_admin=admin),
        _index(),
        _facts(),
        _policy(),
    ]
    context = {
        "signs": signs,
        "ill": [sign for sign in signs if not sign.well],
        "lanes": lanes,
        "lane_counts": queries.counts(now),
        "late": late,
        "alarms": alarms,
        "money": ledger_state,
        "failing": failing,
        "held": queries.held(HELD),
        "versions": _versions(),
        "may_retry": admin,
    }
    return page(
        request, "health/health.html#state" if wants_fragment(request) else "health/health.html", context
    )


@require_POST
def retry(request: Request, task_id: int) -> HttpResponse:
    """Try a failing or dead task again at once."""
    try:
        claims.retry(task_id, actor=request.actor, now=request.now)
        messages.success(request, _("It is tried again at once."))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, reverse("health"))


def _database() -> Sign:
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SHOW server_version")
            return Sign(_("Database"), f"PostgreSQL {cursor.fetchone()[0]}", well=True)
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        synchronous = cursor.fetchone()[0]
    well = (mode, synchronous) == ("wal", 2)
    detail = f"SQLite {sqlite3.sqlite_version}, journal_mode={mode}, synchronous={synchronous}"
    return Sign(_("Database"), detail, well, _("Restart Opsdesk: each connection sets WAL and FULL."))


def _triggers() -> Sign:
    missing = triggers.missing(connection)
    detail = _("all in place") if not missing else ", ".join(missing)
    return Sign(_("Append-only tables"), detail, not missing, _("Run 'opsdesk doctor': it puts them back."))


def _horizon() -> Sign:
    age = int(journal.horizon_age_s(connection))
    detail = _("%(age)d s behind") % {"age": age}
    return Sign(
        _("Journal horizon"),
        detail,
        age < HORIZON_LIMIT_S,
        _("A long writer holds the change sequence back."),
    )


def _lanes(lanes: list[queries.LaneRow]) -> Sign:
    alive = [lane for lane in lanes if lane.alive]
    detail = _("%(alive)d alive of %(all)d") % {"alive": len(alive), "all": len(lanes)}
    return Sign(
        _("Worker"),
        detail,
        bool(alive),
        _("Start it: 'opsdesk serve', or 'opsdesk worker' beside 'opsdesk web'."),
        "#lanes",
    )


def _tasks(late: list[queries.TaskRow], failing: list[queries.TaskRow]) -> Sign:
    detail = _("%(late)d late, %(failing)d failing or dead") % {"late": len(late), "failing": len(failing)}
    remedy = _("See below; the error says what is wrong.")
    return Sign(_("Tasks"), detail, not late and not failing, remedy, "#tasks")


def _intake(counts: ledger.Counts) -> Sign:
    quarantined = counts.by_outcome.get("quarantined", 0)
    words = {"hand": counts.in_hand, "late": counts.late, "quarantined": quarantined}
    detail = _("%(hand)d in hand, %(late)d of them late, %(quarantined)d quarantined") % words
    well, remedy = not counts.late and not quarantined, _("Look at the intake ledger.")
    page_of = reverse("ledger") + ("?outcome=quarantined" if quarantined else "?outcome=in_hand")
    return Sign(_("Intake"), detail, well, remedy, page_of)


def _index() -> Sign:
    missing, built = engine.missing(connection), indexing.built()
    if missing:
        return Sign(_("Search index"), ", ".join(missing), False, _("Run 'opsdesk doctor': it puts it back."))
    detail = _("%(percent)d %% built") % {"percent": built.percent}
    remedy = _("The worker goes on building it; 'opsdesk reindex --missing' does it at once.")
    return Sign(_("Search index"), detail, built.is_whole, remedy)


def _facts() -> Sign:
    """Never ill: without them the records answer, as right and slower."""
    found = facts.state()
    detail = _("not built: until then the records answer, more slowly")
    if found.is_built:
        words = {"cases": found.cases, "stays": found.stays, "behind": found.behind}
        detail = _("%(cases)d cases, %(stays)d stays; %(behind)d entries since") % words
    if found.progress:
        detail = _("%(percent)d %% built") % {"percent": found.progress.percent}
    return Sign(_("Facts for reports"), detail, well=True)


def _mailboxes(alarms: list[Alarm], *, is_admin: bool) -> Sign:
    bad = sum(alarm.is_bad for alarm in alarms)
    detail = _("%(bad)d alarms, %(watch)d to watch") % {"bad": bad, "watch": len(alarms) - bad}
    page_of = reverse("mailboxes") if is_admin else "#mailboxes"
    return Sign(_("Mailboxes"), detail, not bad, _("See below; an admin's page says more of each."), page_of)


def _money(state: watch.SweepState, now: datetime) -> Sign:
    """The sweep of the money ledger, once a minute while a worker runs."""
    if state.swept_at is None:
        nothing = money.newest_transfer() == 0
        remedy = _("The worker checks it each minute.")
        return Sign(_("Money ledger"), _("not checked yet"), nothing, remedy, "#lanes")
    seen = {"n": state.checked, "when": Moments(now).distance(state.swept_at), "faults": len(state.faults)}
    detail = _("checked %(n)d deals, last %(when)s, %(faults)d faults") % seen
    well = not state.faults and not state.is_late(now)
    remedy = _("See below; without a worker nothing is checked.")
    return Sign(_("Money ledger"), detail, well, remedy, reverse("incidents") if state.faults else "#lanes")


def _webhooks(*, is_admin: bool) -> Sign:
    trouble = links.trouble()
    words = {"failing": trouble.failing, "lying": trouble.lying}
    detail = _("%(failing)d endpoints fail, %(lying)d events given up or held") % words
    remedy = _("An admin's page of webhooks says more of each.")
    return Sign(_("Webhooks"), detail, not trouble, remedy, reverse("webhooks") if is_admin else "")


def _policy() -> Sign:
    number = csp_reports()
    detail = _("%(number)d reports of browsers") % {"number": number}
    return Sign(
        _("Content security policy"), detail, not number, _("The log names what a browser refused to run.")
    )


def _versions() -> list[tuple[str, str]]:
    return [("Opsdesk", VERSION), ("Django", django.get_version()), ("Python", platform.python_version())]
