"""Answers about requests beside their way: volume, waiting, causes, what is stuck."""

from datetime import timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.insight.catalogue import ask
from opsdesk.insight.registry import Answer, Question, Tally
from opsdesk.insight.stuck import stuck
from opsdesk.insight.waiting import Waited, waiting
from opsdesk.kernel.period import month
from opsdesk.web.escaping import html_of
from opsdesk.web.findings.links import Link, month_of
from opsdesk.web.findings.values import party_name, queue_name
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.behind import TO_TODAY
from opsdesk.web.funnel.words import period_text
from opsdesk.web.numbers import address as numbers
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.phrases import joined, opening, phrase
from opsdesk.web.questions.of_tiers import (
    EVERY,
    all_in,
    counted,
    lists_of,
    nothing_came,
    opened,
    place_of,
)
from opsdesk.web.questions.said import Asked, Row, Said

QUEUE, CUSTOMER, THIRD = "queue", "customer", "third_party"
CAUSES, STANDING_IN = "causes_above_tier_1", "reasons_standing_in"


def volume(asked: Asked) -> Said:
    """How much came in, beside the month before; messages and threads apart."""
    found, place = counted(asked), place_of(asked)
    n = found.requests.n
    if not n:
        return nothing_came(asked)
    day = asked.period.start - timedelta(days=1)
    before = month(f"{day.astimezone(asked.desk.zone):%Y-%m}", asked.desk.zone)
    earlier = counted(asked, before).requests
    words: dict[str, object] = {"requests": all_in(found.requests, place), "when": asked.when}
    words |= {"change": _change(n - earlier.n), "before": period_text(before, asked.desk)}
    words["earlier"] = opened(earlier, place.in_month(month_of(before, asked.desk.zone)))
    mail = _mail(asked)
    return Said(
        phrase(_("%(requests)s came in in %(when)s, %(change)s %(before)s (%(earlier)d)."), words),
        more=_of_people(mail),
        links=(
            Link(_("Requests in"), n, place.cases("in")),
            *(each for each in mail if each.n),
            Link(_("The funnel of %(when)s") % {"when": asked.when}, None, place.page()),
        ),
    )


def _change(more: int) -> str:
    if not more:
        return _("as many as in")
    if more > 0:
        return _("%(n)d more than in") % {"n": more}
    return _("%(n)d fewer than in") % {"n": -more}


def _mail(asked: Asked) -> tuple[Link, ...]:
    """Messages and threads of people in the same time, with their lists: three numbers, not one."""
    question = Question(asked.desk.key, asked.period, asked.now)
    address = lists_of(asked).members
    named = (("messages_in", _("Messages")), ("threads_in", _("Threads")))
    return tuple(Link(name, _n(ask(key, question).get(())), address(key)) for key, name in named)


def _of_people(mail: tuple[Link, ...]) -> tuple[str, ...]:
    messages, threads = mail
    if not messages.n:
        return ()
    form = _("In the same time %(messages)d messages of people arrived, in %(threads)d threads.")
    words = {
        "messages": opening(messages.n, messages.address),
        "threads": opening(threads.n, threads.address),
    }
    return (phrase(form, words),)


def _n(answer: Answer | None) -> int:
    return answer.n if isinstance(answer, Tally) else 0


def waits(asked: Asked) -> Said:
    """Who held the requests: our queues, the customer, each third party."""
    found = waiting(desk=asked.desk.key, period=asked.period, filters=EVERY, now=asked.now)
    whole = sum(each.seconds for each in found)
    if not whole:
        return nothing_came(asked)
    sides = [(side, sum(each.seconds for each in found if each.who == side)) for side in NAMES]
    sides.sort(key=lambda each: -each[1])
    parts = joined(
        phrase(_("%(percent)s %% %(who)s"), {"percent": _part(side, n, whole, asked), "who": _(NAMES[side])})
        for side, n in sides
        if n
    )
    longest = next((each for each in found if each.who != CUSTOMER), None)
    words = {"when": asked.when, "parts": parts}
    rows = [
        Row(
            _holder(each, asked),
            tuple(
                (text, _held(each, asked))
                for text in (elapsed(each.seconds), f"{_percent(each.seconds, whole)} %", str(each.cases))
            ),
        )
        for each in found
    ]
    page = place_of(asked).page()
    return Said(
        phrase(_("Of the time that the requests of %(when)s took, %(parts)s."), words),
        more=_longest(longest, whole, asked),
        head=(_("In all"), _("Share of the time"), _("Requests")),
        rows=tuple(rows),
        links=(Link(_("Who held the requests"), None, f"{page}#waits-title"),),
    )


NAMES = {
    QUEUE: gettext_noop("passed with us"),
    CUSTOMER: gettext_noop("waiting for the customer"),
    THIRD: gettext_noop("waiting for third parties"),
}


def _longest(each: Waited | None, whole: int, asked: Asked) -> tuple[str, ...]:
    if each is None:
        return ()
    percent = opening(_percent(each.seconds, whole), _held(each, asked))
    words = {"who": _holder(each, asked), "percent": percent}
    return (phrase(_("The longest single wait is %(who)s: %(percent)s %% of all."), words),)


