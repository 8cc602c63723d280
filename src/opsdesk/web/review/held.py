"""Answers of a review about requests beside their way: who held them, how many came, the causes."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.insight.registry import Mean, Tally
from opsdesk.review.document import Held, Questions
from opsdesk.web.findings.values import party_name, queue_name
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.words import requests, within_text
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.review.numbers import Source, listed, summed, when

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
    sides = {side: sum(seconds(each) for each in asked.waits if each.who == side) for side in SIDES}
    parts = ", ".join(
        _("%(percent)s %% %(who)s") % {"percent": round(n * 100 / whole), "who": _(SIDES[side])}
        for side, n in sorted(sides.items(), key=lambda each: -each[1])
        if n
    )
    yield _("Of the time that the requests of %(when)s took, %(parts)s.") % {
        "when": when(source),
        "parts": parts,
    }
    longest = next((each for each in asked.waits if each.who != CUSTOMER), None)
    if longest is not None:
        words = {"who": holder(longest, source), "percent": round(seconds(longest) * 100 / whole)}
        yield _("The longest single wait is %(who)s: %(percent)s %% of all.") % words


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
            Cell(f"{round(seconds(each) * 100 / whole)} %", round(seconds(each) / whole, 4)),
            Cell(str(each.cases), each.cases),
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


def volume(asked: Questions, source: Source) -> Iterable[str]:
    """How much came in in the last month that had ended; messages and threads apart."""
    n = [each.n for each in asked.volume] + [0] * 3
    words = {"requests": requests(n[0]), "when": within_text(asked.last_month, source.desk)}
    yield _("In %(when)s, %(requests)s came in.") % words
    if n[1]:
        said = {"messages": n[1], "threads": n[2]}
        yield _("In the same time %(messages)d messages of people arrived, in %(threads)d threads.") % said


def causes(asked: Questions, source: Source) -> Iterable[str]:
    """The causes of what went above Tier 1; of what is open the reasons stand beside, never added."""
    above, resolved = asked.above_tier_1.n, summed(asked.causes)
    if not above:
        yield _("Nothing went above Tier 1 in %(when)s, so there is no cause.") % {"when": when(source)}
        return
    words = {
        "above": above,
        "when": when(source),
        "resolved": resolved,
        "causes": listed(asked.causes, "cause", source),
    }
    if resolved:
        yield (
            _("Of %(above)d that went above Tier 1 in %(when)s, %(resolved)d are resolved: %(causes)s.")
            % words
        )
    else:
        yield _("%(above)d went above Tier 1 in %(when)s; none of them is resolved yet.") % words
    if standing := summed(asked.standing):
        said = ngettext(
            "%(n)d is still open; it was handed up for: %(reasons)s.",
            "%(n)d are still open; they were handed up for: %(reasons)s.",
            standing,
        )
        yield said % {"n": standing, "reasons": listed(asked.standing, "reason", source)}


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
