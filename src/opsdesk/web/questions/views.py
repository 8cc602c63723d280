"""The questions: a box that finds one by its words, and a page for each with its answer."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.findings.periods import last_month, period_of
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.period import Period
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.findings.cards import period_name
from opsdesk.web.findings.links import month_of
from opsdesk.web.funnel.address import month_of as typed_month
from opsdesk.web.http import Request, page, wants_fragment
from opsdesk.web.labels import shipped
from opsdesk.web.questions.matching import best, ranked
from opsdesk.web.questions.questions import ALL, BY_KEY, EMPTY, About, QuestionText
from opsdesk.web.questions.said import Asked, Said
from opsdesk.web.refusals import message_of

BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A question in the list."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """One desk's answer."""

    desk: str
    said: Said


def questions(request: Request) -> HttpResponse:
    """All of them; with words typed, those that fit, or the page of the one that fits best."""
    offered = [each for each in ALL if desks_of(each, request.actor)]
    text = request.GET.get("q", "").strip()
    found = ranked(text, {each.key: (_(each.text), each.text, each.words) for each in offered}, EMPTY)
    if chosen := best(found):
        return redirect(f"{reverse('question', args=[chosen])}?{urlencode({'q': text[:200]})}")
    fitting = [BY_KEY[key] for key, _score in found]
    context = {
        "asked": text,
        "fitting": [line(each) for each in fitting],
        "others": [line(each) for each in offered if each not in fitting],
    }
    return page(request, "questions/list.html", context)


def line(each: QuestionText) -> Line:
    return Line(_(each.text), reverse("question", args=[each.key]))


def desks_of(each: QuestionText, actor: Actor) -> list[DeskDefinition]:
    """The desks that can answer a question, and whose numbers the person may read."""
    return [desk for desk in cases.desks() if each.about.fits(desk) and may(actor, Act.READ, desk=desk.key)]


def question(request: Request, key: str) -> HttpResponse:
    """The answer as a sentence, then what belongs to it. Refuses who may read no desk that can answer."""
    if key not in BY_KEY:
        raise Http404
    each = BY_KEY[key]
    desks = desks_of(each, request.actor)
    if not desks:
        for desk in cases.desks():
            if each.about.fits(desk):
                check_may(request.actor, Act.READ, desk=desk.key)
        raise Http404
    month = request.GET.get("month", "") if each.about is About.REQUESTS and not each.of_now else ""
    context: dict[str, object] = {
        "question": _(each.text),
        "asked": request.GET.get("q", "")[:200],
        "address": reverse("question", args=[key]),
        "takes_month": each.about is About.REQUESTS and not each.of_now,
        "others": [line(other) for other in ALL if other is not each and desks_of(other, request.actor)],
    }
    try:
        told = [answered(each, desk, month, request) for desk in desks]
    except Refusal as refusal:
        context |= {"wrong": message_of(refusal), "month": month}
        return page(request, "questions/question.html", context, status=BAD_REQUEST)
    context |= {"told": told, "month": month or month_of(last_month(desks[0], request.now), desks[0].zone)}
    fragment = "questions/question.html#numbers" if wants_fragment(request) else "questions/question.html"
    return page(request, fragment, context)


def answered(each: QuestionText, desk: DeskDefinition, month: str, request: Request) -> Told:
    """A desk's answer over the month typed, or over the days its findings are of. Refuses `Invalid`."""
    period: Period = typed_month(month, desk) if month else period_of(desk, request.now)
    asked = Asked(desk, period, period_name(desk, period), request.now)
    return Told(shipped(desk.name), each.answer(asked))
