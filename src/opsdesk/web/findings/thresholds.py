"""The thresholds of a desk: what holds, who set it, and setting it, with a look at what would be red."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals import overview
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight import actions
from opsdesk.insight.findings.periods import period_of
from opsdesk.insight.limits import SCALE, Limits
from opsdesk.insight.thresholds import (
    EVERYWHERE,
    KINDS,
    NO_LIMIT,
    Book,
    Kind,
    NoSuchThreshold,
    Scope,
    Set,
    SetMeanwhile,
    book,
    check_seen,
    history,
    kind_of,
    kinds_of,
    newest,
)
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.people import queries as people
from opsdesk.watch import standing
from opsdesk.web.deals.labels import category_name
from opsdesk.web.exports.sheets import Sheet, sheet_file
from opsdesk.web.findings import limits
from opsdesk.web.findings.cards import Card, card, period_name
from opsdesk.web.findings.forms import ThresholdForm
from opsdesk.web.findings.texts import OF_NUMBERS
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.labels import shipped as shipped_name
from opsdesk.web.numbers.words import day_text
from opsdesk.web.refusals import message_of, put_on, status_of


@dataclass(frozen=True, slots=True)
class Line:
    """Limits of a number of a scope, as a row of the table. `by` nobody: shipped."""

    key: str
    name: str
    where: str
    says: str
    holds_from: date | None
    is_to_come: bool
    by: str
    at: datetime | None = None

    @property
    def holds(self) -> str:
        """From which day on, in words; nothing for what was shipped."""
        return day_text(self.holds_from) if self.holds_from else ""


def thresholds(request: Request, desk: str) -> HttpResponseBase:
    """Every limit that holds or will, and what was set when by whom."""
    definition = _readable(request, desk)
    today = request.now.astimezone(definition.zone).date()
    lines = history(desk)
    names = people.names([each.by_id for each in lines if each.by_id])
    fixed = _fixed(definition)
    held = list(_lines(definition, book(desk, today), lines, names, today))
    past = [_set(each, names, today) for each in lines]
    sheets = (_sheet("held", desk, [*held, *fixed]), _sheet("past", desk, past))
    if (file := sheet_file(request, *sheets)) is not None:
        return file
    context = {
        "desk": definition,
        "desk_name": shipped_name(definition.name),
        "fixed": fixed,
        "lines": held,
        "history": past,
        "may_set": may(request.actor, Act.SET_TARGETS, desk=desk),
    }
    return page(request, "findings/thresholds.html", context)


def threshold(request: Request, desk: str, key: str) -> HttpResponse:
    """Set a number's limits; first see what would be red."""
    definition = _readable(request, desk)
    check_may(request.actor, Act.SET_TARGETS, desk=desk)
    kind = _kind(definition, key)
    form = ThresholdForm(
        sent(request), kind=kind, scopes=_scopes(definition), initial=_initial(request, definition, kind)
    )
    preview: list[Change] | None = None
    if form.is_bound and form.is_valid():
        try:
            changed = _checked(request, definition, kind, form)
            if "set" in request.POST:
                _set_it(request, definition, kind, form)
                return go(request, reverse("thresholds", args=[desk]))
            preview = changes(request, definition, kind, form.scope, changed)
        except SetMeanwhile as refusal:
            form.add_error(None, _meanwhile(desk, key, form.scope, message_of(refusal)))
        except Refusal as refusal:
            put_on(form, refusal)
    context = {
        "desk": definition,
        "desk_name": shipped_name(definition.name),
        "kind": kind,
        "name": _(kind.name),
        "form": form,
        "seen": newest(desk, key),
        "preview": preview,
        "period": period_name(definition, period_of(definition, request.now)),
    }
    return page(request, "findings/threshold.html", context, status=status_of(form))


def _sheet(key: str, desk: str, lines: list[Line]) -> Sheet[Line]:
    return Sheet(
        f"thresholds-{desk}-{key}",
        _("Thresholds"),
        (
            (_("Number"), lambda line: line.name),
            (_("Scope"), lambda line: line.where),
            (_("Limits"), lambda line: line.says),
            (_("Holds from"), lambda line: line.holds_from),
            (_("Set by"), lambda line: line.by),
            (_("When"), lambda line: line.at),
        ),
        lambda: lines,
        key=key,
    )


def _fixed(desk: DeskDefinition) -> list[Line]:
    """What needs a look from a number on that nobody sets."""
    rules = limits.FIXED.items() if desk.takes_mail else ()
    return [Line(rule, _(OF_NUMBERS[rule].name), "", _(says), None, False, "") for rule, says in rules]


def _kind(desk: DeskDefinition, key: str) -> Kind:
    try:
        return kind_of(desk, key)
    except NoSuchThreshold:
        raise Http404 from None


@dataclass(frozen=True, slots=True)
class Change:
    """A finding under the limits that hold, and under those tried."""

    now: Card
    then: Card

    @property
    def differs(self) -> bool:
        return self.now.finding.state is not self.then.finding.state


