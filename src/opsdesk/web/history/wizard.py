"""What a file says: a map proposed from its columns and the first cases of it, before anything is written."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.history import actions, previewing, proposing, queries, samples, uploads
from opsdesk.history.files import FileUnreadable, of_upload
from opsdesk.history.models import Import
from opsdesk.history.previewing import Preview
from opsdesk.history.proposing import Proposal
from opsdesk.history.refusals import ImportUnknown
from opsdesk.history.samples import Sample
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.web.dates import dated
from opsdesk.web.history.mapping import fields, is_read_anew, seen, sent_proposal, written
from opsdesk.web.history.views import readable
from opsdesk.web.http import Request, go, page
from opsdesk.web.refusals import UNPROCESSABLE, message_of

LOOKED_AT = 3000
GONE = gettext_lazy(
    "The file of import %(number)s is no longer here: what is not brought in goes after a day, or when"
    " somebody’s words are erased. Choose it again."
)


@dataclass(frozen=True, slots=True)
class Wizard:
    """A file that is being mapped, and what is chosen so far."""

    draft: Import
    desk: DeskDefinition
    found: Sample
    chosen: Proposal
    placed: bool

    @property
    def text(self) -> str:
        """The map that is chosen."""
        return proposing.map_text(self.chosen, self.found)


def mapping(request: Request, import_id: int) -> HttpResponse:
    """What the columns and values mean, with the first cases that would come of it."""
    try:
        return _mapping(request, import_id)
    except ImportUnknown:
        readable(request)
        messages.error(request, str(GONE) % {"number": import_id})
        return go(request, reverse("imports"))


def _mapping(request: Request, import_id: int) -> HttpResponse:
    draft = queries.get(import_id)
    check_may(request.actor, Act.BRING_HISTORY, desk=draft.desk)
    if draft.state != Import.State.DRAFT:
        return go(request, reverse("import", args=[import_id]))
    try:
        found, problems = _looked_at(request, draft)
    except FileUnreadable as refusal:
        messages.error(request, message_of(refusal))
        return go(request, reverse("imports"))
    wizard = _wizard(request, draft, found)
    problems = problems or lacking(wizard.chosen)
    if is_sent(request, found) and request.POST.get("act") == "begin" and not problems:
        try:
            uploads.begin(import_id, wizard.text, placed=wizard.placed, actor=request.actor, now=request.now)
        except Refusal as refusal:
            return _shown(request, wizard, problems_of(refusal))
        messages.success(request, _("It is brought in now. This page shows how far it is."))
        return go(request, reverse("import", args=[import_id]))
    return _shown(request, wizard, problems)


def is_sent(request: Request, found: Sample) -> bool:
    """Whether choices were sent for the file as it is read now."""
    return request.method == "POST" and not is_read_anew(request.POST, found)


def lacking(chosen: Proposal) -> list[str]:
    """What no map can do without and nobody has chosen yet, in words of the page."""
    problems = []
    if "case" not in chosen.columns:
        problems.append(_("Choose below which column names the case."))
    if "time" not in chosen.columns and not chosen.moments:
        problems.append(
            _("Choose below which column holds the time, or which instants of a whole case a row holds.")
        )
    return problems


def _looked_at(request: Request, draft: Import) -> tuple[Sample, list[str]]:
    """The beginning of the file, read as was chosen; where it can't be so, as it looks, and why."""
    chosen = written(request.POST)
    try:
        return samples.sample(of_upload(draft), **chosen), []
    except FileUnreadable as refusal:
        if not chosen:
            raise
        return samples.sample(of_upload(draft)), [message_of(refusal)]


def _wizard(request: Request, draft: Import, found: Sample) -> Wizard:
    desk = cases.desk(draft.desk)
    chosen = proposing.propose(found, desk, tool=Path(draft.file_name).stem)
    if is_sent(request, found):
        chosen = sent_proposal(request.POST, found, desk, chosen)
    return Wizard(draft, desk, found, chosen, placed="placed" in request.POST)


def _shown(request: Request, wizard: Wizard, problems: list[str]) -> HttpResponse:
    preview: Preview | None = None
    if not problems:
        try:
            preview = _preview(request, wizard)
        except Refusal as refusal:
            problems = problems_of(refusal)
    tool, known = queries.known_under(wizard.desk.key, preview.subjects) if preview else ("", 0)
    if preview and not is_sent(request, wizard.found) and known * 2 > preview.cases:
        wizard.chosen.tool = tool
    context = {
        "draft": wizard.draft,
        "desk": wizard.desk,
        "found": wizard.found,
        "chosen": wizard.chosen,
        "fields": fields(wizard.chosen, wizard.found, wizard.desk),
        "seen": seen(wizard.found),
        "placed": wizard.placed,
        "problems": problems,
        "preview": preview,
        "tiers": sorted(preview.tiers.items()) if preview else [],
        "known": known,
        "known_under": tool,
        "before": queries.of_the_same_file(wizard.draft.id),
        "zones": zones(),
        **_instants(wizard),
    }
    status = UNPROCESSABLE if problems and request.method == "POST" else 200
    return page(request, "history/map.html", context, status=status)


def _instants(wizard: Wizard) -> dict[str, object]:
    """The first instants as they would be read, and whether day and month may be mistaken."""
    chosen, found = wizard.chosen, wizard.found
    names: Sequence[str] = list(chosen.moments) or [chosen.columns.get("time", "")]
    zone = ZoneInfo(chosen.zone) if chosen.zone in available_timezones() else wizard.desk.zone
    first = samples.first_instants(found, names, form=chosen.time_format, zone=zone)
    return {
        "instants": [(text, at and dated(at, "l, j F Y, H:i:s")) for text, at in first],
        "mistakable": samples.may_be_mistaken(found, names, chosen.time_format),
        "zone": zone.key,
        "still": not chosen.moments and samples.stands_still(found, chosen.columns.get("case", ""), *names),
    }


@cache
def zones() -> list[str]:
    """Zones by the places they are named for."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


def _preview(request: Request, wizard: Wizard) -> Preview:
    """What the first rows would become."""
    asked = actions.Asked(of_upload(wizard.draft), wizard.text, wizard.draft.desk)
    with tempfile.TemporaryDirectory(prefix="opsdesk-history-") as folder:
        place = Path(folder) / "events.sqlite"
        return previewing.preview(asked, place, now=request.now, hear=lambda read: None, most=LOOKED_AT)


def problems_of(refusal: Refusal) -> list[str]:
    """What is wrong, in words: of a map what each of its problems says."""
    if isinstance(refusal, DocumentInvalid):
        return [_(problem.message) % problem.details for problem in refusal.problems]
    return [message_of(refusal)]
