"""The questions: a box that finds one by its words, and a page for each with its answer."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import override

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.findings.periods import last_month, period_of
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.period import Period
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.web.exports.sheets import sheet_file
from opsdesk.web.findings.cards import period_name
from opsdesk.web.findings.links import month_of
from opsdesk.web.funnel.address import month_of as typed_month
from opsdesk.web.funnel.words import period_text
from opsdesk.web.http import Request, page, wants_fragment
from opsdesk.web.labels import shipped
from opsdesk.web.questions.matching import best, ranked
from opsdesk.web.questions.months import month_named
from opsdesk.web.questions.questions import ALL, BY_KEY, EMPTY, About, QuestionText
from opsdesk.web.questions.said import Asked, Said
from opsdesk.web.questions.sheet import sheet
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
    found = ranked(text, {each.key: each.texts for each in offered}, EMPTY)
    if chosen := best(found):
        query = {"q": text[:200]}
        if (month := _month_in(text, request)) and not BY_KEY[chosen].of_now:
            query["month"] = month
        return redirect(f"{reverse('question', args=[chosen])}?{urlencode(query)}")
    fitting = [BY_KEY[key] for key, _score in found]
    context = {
        "asked": text,
        "fitting": [line(each) for each in fitting],
        "others": [line(each) for each in offered if each not in fitting],
    }
    return page(request, "questions/list.html", context)


def _month_in(text: str, request: Request) -> str:
    """The month named in the reader's language or in English."""
    with override("en"):
        english = {str(name).casefold(): number for number, name in MONTHS.items()}
    names = english | {str(name).casefold(): number for number, name in MONTHS.items()}
    return month_named(text, names, request.now.date())


def line(each: QuestionText) -> Line:
    return Line(_(each.text), reverse("question", args=[each.key]))


def desks_of(each: QuestionText, actor: Actor) -> list[DeskDefinition]:
    """The desks that can answer a question, and whose numbers the person may read."""
    return [desk for desk in cases.desks() if each.about.fits(desk) and may(actor, Act.READ, desk=desk.key)]


def question(request: Request, key: str) -> HttpResponseBase:
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
    month = "" if each.of_now else request.GET.get("month", "")
    context: dict[str, object] = {
        "question": _(each.text),
        "asked": request.GET.get("q", "")[:200],
        "address": reverse("question", args=[key]),
        "takes_month": not each.of_now,
        "usual": _("The last month") if each.about is About.REQUESTS else _("The last 90 days"),
        "others": [line(other) for other in ALL if other is not each and desks_of(other, request.actor)],
    }
    try:
        told = [answered(each, desk, month, request) for desk in desks]
    except Refusal as refusal:
        context |= {"wrong": message_of(refusal), "month": month}
        return page(request, "questions/question.html", context, status=BAD_REQUEST)
    sheets = [
        sheet(key, desk, each.said, place=n)
        for n, (desk, each) in enumerate(zip(desks, told, strict=True), 1)
    ]
    if (file := sheet_file(request, *sheets)) is not None:
        return file
    context |= {"told": told, "month": month or _usual_month(each, desks[0], request.now)}
    fragment = "questions/question.html#numbers" if wants_fragment(request) else "questions/question.html"
    return page(request, fragment, context)


def _usual_month(each: QuestionText, desk: DeskDefinition, now: datetime) -> str:
    """The month an answer is of where none was typed; that about deals is of days instead."""
    return month_of(last_month(desk, now), desk.zone) if each.about is About.REQUESTS else ""


def answered(each: QuestionText, desk: DeskDefinition, month: str, request: Request) -> Told:
    """A desk's answer over the month typed, or over the days its findings are of. Refuses `Invalid`."""
    period: Period = typed_month(month, desk) if month else period_of(desk, request.now)
    when = period_text(period, desk) if month else period_name(desk, period)
    asked = Asked(desk, period, when, request.now, month)
    return Told(shipped(desk.name), each.answer(asked))