def _held(each: Waited, asked: Asked) -> str:
    """The list of the requests that somebody held."""
    who = f"{each.who}:{each.key}" if each.key else each.who
    return lists_of(asked).members("held_by", by=("who",), key=(who,))


def _part(side: str, n: int, whole: int, asked: Asked) -> SafeString:
    """A part of the time; the customer's opens what waited for the customer, the others are of many."""
    href = _held(Waited(side, "", n, 0), asked) if side == CUSTOMER else ""
    return opening(_percent(n, whole), href)


def _percent(n: int, whole: int) -> int:
    return round(n * 100 / whole)


def _holder(each: Waited, asked: Asked) -> str:
    if each.who == QUEUE:
        return queue_name(asked.desk, each.key)
    return _("the customer") if each.who == CUSTOMER else party_name(asked.desk, each.key)


def causes(asked: Asked) -> Said:
    """The causes of what went above Tier 1; of what is open the reasons stand beside, never added."""
    question = Question(asked.desk.key, asked.period, asked.now)
    above = _n(ask("above_tier_1", question).get(()))
    known, standing = _by(asked, CAUSES, "cause"), _by(asked, STANDING_IN, "reason")
    if not counted(asked).requests.n:
        return nothing_came(asked)
    links = (Link(_("Reasons and causes"), None, _flow(asked, "causes")),)
    if not above:
        nothing = _("Nothing went above Tier 1 in %(when)s, so there is no cause.")
        return Said(nothing % {"when": asked.when}, links=links)
    resolved = sum(n for _key, n in known)
    lists = lists_of(asked)
    words = {
        "above": opening(above, lists.members("above_tier_1")),
        "when": asked.when,
        "resolved": opening(resolved, lists.members(CAUSES) if resolved else ""),
        "causes": _listed(known, asked, CAUSES, "cause"),
    }
    form = (
        _("Of %(above)d that went above Tier 1 in %(when)s, %(resolved)d are resolved: %(causes)s.")
        if known
        else _("%(above)d went above Tier 1 in %(when)s; none of them is resolved yet.")
    )
    href = lists.opener(CAUSES, by=("cause",))
    rows = [Row(value_name("cause", key, asked.desk), ((str(n), href((key,))),)) for key, n in known]
    return Said(
        phrase(form, words),
        more=_standing(standing, asked),
        head=(_("Resolved"),),
        rows=tuple(rows),
        links=links,
    )


def _standing(standing: list[tuple[str, int]], asked: Asked) -> tuple[str, ...]:
    if not standing:
        return ()
    n = sum(each for _key, each in standing)
    form = ngettext(
        "%(n)d is still open; it was handed up for: %(reasons)s.",
        "%(n)d are still open; they were handed up for: %(reasons)s.",
        n,
    )
    words = {
        "n": opening(n, lists_of(asked).members(STANDING_IN)),
        "reasons": _listed(standing, asked, STANDING_IN, "reason"),
    }
    return (phrase(form, words),)


def _by(asked: Asked, metric: str, name: str) -> list[tuple[str, int]]:
    answers = ask(metric, Question(asked.desk.key, asked.period, asked.now, by=(name,)))
    found = [(key[0], _n(each)) for key, each in answers.items()]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _listed(found: list[tuple[str, int]], asked: Asked, metric: str, name: str) -> SafeString:
    href = lists_of(asked).opener(metric, by=(name,))
    return joined(
        html_of("{} {}", opening(n, href((key,))), value_name(name, key, asked.desk)) for key, n in found
    )


def _flow(asked: Asked, key: str) -> str:
    return (
        f"{reverse('flow_page', args=[asked.desk.key, key])}?month={month_of(asked.period, asked.desk.zone)}"
    )


def stuck_cases(asked: Asked) -> Said:
    """How many cases are stuck now, on whom, in which queues."""
    found, place = stuck(desk=asked.desk.key, filters=EVERY, now=asked.now), place_of(asked)
    n, lists = found.on_us + found.on_others, lists_of(asked).rolled(TO_TODAY)
    words = {
        "n": opening(n, lists.members("stuck_for") if n else ""),
        "on_us": opening(found.on_us, place.cases("stuck_us") if found.on_us else ""),
        "on_others": opening(found.on_others, place.cases("stuck_others") if found.on_others else ""),
    }
    rows = [_stuck_in(*each, asked, lists) for each in found.by_queue]
    form = ngettext(
        "%(n)d case is stuck now: %(on_us)d on us, %(on_others)d on others.",
        "%(n)d cases are stuck now: %(on_us)d on us, %(on_others)d on others.",
        n,
    )
    return Said(
        phrase(form, words) if n else _("No case is stuck now."),
        head=(_("On us"), _("On others")),
        rows=tuple(rows),
        links=(
            Link(_("Stuck on us"), found.on_us, place.cases("stuck_us")),
            Link(_("Stuck on others"), found.on_others, place.cases("stuck_others")),
        ),
    )


def _stuck_in(queue: str, on_us: int, on_others: int, asked: Asked, lists: numbers.Place) -> Row:
    cells = (("stuck_on_us", on_us), ("stuck_on_others", on_others))
    return Row(
        queue_name(asked.desk, queue),
        tuple(
            (str(n), lists.members(metric, by=("queue",), key=(queue,)) if n else "") for metric, n in cells
        ),
    )
