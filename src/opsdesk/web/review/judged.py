"""The findings of a review in words: all of them, and read as what works, what does not, what would help."""

from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.insight.bands import State
from opsdesk.insight.findings.finding import Behind, Finding, Group
from opsdesk.insight.registry import Tally
from opsdesk.kernel.period import Period
from opsdesk.review.document import About, SinceLast, Turned
from opsdesk.review.models import Point
from opsdesk.review.numbers import Number
from opsdesk.web.escaping import html_of
from opsdesk.web.findings.cards import STATES, Card, card
from opsdesk.web.findings.links import Link, metric_words, pick_words
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.words import CHIPS, period_text
from opsdesk.web.phrases import joined, plain
from opsdesk.web.review.numbers import Source
from opsdesk.web.review.paper import Item, Items, Section

PEOPLE, TOOLS, PROCESS = Point.Tag.PEOPLE, Point.Tag.TOOLS, Point.Tag.PROCESS
TAGS: Mapping[str, Point.Tag] = {
    "tier_1_share": TOOLS,
    "tier_2_rate": TOOLS,
    "tier_3_share": TOOLS,
    "last_resort": PEOPLE,
    "right_queue": PROCESS,
    "returned": TOOLS,
    "reopened": PROCESS,
    "untyped": PROCESS,
    "no_cause": PROCESS,
    "leaked": TOOLS,
    "stuck_us": PEOPLE,
    "stuck_others": PROCESS,
    "works": PEOPLE,
    "more_tier_2": PEOPLE,
    "tools_or_senior": TOOLS,
    "specialist": PEOPLE,
    "third_party_delays": PROCESS,
    "no_outcome": PROCESS,
    "instrument_first": TOOLS,
    "completion": PROCESS,
    "dispute_rate": PROCESS,
    "time_to_settle": PROCESS,
    "intervention": PEOPLE,
    "drift": PROCESS,
    "urgent_disputes": PEOPLE,
    "timer_visibility": TOOLS,
    "deals_stuck": PROCESS,
    "integrity_faults": TOOLS,
}
GOOD_OUTCOMES = ("works",)
BAD = (State.RED, State.WATCH)


def cards_of(source: Source) -> list[Card]:
    """Every finding of the document as its page shows it, in their order."""
    document, desk = source.document, source.desk
    period = period_text(document.period, desk)
    return [
        card(
            each,
            desk,
            period,
            now=document.as_of,
            since=document.red_since.get(each.key) if each.is_red else None,
            opens=partial(address_of, source=source),
        )
        for each in document.findings
    ]


def sections(source: Source) -> Iterable[Section]:
    """The findings, what they come to, and what turned since the last review."""
    found = cards_of(source)
    yield Section(
        "findings",
        _("Findings"),
        items=tuple(_item(each, source) for each in found if _is_told(each.finding)),
        lists=_quiet(found, source),
    )
    yield Section("works", _("What works, what does not, what would help"), lists=_three(found, source))
    since = source.document.since_last
    if since is not None:
        yield _since(since, source)


def tag_of(finding: Finding) -> str:
    """Whether it is about people, tools or process; in words."""
    return str(TAGS.get(finding.rule, PROCESS).label)


def _is_told(finding: Finding) -> bool:
    return finding.state in BAD or finding.noted or finding.group is Group.OUTCOME


def _item(each: Card, source: Source) -> Item:
    is_count = isinstance(each.finding.number, Tally)
    said = [html_of("{}. {}" if each.limits else "{}.{}", _number(each), each.limits)]
    if is_count or not each.value:
        said = []
    return Item(
        title=_named(each, source) if is_count else _name(each, source),
        said=(*said, each.means),
        todo=each.todo,
        state=each.state,
        chip=each.chip,
        tag=tag_of(each.finding),
        links=links_of(each.finding, source),
    )


def _number(each: Card) -> SafeString:
    """The value with its range and the counts it is made of."""
    value = html_of("{} ({})", each.shown, each.range) if each.range else each.shown
    return joined([value, each.counted]) if each.counts else value


def _name(each: Card, source: Source) -> str:
    """A finding's name, with where it is and of which moment it is, where it isn't of the whole period."""
    name = f"{each.name}, {each.where}" if each.where else each.name
    if each.finding.period:
        return name
    if source.document.about is About.DEALS and source.document.period.end <= source.document.as_of:
        # What deals stand at is asked of the period's end, what requests stand at of the moment of writing.
        return _("%(name)s, at the end of the period") % {"name": name}
    return _("%(name)s, when this was written") % {"name": name}


