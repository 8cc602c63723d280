"""Answers of a review about requests beside their way: who held them, how many came, the causes."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.insight.registry import Mean, Tally
from opsdesk.review.document import Held, Questions
from opsdesk.web.findings.values import party_name, queue_name
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.words import within_text
from opsdesk.web.numbers.cells import counted
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import joined, phrase
from opsdesk.web.review.numbers import Source, listed, summed, total, when

QUEUE, CUSTOMER, THIRD = "queue", "customer", "third_party"
MOST_ROWS = 12
SIDES = {
    QUEUE: gettext_noop("passed with us"),
    CUSTOMER: gettext_noop("waiting for the customer"),
    THIRD: gettext_noop("waiting for third parties"),
}


def seconds(held: Held) -> int:
    """How long somebody held requests."""
    answer = held.number.answer
    if isinstance(answer, Tally):
        return answer.n
    return int(answer.total) if isinstance(answer, Mean) else 0


def waits(asked: Questions, source: Source) -> Iterable[str]:
    """Who held the requests, in sentences."""
    whole = sum(seconds(each) for each in asked.waits)
    if not whole:
        yield _("No time has passed yet that could be told apart.")
        return
    sides = {side: tuple(each for each in asked.waits if each.who == side) for side in SIDES}
    ordered = sorted(sides.items(), key=lambda each: -sum(map(seconds, each[1])))
    parts = joined(_part(side, found, whole, source) for side, found in ordered if sum(map(seconds, found)))
    words: dict[str, object] = {"when": when(source), "parts": parts}
    yield phrase(_("Of the time that the requests of %(when)s took, %(parts)s."), words)
    longest = next((each for each in asked.waits if each.who != CUSTOMER), None)
    if longest is not None:
        percent = source.opening(longest.number, round(seconds(longest) * 100 / whole))
        words = {"who": holder(longest, source), "percent": percent}
        yield phrase(_("The longest single wait is %(who)s: %(percent)s %% of all."), words)


def _part(side: str, found: tuple[Held, ...], whole: int, source: Source) -> SafeString:
    """A part of the time; it opens its list where one alone held them, else they stand in the table."""
    percent = round(sum(map(seconds, found)) * 100 / whole)
    shown = source.opening(found[0].number, percent) if len(found) == 1 else percent
    return phrase(_("%(percent)s %% %(who)s"), {"percent": shown, "who": _(SIDES[side])})


def holder(held: Held, source: Source) -> str:
    """Who held requests, in words."""
    if held.who == QUEUE:
        return queue_name(source.desk, held.key)
    return _("the customer") if held.who == CUSTOMER else party_name(source.desk, held.key)


def held(asked: Questions, source: Source) -> tuple[Table, ...]:
    """The same as a table, the longest first."""
    whole = sum(seconds(each) for each in asked.waits)
    if not whole:
        return ()
    rows = tuple(
        (
            heading(holder(each, source)),
            Cell(elapsed(seconds(each)), seconds(each), source.href(each.number)),
            _percent(each, whole, source),
            counted(each.cases, source.href(each.number)),
        )
        for each in asked.waits[:MOST_ROWS]
    )
    columns = (
        Column(_("Who held them"), is_number=False),
        Column(_("In all")),
        Column(_("Share of the time")),
        Column(_("Requests")),
    )
    return (Table("waits", _("Who held the requests"), columns, rows),)


def _percent(each: Held, whole: int, source: Source) -> Cell:
    part = seconds(each) / whole
    return Cell(f"{round(part * 100)} %", round(part, 4), source.href(each.number))


def volume(asked: Questions, source: Source) -> Iterable[str]:
    """How much came in in the last month that had ended; messages and threads apart."""
    came, *mail = asked.volume
    words = {"requests": source.requests(came), "when": within_text(asked.last_month, source.desk)}
    yield phrase(_("In %(when)s, %(requests)s came in."), words)
    if mail and mail[0].n:
        said = dict(zip(("messages", "threads"), map(source.opening, mail), strict=True))
        form = _("In the same time %(messages)d messages of people arrived, in %(threads)d threads.")
        yield phrase(form, said)


def causes(asked: Questions, source: Source) -> Iterable[str]:
    """The causes of what went above Tier 1; of what is open the reasons stand beside, never added."""
    above, resolved = asked.above_tier_1.n, summed(asked.causes)
    if not above:
        yield _("Nothing went above Tier 1 in %(when)s, so there is no cause.") % {"when": when(source)}
        return
    words = {
        "above": source.opening(asked.above_tier_1),
        "when": when(source),
        "resolved": source.opening(total(asked.causes)) if resolved else 0,
        "causes": listed(asked.causes, "cause", source),
    }
    if resolved:
        form = _("Of %(above)d that went above Tier 1 in %(when)s, %(resolved)d are resolved: %(causes)s.")
    else:
        form = _("%(above)d went above Tier 1 in %(when)s; none of them is resolved yet.")
    yield phrase(form, words)
    if standing := summed(asked.standing):
        said = ngettext(
            "%(n)d is still open; it was handed up for: %(reasons)s.",
            "%(n)d are still open; they were handed up for: %(reasons)s.",
            standing,
        )
        reasons = listed(asked.standing, "reason", source)
        yield phrase(said, {"n": source.opening(total(asked.standing)), "reasons": reasons})


def cause_table(asked: Questions, source: Source) -> tuple[Table, ...]:
    """The causes as a table."""
    known = [each for each in asked.causes if each.n]
    if not known:
        return ()
    rows = tuple(
        (heading(value_name("cause", each.of.get("cause", ""), source.desk)), source.cell(each))
        for each in sorted(known, key=lambda each: -each.n)
    )
    columns = (Column(_("Cause"), is_number=False), Column(_("Resolved")))
    return (Table("causes", _("Causes of what went above Tier 1"), columns, rows),)
