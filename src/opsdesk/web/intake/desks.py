"""Whose mail the ledger shows."""

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.kernel.actor import EVERY_DESK
from opsdesk.kernel.permissions import Act, NoDeskHere, may
from opsdesk.web.http import Request


def readable_desk(request: Request) -> DeskDefinition:
    """The desk whose mail is shown: the one asked for, else the first one the person may read."""
    readable = [desk for desk in cases.mail_desks() if may(request.actor, Act.READ, desk=desk.key)]
    wanted = request.POST.get("desk") or request.GET.get("desk")
    asked = [desk for desk in readable if desk.key == wanted]
    if not readable:
        raise NoDeskHere(desk=EVERY_DESK)
    return (asked or readable)[0]
