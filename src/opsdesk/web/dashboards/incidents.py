"""Incidents and errors: what was opened, answered, resolved; tasks, dead letters, mail, the money ledger."""

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.cases.incidents import Severity
from opsdesk.insight.registry import Unit
from opsdesk.insight.statistics import Spread
from opsdesk.mail.models import Outcome
from opsdesk.watch import queries as watch
from opsdesk.web.charts.histogram import Bin
from opsdesk.web.dashboards.ground import Ground, counted
from opsdesk.web.dashboards.pieces import Content, Picture, bars
from opsdesk.web.deals import labels as deal_labels
from opsdesk.web.http import with_query
from opsdesk.web.incidents.labels import FAULTS, SEVERITIES
from opsdesk.web.moments import Moments
from opsdesk.web.numbers.cells import counted as counted_cell
from opsdesk.web.numbers.cells import figure
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import opening, phrase

COUNTS = ("incidents_opened", "incidents_answered", "incidents_resolved", "incidents_running")
TIMES = ("incident_answer_time", "incident_resolution_time")
HOUSE = ("tasks_failing", "tasks_dead", "mail_quarantined")
METRICS = (*COUNTS, *TIMES, *HOUSE)
BY = ("severity",)
MOST_FAULTS = 100


def content(ground: Ground) -> Content:
    """The page's pieces."""
    running = ground.count("incidents_running")
    return Content(
        sentences=(running_sentence(running, ground.href("incidents_running")), errors_sentence(ground)),
        tiles=(
            ground.tile("incidents_running"),
            ground.tile("incidents_opened"),
            ground.tile("incident_answer_time", _("half of them waited at most this")),
            ground.tile("incident_resolution_time", _("half of them lasted at most this")),
        ),
        pictures=(_severities(ground),),
        tables=(_by_severity(ground), _errors(ground), _faults(ground)),
        is_urgent=running > 0,
    )


def running_sentence(running: int, href: str) -> str:
    if not running:
        return _("No incident is open.")
    said = ngettext("%(n)d incident is not resolved.", "%(n)d incidents are not resolved.", running)
    return phrase(said, {"n": opening(running, href)})


def errors_sentence(ground: Ground) -> str:
    """Everything that failed, in one line."""
    counts = {key: ground.count(key) for key in HOUSE}
    counts["faults"] = len(watch.faults(limit=MOST_FAULTS))
    if not any(counts.values()):
        return _("No task failed, no dead letter, nothing in quarantine, and the money ledger adds up.")
    said = _(
        "As things stand now: %(tasks_failing)d failing tasks, %(tasks_dead)d dead letters,"
        " %(mail_quarantined)d mails in quarantine, %(faults)d faults in the money ledger."
    )
    places = {"mail_quarantined": _quarantine(ground)}
    links = {key: places.get(key, reverse("health")) if n else "" for key, n in counts.items()}
    return phrase(said, {key: opening(n, links[key]) for key, n in counts.items()})


def _quarantine(ground: Ground) -> str:
    """The mail that was not understood, to who may read it."""
    return with_query(reverse("ledger"), outcome=Outcome.QUARANTINED.value) if ground.reads_mail else ""


def _severities(ground: Ground) -> Picture:
    answers = ground.ask("incidents_opened", *BY)
    bins = []
    for severity in Severity:
        n = counted(answers.get((severity.value,)))
        name = str(SEVERITIES[severity])
        href = ground.href("incidents_opened", BY, (severity.value,)) if n else ""
        bins.append(Bin(name, n, str(n), _("%(name)s: %(n)d") % {"name": name, "n": n}, href))
    return bars("severity", _("Incidents opened, by severity"), bins if answers else [])


def _by_severity(ground: Ground) -> Table:
    answers = {key: ground.ask(key, *BY) for key in COUNTS}
    times = {key: ground.ask(key, *BY) for key in TIMES}
    rows = [
        (
            heading(str(SEVERITIES[severity])),
            *(ground.cell(key, found, BY, (severity.value,)) for key, found in answers.items()),
            *(_median(ground, key, found.get((severity.value,)), severity) for key, found in times.items()),
        )
        for severity in Severity
    ]
    columns = (
        Column(_("Severity"), is_number=False),
        Column(_("Opened")),
        Column(_("thereof answered")),
        Column(_("thereof resolved")),
        Column(_("Not resolved at the end")),
        Column(_("Median to the answer")),
        Column(_("Median to the end")),
    )
    return ground.table("severity-table", _("By severity"), columns, rows)


def _median(ground: Ground, key: str, found: object, severity: Severity) -> Cell:
    if not isinstance(found, Spread):
        return Cell("–", "")
    return figure(found, found.median, Unit.SECONDS, ground.href(key, BY, (severity.value,)))


def _errors(ground: Ground) -> Table:
    """What lies with the house as it stands; each number opens the page that lists it, to who may read it."""
    health, quarantine = reverse("health"), _quarantine(ground)
    lines = (
        (_("Failing tasks"), "tasks_failing", health, _("failed last and are tried again")),
        (_("Dead letters"), "tasks_dead", health, _("failed so often that nobody tries them any more")),
        (_("Quarantined mail"), "mail_quarantined", quarantine, _("not understood; run it again by hand")),
    )
    rows = [
        (heading(name), replace(ground.cell(key, ground.ask(key)), href=href), heading(meaning))
        for name, key, href, meaning in lines
    ]
    faults = len(watch.faults(limit=MOST_FAULTS))
    meaning = _("a transfer, ruling or timer that does not agree with its deal")
    rows.append((heading(_("Faults in the money ledger")), counted_cell(faults, health), heading(meaning)))
    columns = (
        Column(_("What"), is_number=False),
        Column(_("Now")),
        Column(_("Meaning"), is_number=False),
    )
    return ground.table("errors", _("Errors, as things stand now"), columns, rows)


def _faults(ground: Ground) -> Table:
    moments = Moments(ground.place.now)
    rows = [
        (
            heading(f"#{fault.deal_id}", reverse("deal", args=[fault.deal_id])),
            heading(deal_labels.scope_name(fault.scope)),
            heading(str(FAULTS.get(fault.kind, fault.kind))),
            Cell(moments.short(fault.seen_at), fault.seen_at.isoformat()),
        )
        for fault in watch.faults(limit=MOST_FAULTS)
    ]
    columns = tuple(
        Column(title, is_number=False) for title in (_("Deal"), _("Scope"), _("What is wrong"), _("Since"))
    )
    return ground.table(
        "faults", _("Faults in the money ledger"), columns, rows, empty=_("Every deal adds up.")
    )
