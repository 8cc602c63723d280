"""Writing a review: of which period, what it will hold; then its page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.insight.findings.periods import last_month
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.review import actions, queries
from opsdesk.review.models import Review
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, sent
from opsdesk.web.refusals import submitted
from opsdesk.web.review.forms import PeriodForm
from opsdesk.web.review.views import readable


def write(request: Request, desk: str) -> HttpResponse:
    """Ask for the period, say what comes of it, write it."""
    definition = readable(request, desk)
    check_may(request.actor, Act.WRITE_REVIEW, desk=desk)
    period = last_month(definition, request.now)
    month = f"{period.start.astimezone(definition.zone):%Y-%m}"
    form = PeriodForm(sent(request), desk=definition, initial={"month": request.GET.get("month") or month})

    def act(data: dict[str, Any]) -> Review:
        return actions.write_review(desk=desk, period=data["period"], actor=request.actor, now=request.now)

    if row := submitted(form, act):
        said = (
            _("The review is written.") if row.edition == 1 else _("Edition %(n)d of the review is written.")
        )
        messages.success(request, said % {"n": row.edition})
        return go(request, reverse("review", args=[desk, row.id]))
    there = queries.latest(desk, period)
    dialog = Dialog(
        _("Write the review"),
        reverse("write_review", args=[desk]),
        _("Write it"),
        reverse("reviews", args=[desk]),
        form,
        fields="review/period_fields.html",
    )
    return show(request, dialog, {"there": there, "desk": definition})
