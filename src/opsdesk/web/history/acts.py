"""What a lead does with imports: upload a file, map it, withdraw it, put it back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.cases import queries as cases
from opsdesk.history import actions, uploads
from opsdesk.history.models import Import
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.history.forms import UploadForm, YesForm
from opsdesk.web.history.views import read, readable
from opsdesk.web.http import Request, go, sent
from opsdesk.web.refusals import submitted

PIECE = 1 << 20
Words = tuple[Any, Any, Any, Any]
STOPPING: Words = (
    gettext_lazy("Stop import %(number)s?"),
    gettext_lazy("Stop it"),
    gettext_lazy("What is written of it so far goes out of every number and list. It can't be put back."),
    gettext_lazy("It stops."),
)


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


def withdraw(request: Request, import_id: int) -> HttpResponse:
    """Take an import out of every number and list, after asking; one that is still brought in stops."""
    if read(request, import_id).may_be_stopped:
        return _yes(request, import_id, "import_withdrawal", actions.withdraw, STOPPING, danger=True)
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
