"""How long a desk keeps the words of mail: what holds, what a change would do, and deciding it."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import retention as rule
from opsdesk.web.care.forms import RetentionForm
from opsdesk.web.http import Request, go, page
from opsdesk.web.refusals import UNPROCESSABLE, message_of


def retention(request: Request, desk: str) -> HttpResponse:
    """What holds, what was decided before, and a form to look at another number of days."""
    definition = cases.desk(desk)
    check_may(request.actor, Act.READ, desk=desk)
    found = rule.decisions(desk)
    context = {
        "desk": definition,
        "decisions": found,
        "keep_days": found[0].keep_days if found else None,
        "night": rule.next_night(request.now, definition.zone),
        "may_decide": may(request.actor, Act.SET_RETENTION, desk=desk),
        "form": RetentionForm(initial={"keep_days": found[0].keep_days if found else None}),
    }
    return page(request, "care/retention.html", context)


def decision(request: Request, desk: str) -> HttpResponse:
    """On GET what so many days would erase, and when; on POST the decision."""
    definition = cases.desk(desk)
    check_may(request.actor, Act.SET_RETENTION, desk=desk)
    form = RetentionForm(request.POST if request.method == "POST" else request.GET)
    back = reverse("retention", args=[desk])
    problem, preview = "", None
    days = form.cleaned_data["keep_days"] if form.is_valid() else None
    try:
        if form.is_valid() and request.method == "POST":
            rule.decide(desk, keep_days=days, actor=request.actor, now=request.now)
            messages.success(request, _("It holds from now."))
            return go(request, back)
        if days is not None:
            preview = rule.preview(desk, keep_days=days, now=request.now)
    except Refusal as refusal:
        problem = message_of(refusal)
    context = {
        "desk": definition,
        "form": form,
        "days": days,
        "preview": preview,
        "problem": problem,
        "back": back,
    }
    return page(
        request,
        "care/decision.html",
        context,
        status=UNPROCESSABLE if problem or not form.is_valid() else 200,
    )
