"""Letting an item of the checklist go, and asking for it again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.disputes import evidence
from opsdesk.disputes.checklist import ItemState
from opsdesk.disputes.refusals import EvidenceFrozen
from opsdesk.web.case.forms import words
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.disputes.look import Look, look_at
from opsdesk.web.http import Request, go, sent
from opsdesk.web.people.forms import ConfirmForm
from opsdesk.web.refusals import submitted


class WaiverForm(forms.Form):
    reason = words(
        gettext_lazy("Why it is not needed"), gettext_lazy("Shown beside the item for good."), rows=3
    )
    reason.error_messages["required"] = gettext_lazy(
        "Say why it is not needed here, in at most 2000 characters."
    )


def waive(request: Request, dispute_id: int, item: str) -> HttpResponse:
    """Let a required item go, saying why."""
    look = _open_look(request, dispute_id)
    found = _item(look, item)
    form = WaiverForm(sent(request))

    def act(data: dict[str, Any]) -> object:
        return evidence.waive(
            dispute_id=dispute_id, item=item, reason=data["reason"], actor=request.actor, now=request.now
        )

    back = reverse("dispute", args=[dispute_id])
    if submitted(form, act):
        messages.success(request, _("%(item)s is waived.") % {"item": found.name})
        return go(request, back)
    title = _("Waive “%(item)s”?") % {"item": found.name}
    action = reverse("dispute_waiver", args=[dispute_id, item])
    return show(request, Dialog(title, action, _("Waive"), back, form, draft=f"waiver:{dispute_id}:{item}"))


def unwaive(request: Request, dispute_id: int, item: str) -> HttpResponse:
    """Take a waiver back: the item counts as missing again."""
    look = _open_look(request, dispute_id)
    found = _item(look, item)
    form = ConfirmForm(sent(request))

    def act(data: dict[str, Any]) -> bool:
        evidence.unwaive(dispute_id=dispute_id, item=item, actor=request.actor, now=request.now)
        return True

    back = reverse("dispute", args=[dispute_id])
    if submitted(form, act):
        messages.success(request, _("%(item)s is asked for again.") % {"item": found.name})
        return go(request, back)
    title = _("Ask for “%(item)s” again?") % {"item": found.name}
    action = reverse("dispute_unwaiver", args=[dispute_id, item])
    return show(request, Dialog(title, action, _("Ask for it again"), back, form))


def _open_look(request: Request, dispute_id: int) -> Look:
    """The dispute, for who may rule on it. A form that comes to nothing isn't shown: `EvidenceFrozen`."""
    look = look_at(request, dispute_id)
    if request.method == "GET":
        look.check_may_rule()
        if look.decided:
            raise EvidenceFrozen(deal=look.deal.id)
    return look


def _item(look: Look, key: str) -> ItemState:
    found = next((item for item in look.checklist.items if item.key == key), None)
    if found is None:
        raise Http404
    return found
