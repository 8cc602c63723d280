"""Answers about requests beside their way: volume, waiting, causes, what is stuck."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from opsdesk.insight.catalogue import ask
from opsdesk.insight.registry import Answer, Question, Tally
from opsdesk.insight.stuck import stuck
from opsdesk.insight.waiting import Waited, waiting
from opsdesk.kernel.period import month
from opsdesk.web.findings.links import Link, month_of
from opsdesk.web.findings.values import party_name, queue_name
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.words import period_text, requests
from opsdesk.web.numbers import address as numbers
from opsdesk.web.numbers.naming import value_name
from opsdesk.web.questions.of_tiers import EVERY, counted, nothing_came, place_of
from opsdesk.web.questions.said import Asked, Row, Said

QUEUE, CUSTOMER, THIRD = "queue", "customer", "third_party"


def volume(asked: Asked) -> Said:
    """How much came in, beside the month before; messages and threads apart."""
    found, place = counted(asked), place_of(asked)
    n = found.requests.n
    if not n:
        return nothing_came(asked)
    day = asked.period.start - timedelta(days=1)
    before = month(f"{day.astimezone(asked.desk.zone):%Y-%m}", asked.desk.zone)
    earlier = counted(asked, before).requests.n
    words: dict[str, object] = {"requests": requests(n), "when": asked.when, "change": _change(n - earlier)}
    words |= {"before": period_text(before, asked.desk), "earlier": earlier}
    mail = _mail(asked)
    return Said(
        _("%(requests)s came in in %(when)s, %(change)s %(before)s (%(earlier)d).") % words,
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
    address = numbers.Place(
        desk=asked.desk.key,
        zone=asked.desk.zone,
        now=asked.now,
        path=reverse("question", args=["volume"]),
        month=month_of(asked.period, asked.desk.zone),
    ).members
    named = (("messages_in", _("Messages")), ("threads_in", _("Threads")))
    return tuple(Link(name, _n(ask(key, question).get(())), address(key)) for key, name in named)


def _of_people(mail: tuple[Link, ...]) -> tuple[str, ...]:
    messages, threads = (each.n for each in mail)
    if not messages:
        return ()
    words = {"messages": messages, "threads": threads}
    return (_("In the same time %(messages)d messages of people arrived, in %(threads)d threads.") % words,)


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
    parts = ", ".join(
        _("%(percent)s %% %(who)s") % {"percent": _percent(n, whole), "who": _(NAMES[side])}
        for side, n in sides
        if n
    )
    longest = next((each for each in found if each.who != CUSTOMER), None)
    words = {"when": asked.when, "parts": parts}
    rows = [
        Row(
            _holder(each, asked),
            ((elapsed(each.seconds), ""), (f"{_percent(each.seconds, whole)} %", ""), (str(each.cases), "")),
        )
        for each in found
    ]
    page = place_of(asked).page()
    return Said(
        _("Of the time that the requests of %(when)s took, %(parts)s.") % words,
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
    words = {"who": _holder(each, asked), "percent": _percent(each.seconds, whole)}
    return (_("The longest single wait is %(who)s: %(percent)s %% of all.") % words,)


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
    known, standing = _by(asked, "causes_above_tier_1", "cause"), _by(asked, "reasons_standing_in", "reason")
    if not counted(asked).requests.n:
        return nothing_came(asked)
    links = (Link(_("Reasons and causes"), None, _flow(asked, "causes")),)
    if not above:
        nothing = _("Nothing went above Tier 1 in %(when)s, so there is no cause.")
        return Said(nothing % {"when": asked.when}, links=links)
    resolved = sum(n for _key, n in known)
    words = {
        "above": above,
        "when": asked.when,
        "resolved": resolved,
        "causes": _listed(known, asked, "cause"),
    }
    form = (
        _("Of %(above)d that went above Tier 1 in %(when)s, %(resolved)d are resolved: %(causes)s.")
        if known
        else _("%(above)d went above Tier 1 in %(when)s; none of them is resolved yet.")
    )
    rows = [Row(value_name("cause", key, asked.desk), ((str(n), ""),)) for key, n in known]
    return Said(
        form % words,
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
    return (form % {"n": n, "reasons": _listed(standing, asked, "reason")},)


def _by(asked: Asked, metric: str, name: str) -> list[tuple[str, int]]:
    answers = ask(metric, Question(asked.desk.key, asked.period, asked.now, by=(name,)))
    found = [(key[0], _n(each)) for key, each in answers.items()]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _listed(found: list[tuple[str, int]], asked: Asked, name: str) -> str:
    return ", ".join(f"{n} {value_name(name, key, asked.desk)}" for key, n in found)


def _flow(asked: Asked, key: str) -> str:
    return (
        f"{reverse('flow_page', args=[asked.desk.key, key])}?month={month_of(asked.period, asked.desk.zone)}"
    )


def stuck_cases(asked: Asked) -> Said:
    """How many cases are stuck now, on whom, in which queues."""
    found, place = stuck(desk=asked.desk.key, filters=EVERY, now=asked.now), place_of(asked)
    n = found.on_us + found.on_others
    words = {"n": n, "on_us": found.on_us, "on_others": found.on_others}
    rows = [
        Row(queue_name(asked.desk, queue), ((str(on_us), ""), (str(on_others), "")))
        for queue, on_us, on_others in found.by_queue
    ]
    form = ngettext(
        "%(n)d case is stuck now: %(on_us)d on us, %(on_others)d on others.",
        "%(n)d cases are stuck now: %(on_us)d on us, %(on_others)d on others.",
        n,
    )
    return Said(
        form % words if n else _("No case is stuck now."),
        head=(_("On us"), _("On others")),
        rows=tuple(rows),
        links=(
            Link(_("Stuck on us"), found.on_us, place.cases("stuck_us")),
            Link(_("Stuck on others"), found.on_others, place.cases("stuck_others")),
        ),
    )
