"""Answers about deals and disputes."""

from collections.abc import Mapping
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share
from opsdesk.insight.catalogue import ask
from opsdesk.insight.findings.deals import UNDER_24
from opsdesk.insight.registry import Answers, Question, Tally
from opsdesk.web.dashboards.categories import pattern
from opsdesk.web.dashboards.reasons import level_text
from opsdesk.web.deals import labels
from opsdesk.web.escaping import html_of
from opsdesk.web.findings.links import ROLLED, Link
from opsdesk.web.funnel.words import share_inside
from opsdesk.web.numbers.address import Place
from opsdesk.web.phrases import joined, opening, phrase
from opsdesk.web.questions.said import Asked, Row, Said


def asked_of(asked: Asked, metric: str, *by: str) -> Answers:
    return ask(metric, Question(asked.desk.key, asked.period, asked.now, by=by))


def place_of(asked: Asked, path: str = "") -> Place:
    here = path or reverse("questions")
    rolling = "" if asked.month else ROLLED
    return Place(asked.desk.key, asked.desk.zone, asked.now, here, rolling=rolling, month=asked.month)


def _tallies(answers: Answers) -> dict[str, int]:
    """Counts by the first dimension, none left out that has any."""
    found: dict[str, int] = {}
    for key, each in answers.items():
        if isinstance(each, Tally) and each.n:
            found[key[0]] = found.get(key[0], 0) + each.n
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def stuck_deals(asked: Asked) -> Said:
    """How many deals are stuck, in which state and scope, and whether a dispute is urgent."""
    by_state = _tallies(asked_of(asked, "deals_stuck", "state"))
    by_scope = _tallies(asked_of(asked, "deals_stuck", "scope"))
    unpaid = sum(_tallies(asked_of(asked, "deals_never_funded", "scope")).values())
    urgent = _urgent(asked)
    place, n = place_of(asked), sum(by_state.values())
    soon = place.members("disputes_active", by=("urgency",), key=(UNDER_24,))
    said = {"stuck": _stuck(n, by_state, place), "urgent": _urgency(sum(urgent.values()), soon)}
    rows = [
        Row(
            labels.scope_name(scope),
            (
                _cell(by_scope.get(scope, 0), place.members("deals_stuck", by=("scope",), key=(scope,))),
                _cell(
                    urgent.get(scope, 0),
                    place.members("disputes_active", by=("scope", "urgency"), key=(scope, UNDER_24)),
                ),
            ),
        )
        for scope in dict.fromkeys([*by_scope, *urgent])
    ]
    return Said(
        phrase(_("%(stuck)s %(urgent)s"), said),
        more=_unpaid(unpaid, place),
        head=(_("Stuck deals"), _("Under 24 hours")),
        rows=tuple(rows),
        links=(
            Link(_("Stuck deals"), n, place.members("deals_stuck")),
            Link(_("Disputes by time left"), sum(urgent.values()), f"{reverse('disputes')}?band=%3C24"),
            Link(_("The overview of deals"), None, reverse("dashboard", args=["overview"])),
        ),
    )


def _stuck(n: int, by_state: Mapping[str, int], place: Place) -> str:
    if not n:
        return _("No deal is stuck now.")
    href = place.opener("deals_stuck", by=("state",))
    states = joined(
        html_of("{} {}", opening(count, href((state,))), labels.word(labels.STATES, state))
        for state, count in by_state.items()
    )
    form = ngettext("%(n)d deal is stuck now: %(states)s.", "%(n)d deals are stuck now: %(states)s.", n)
    return phrase(form, {"n": opening(n, place.members("deals_stuck")), "states": states})


def _urgency(n: int, href: str) -> str:
    if not n:
        return _("No dispute is urgent now.")
    form = ngettext(
        "%(n)d dispute has less than 24 hours left.", "%(n)d disputes have less than 24 hours left.", n
    )
    return phrase(form, {"n": opening(n, href)})


def _unpaid(n: int, place: Place) -> tuple[str, ...]:
    if not n:
        return ()
    form = ngettext(
        "Beside them %(n)d deal was never funded for more than seven days.",
        "Beside them %(n)d deals were never funded for more than seven days.",
        n,
    )
    return (phrase(form, {"n": opening(n, place.members("deals_never_funded"))}),)


def _urgent(asked: Asked) -> dict[str, int]:
    answers = asked_of(asked, "disputes_active", "scope", "urgency")
    return _tallies({key: each for key, each in answers.items() if key[1] == UNDER_24})


def _cell(n: int, address: str) -> tuple[str, str]:
    return str(n), address if n else ""


def most_disputed(asked: Asked) -> Said:
    """The category with the most disputes, by count and by rate; why; what to do."""
    counts = _tallies(asked_of(asked, "disputes_raised", "category"))
    rates = {
        key[0]: each
        for key, each in asked_of(asked, "dispute_rate", "category").items()
        if isinstance(each, Share) and each.of
    }
    links = (
        Link(
            _("The categories beside one another"),
            None,
            place_of(asked, reverse("dashboard", args=["categories"])).address,
        ),
        Link(_("Disputes by time left"), None, reverse("disputes")),
    )
    if not counts:
        words = {"when": asked.when}
        return Said(_("No dispute was raised in %(when)s.") % words, links=links)
    by_count, by_rate = first_of(counts), first_by_rate(rates)
    sentence = _most(counts, by_count, rates, by_rate, asked)
    worst = dict.fromkeys([*by_count, *by_rate])
    reasons = _reasons(asked)
    return Said(
        sentence,
        more=tuple(words for each in worst for words in _why(each, reasons.get(each, {}), place_of(asked))),
        head=(_("Disputes raised"), _("Dispute rate"), _("Most often")),
        rows=tuple(
            _row(asked, each, counts, rates, reasons.get(each, {}))
            for each in dict.fromkeys([*counts, *rates])
        ),
        links=(*(_playbook(each) for each in worst), *links),
    )