def links_of(finding: Finding, source: Source) -> tuple[Link, ...]:
    """The lists behind a finding, of the review's own days; those that count something."""
    return tuple(_link(each, finding, source) for each in finding.behind if each.n)


def _link(behind: Behind, finding: Finding, source: Source) -> Link:
    words = metric_words(behind) if behind.metric else pick_words(behind)
    return Link(words, behind.n, address_of(finding, behind, source))


def address_of(finding: Finding, behind: Behind, source: Source) -> str:
    """A list behind a finding as of the end of the day on which the review was written."""
    document = source.document
    if behind.metric:
        period = None
        if finding.period is None and document.about is not About.DEALS:
            # What requests stand at is of the moment of writing, which lies after the period.
            period = Period(document.period.start, max(document.period.end, document.as_of))
        number = Number(behind.metric, Tally(behind.n), behind.filters, behind.of, period)
        return source.href(number, behind.side)
    first, last = source.days
    place = Place(source.desk.key, first=first, last=last, as_of_day=source.known_on)
    return place.cases(behind.pick, kind=behind.kind or None)


def _quiet(found: list[Card], source: Source) -> tuple[Items, ...]:
    """What is well, not yet known or too little to judge, in a line each."""
    rest = [each for each in found if not _is_told(each.finding)]
    if not rest:
        return ()
    items = tuple(
        Item(
            _named(each, source),
            (each.means,),
            state=each.state,
            chip=each.chip,
            links=links_of(each.finding, source),
        )
        for each in rest
    )
    return (Items(_("Well, or not known"), items, ""),)


def _named(each: Card, source: Source) -> str:
    return html_of("{}: {}", _name(each, source), each.shown) if each.value else _name(each, source)


def _three(found: list[Card], source: Source) -> tuple[Items, ...]:
    works = [each for each in found if each.finding.state is State.HEALTHY and not _is_bad_outcome(each)]
    fails = [each for each in found if each.finding.state in BAD or _is_bad_outcome(each)]
    helps = [each for each in found if each.todo]
    return (
        Items(
            _("What works"),
            tuple(_short(each, source) for each in works),
            _("No number was found healthy in this period."),
        ),
        Items(
            _("What does not"),
            tuple(_short(each, source) for each in fails),
            _("Nothing is red or on watch."),
        ),
        Items(
            _("What would help"),
            tuple(_help(each) for each in helps),
            _("Nothing has to be done by these numbers."),
        ),
    )


def _help(each: Card) -> Item:
    """What a finding says to do, which can be taken over as an action."""
    tag = TAGS.get(each.finding.rule, PROCESS)
    query = urlencode({"kind": Point.Kind.ACTION.value, "tag": tag.value, "words": plain(each.todo)})
    return Item(each.todo, tag=tag_of(each.finding), point=query)


def _is_bad_outcome(each: Card) -> bool:
    finding = each.finding
    return finding.group is Group.OUTCOME and finding.rule not in (*GOOD_OUTCOMES, "no_outcome")


def _short(each: Card, source: Source) -> Item:
    named, tag = _named(each, source), tag_of(each.finding)
    return Item(named, (each.means,), chip=each.chip, state=each.state, tag=tag)


def _since(since: SinceLast, source: Source) -> Section:
    """Which findings have another verdict than in the review before."""
    words = {"period": period_text(since.period, source.desk)}
    said = (
        _("Beside the review of %(period)s:")
        if since.turned
        else _("No verdict is another than in the review of %(period)s.")
    )
    items = tuple(_turned(each, source) for each in since.turned)
    return Section("since", _("Changed since the last review"), said=(said % words,), items=items)


def _turned(each: Turned, source: Source) -> Item:
    opens = partial(address_of, source=source)
    told = card(each.finding, source.desk, "", now=source.document.as_of, opens=opens)
    states = {"before": verdict(each.before), "now": verdict(each.now)}
    return Item(
        _named(told, source),
        (_("was %(before)s, is %(now)s") % states,),
        state=verdict(each.now),
        chip=CHIPS.get(each.now, "") if each.now else "",
        tag=tag_of(each.finding),
    )


def verdict(state: State | None) -> str:
    """A state in words; of a finding that was not made."""
    if state is None:
        return _("not said")
    return _(STATES[state]) if state in STATES else _("without a verdict")