def changes(
    request: Request, desk: DeskDefinition, kind: Kind, scope: Scope, changed: Limits | None
) -> list[Change]:
    """Last month under limits that are only tried: the number itself, and whatever else would change."""
    period = period_of(desk, request.now)

    def tried(held: Book) -> Book:
        return held.with_limits(kind.key, scope, changed)

    before = standing.findings(desk, period, now=request.now)
    after = standing.findings(desk, period, now=request.now, changed=tried)
    old = {each.key: each for each in before.found}
    found = [
        Change(card(old[each.key], desk, "", now=request.now), card(each, desk, "", now=request.now))
        for each in after.found
        if each.key in old
    ]
    return [each for each in found if each.then.finding.rule == kind.key or each.differs]


def _checked(request: Request, desk: DeskDefinition, kind: Kind, form: ThresholdForm) -> Limits | None:
    """The limits typed, in order. Refuses `Invalid` fields."""
    actions.check_scope(desk, form.scope)
    actions.check_day(desk, form.cleaned_data["holds_from"], request.now)
    check_seen(desk.key, kind.key, form.scope, _seen(request))
    return actions.checked_limits(kind, form.scope, **form.limits)


def _set_it(request: Request, desk: DeskDefinition, kind: Kind, form: ThresholdForm) -> None:
    actions.set_threshold(
        desk=desk.key,
        key=kind.key,
        scope=form.scope,
        **form.limits,
        holds_from=form.cleaned_data["holds_from"],
        actor=request.actor,
        now=request.now,
        seen=_seen(request),
    )
    messages.success(request, _("The threshold is set."))


def _seen(request: Request) -> int | None:
    """The newest change that the page showed when it was made."""
    sent = request.POST.get("seen", "")
    return int(sent) if sent.isdecimal() and len(sent) < 18 else None


def _meanwhile(desk: str, key: str, scope: Scope, words: str) -> str:
    """Who set what meanwhile, from when on, and what to do."""
    latest = next(each for each in history(desk, key) if each.scope == scope)
    names = people.names([latest.by_id] if latest.by_id else [])
    line = _set(latest, names, latest.holds_from)
    said = _("%(name)s: %(limits)s From %(day)s.")
    return f"{words} {said % {'name': line.by or 'Opsdesk', 'limits': line.says, 'day': line.holds}}"


def _initial(request: Request, desk: DeskDefinition, kind: Kind) -> dict[str, object]:
    """What holds today, for everything."""
    today = request.now.astimezone(desk.zone).date()
    held = book(desk.key, today).limits(kind.key)
    plain = {"healthy": held.healthy, "red": held.red, "note": held.note}
    numbers = {
        name: f"{value / SCALE:.3f}".rstrip("0").rstrip(".")
        for name, value in plain.items()
        if value is not None
    }
    return {**numbers, "holds_from": today}


def _scopes(desk: DeskDefinition) -> tuple[tuple[str, str], ...]:
    if desk.key != DEALS:
        return ()
    return tuple((row.country, row.category) for row in overview.scopes())


def _lines(
    desk: DeskDefinition, held: Book, lines: tuple[Set, ...], names: dict[int, str], today: date
) -> Iterator[Line]:
    """Each number with what holds for everything, then for scopes, then what is to come."""
    for kind in kinds_of(desk):
        of_kind = [each for each in reversed(lines) if each.key == kind.key]
        begun = sorted(
            (each for each in of_kind if each.holds_from <= today), key=lambda each: each.holds_from
        )
        newest = {each.scope: each for each in begun}
        general = newest.pop(EVERYWHERE, None)
        shipped = Line(kind.key, _(kind.name), "", said(kind, held.limits(kind.key)), None, False, "")
        yield _set(general, names, today) if general else shipped
        yield from (_set(each, names, today) for each in newest.values() if each.limits is not None)
        yield from (_set(each, names, today) for each in of_kind if each.holds_from > today)


def _set(each: Set, names: dict[int, str], today: date) -> Line:
    kind = KINDS[each.key]
    return Line(
        key=each.key,
        name=_(kind.name),
        where=where(each.scope),
        says=said(kind, each.limits) if each.limits else _("As around it again."),
        holds_from=each.holds_from,
        is_to_come=each.holds_from > today,
        by=names.get(each.by_id or 0, ""),
        at=each.at,
    )


def said(kind: Kind, held: Limits) -> str:
    """A number's limits in words, with the note's."""
    if held == NO_LIMIT:
        return _("No limit is set.")
    text = limits.sentence(held, kind.unit)
    if held.note is None:
        return text
    beyond = _("Above %(note)s with a note.") if kind.direction.is_up else _("Below %(note)s with a note.")
    return f"{text} {beyond % {'note': limits.amount(held.note, kind.unit)}}"


def where(scope: Scope) -> str:
    """A scope in words; nothing for everything."""
    category = category_name(scope.category) if scope.category else ""
    return ", ".join(part for part in (scope.country, category) if part)


def _readable(request: Request, desk: str) -> DeskDefinition:
    definition = cases.desk(desk)
    check_may(request.actor, Act.READ, desk=desk)
    return definition