def _reasons(asked: Asked) -> dict[str, dict[str, int]]:
    """Disputes by category and reason, the most frequent reason first."""
    answers = asked_of(asked, "disputes_raised", "reason", "category")
    categories = {key[1] for key in answers}
    return {each: _tallies({key: n for key, n in answers.items() if key[1] == each}) for each in categories}


def first_of(counts: Mapping[str, int]) -> list[str]:
    """The categories with the most."""
    return [each for each, n in counts.items() if n == max(counts.values())]


def first_by_rate(rates: Mapping[str, Share]) -> list[str]:
    """The categories with the highest rate, compared as fractions, of those with 20 deals or more."""
    enough = {each: share for each, share in rates.items() if share.low and not share.is_small}
    exact = {each: Fraction(share.low, share.of) for each, share in enough.items()}
    return [each for each, rate in exact.items() if rate == max(exact.values())]


def _most(
    counts: Mapping[str, int],
    by_count: list[str],
    rates: Mapping[str, Share],
    by_rate: list[str],
    asked: Asked,
) -> str:
    """One sentence; both where they differ. Where several have as many, the number opens the first one's."""
    place = place_of(asked)
    first = opening(counts[by_count[0]], of_category(place, "disputes_raised", by_count[0]))
    words: dict[str, object] = {"count": _names(by_count), "n": first, "when": asked.when}
    if not by_rate:
        form = _("In %(when)s %(count)s had the most disputes by count (%(n)d); too few deals for rates.")
        return phrase(form, words)
    share = opening(share_inside(rates[by_rate[0]]), of_category(place, "dispute_rate", by_rate[0]))
    words |= {"rate": _names(by_rate), "share": share}
    if by_count == by_rate:
        form = _("In %(when)s %(count)s had the most disputes, by count (%(n)d) and by rate (%(share)s).")
    else:
        form = _(
            "In %(when)s %(count)s had the most disputes by count (%(n)d), %(rate)s by rate (%(share)s)."
        )
    return phrase(form, words)


def of_category(place: Place, metric: str, category: str) -> str:
    """What a number of a category counts."""
    return place.members(metric, by=("category",), key=(category,))


def _of_reason(place: Place, reason: str, category: str) -> str:
    return place.members("disputes_raised", by=("reason", "category"), key=(reason, category))


def _names(categories: list[str]) -> str:
    return _(" and ").join(labels.category_name(each) for each in categories)


def _why(category: str, reasons: Mapping[str, int], place: Place) -> tuple[str, ...]:
    whole, level = sum(reasons.values()), first_of(reasons)
    if not level:
        return ()
    if len(level) > 1:
        return (_level(category, reasons, place),)
    reason = level[0]
    words = {
        "category": labels.category_name(category),
        "reason": labels.word(labels.REASONS, reason),
        "n": opening(reasons[reason], _of_reason(place, reason, category)),
        "of": opening(whole, of_category(place, "disputes_raised", category)),
    }
    why = phrase(_("Why, in %(category)s: most often %(reason)s, %(n)d of %(of)d."), words)
    done = pattern(category, reason)
    if not done:
        return (why,)
    return (html_of("{} {}", why, _("What to do, by its playbook: %(todo)s") % {"todo": done}),)


def _level(category: str, reasons: Mapping[str, int], place: Place) -> str:
    """Reasons of which none is the most frequent: no advice follows from them."""
    named = joined(
        html_of("{} ({})", labels.word(labels.REASONS, each), opening(n, _of_reason(place, each, category)))
        for each, n in reasons.items()
        if n == max(reasons.values())
    )
    said = _("Why: in %(category)s no reason stands out, these are level: %(reasons)s.")
    return phrase(said, {"category": labels.category_name(category), "reasons": named})


def _playbook(category: str) -> Link:
    words = {"category": labels.category_name(category)}
    return Link(_("The playbook: %(category)s") % words, None, reverse("playbook", args=[category]))


def _most_often(reasons: Mapping[str, int]) -> tuple[str, str]:
    """The most frequent reason in words and as its code; of several that are level no code."""
    level = first_of(reasons)
    if len(level) > 1:
        return level_text(len(level), reasons[level[0]]), ""
    if not level:
        return "–", ""
    return f"{labels.word(labels.REASONS, level[0])} ({reasons[level[0]]})", level[0]


def _row(
    asked: Asked,
    category: str,
    counts: Mapping[str, int],
    rates: Mapping[str, Share],
    reasons: Mapping[str, int],
) -> Row:
    place = place_of(asked)
    n, rate = counts.get(category, 0), rates.get(category)
    raised, came = (of_category(place, metric, category) for metric in ("disputes_raised", "dispute_rate"))
    most, top = _most_often(reasons)
    return Row(
        labels.category_name(category),
        (
            _cell(n, raised),
            (share_inside(rate), came if rate.low else "") if rate else ("–", ""),
            (most, _of_reason(place, top, category) if top else ""),
        ),
    )
