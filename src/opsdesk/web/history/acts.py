"""What a lead does with imports: upload a file, map it, withdraw it, put it back."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
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
from opsdesk.history.samples import Sample
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Refusal
from opsdesk.vault.documents import DocumentInvalid
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.history.forms import UploadForm, YesForm
from opsdesk.web.history.mapping import fields, sent_proposal
from opsdesk.web.history.views import read, readable
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.refusals import UNPROCESSABLE, message_of, submitted

PIECE = 1 << 20
LOOKED_AT = 3000
Words = tuple[Any, Any, Any, Any]


def upload(request: Request) -> HttpResponse:
    """Choose a file; the next page maps it."""
    desks = [(desk, cases.desk(desk).name) for desk in readable(request)]
    form = UploadForm(sent(request), request.FILES or None, desks=desks)

    def act(data: dict[str, Any]) -> Import:
        file: UploadedFile[Any] = data["file"]
        name = file.name or _("a file")
        return uploads.upload(
            name, file.chunks(PIECE), desk=data["desk"], actor=request.actor, now=request.now
        )

    if draft := submitted(form, act):
        return go(request, reverse("import_map", args=[draft.id]))
    intro = _("Nothing is written yet: the next page shows what would come of it.")
    dialog = Dialog(
        _("Bring in a file"), reverse("new_import"), _("Look at it"), reverse("imports"), form, intro=intro
    )
    return show(request, dialog)


def mapping(request: Request, import_id: int) -> HttpResponse:
    """What the columns and values mean, with the first cases that would come of it."""
    draft = queries.get(import_id)
    check_may(request.actor, Act.BRING_HISTORY, desk=draft.desk)
    if draft.state != Import.State.DRAFT:
        return go(request, reverse("import", args=[import_id]))
    try:
        desk, found = cases.desk(draft.desk), samples.sample(of_upload(draft))
    except FileUnreadable as refusal:
        messages.error(request, message_of(refusal))
        return go(request, reverse("imports"))
    proposed = proposing.propose(found, desk, tool=Path(draft.file_name).stem)
    chosen = sent_proposal(request.POST, found, desk, proposed) if request.method == "POST" else proposed
    text = proposing.map_text(chosen, found)
    placed = "placed" in request.POST
    if request.method == "POST" and request.POST.get("act") == "begin":
        try:
            uploads.begin(import_id, text, placed=placed, actor=request.actor, now=request.now)
        except Refusal as refusal:
            return _mapping(request, draft, desk, found, chosen, placed, problems_of(refusal))
        messages.success(request, _("It is brought in now. This page shows how far it is."))
        return go(request, reverse("import", args=[import_id]))
    return _mapping(request, draft, desk, found, chosen, placed, [])


def _mapping(
    request: Request,
    draft: Import,
    desk: DeskDefinition,
    found: Sample,
    chosen: Proposal,
    placed: bool,
    problems: list[str],
) -> HttpResponse:
    preview: Preview | None = None
    if not problems:
        try:
            preview = _preview(request, draft, proposing.map_text(chosen, found))
        except Refusal as refusal:
            problems = problems_of(refusal)
    context = {
        "draft": draft,
        "desk": desk,
        "found": found,
        "chosen": chosen,
        "fields": fields(chosen, found, desk),
        "placed": placed,
        "problems": problems,
        "preview": preview,
        "tiers": sorted(preview.tiers.items()) if preview else [],
        "looked_at": LOOKED_AT,
    }
    status = UNPROCESSABLE if problems and request.method == "POST" else 200
    return page(request, "history/map.html", context, status=status)


def _preview(request: Request, draft: Import, text: str) -> Preview:
    """What the first rows would become."""
    asked = actions.Asked(of_upload(draft), text, draft.desk)
    with tempfile.TemporaryDirectory(prefix="opsdesk-history-") as folder:
        place = Path(folder) / "events.sqlite"
        return previewing.preview(asked, place, now=request.now, hear=lambda read: None, most=LOOKED_AT)


def problems_of(refusal: Refusal) -> list[str]:
    """What is wrong, in words: of a map what each of its problems says."""
    if isinstance(refusal, DocumentInvalid):
        return [_(problem.message) % problem.details for problem in refusal.problems]
    return [message_of(refusal)]


def withdraw(request: Request, import_id: int) -> HttpResponse:
    """Take an import out of every number and list, after asking."""
    words = (
        gettext_lazy("Withdraw import %(number)s?"),
        gettext_lazy("Withdraw it"),
        gettext_lazy("Its cases leave every number and every list. Their rows stay, and it can be put back."),
        gettext_lazy("It is being withdrawn."),
    )
    return _yes(request, import_id, "import_withdrawal", actions.withdraw, words, danger=True)


def put_back(request: Request, import_id: int) -> HttpResponse:
    """Let a withdrawn import count again, after asking."""
    words = (
        gettext_lazy("Put import %(number)s back?"),
        gettext_lazy("Put it back"),
        gettext_lazy("Its cases count again, as they were before it was withdrawn."),
        gettext_lazy("It is being put back."),
    )
    return _yes(request, import_id, "import_return", actions.put_back, words)


def place(request: Request, import_id: int) -> HttpResponse:
    """Let what is still open stand in its queues, after asking."""
    words = (
        gettext_lazy("Put the open cases of import %(number)s into the queues?"),
        gettext_lazy("Put them there"),
        gettext_lazy("They become work to do, unassigned, each in the queue where the file left it."),
        gettext_lazy("They stand in the queues now."),
    )
    return _yes(request, import_id, "import_placing", actions.place, words)


def _yes(
    request: Request,
    import_id: int,
    name: str,
    verb: Callable[..., object],
    words: Words,
    *,
    danger: bool = False,
) -> HttpResponse:
    """Ask, then do it. `words`: title, button, what it means, and what is said afterwards."""
    row = read(request, import_id)
    form, (title, button, intro, done) = YesForm(sent(request)), words

    def act(data: dict[str, Any]) -> bool:
        verb(import_id, actor=request.actor, now=request.now)
        return True

    back = reverse("import", args=[import_id])
    if submitted(form, act):
        messages.success(request, str(done))
        return go(request, back)
    titled = str(title) % {"number": row.id}
    return show(
        request,
        Dialog(
            titled, reverse(name, args=[import_id]), str(button), back, form, intro=str(intro), danger=danger
        ),
    )
