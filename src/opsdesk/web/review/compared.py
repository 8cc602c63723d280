"""The first numbers of a review beside those of the period before, and its answer in words."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share, State
from opsdesk.insight.catalogue import METRICS
from opsdesk.review.document import About, OfRequests
from opsdesk.web.funnel.words import period_text
from opsdesk.web.numbers.tables import Column, Table, heading
from opsdesk.web.phrases import opening, phrase
from opsdesk.web.review.answered import kinds_at, still_open
from opsdesk.web.review.beside import cells
from opsdesk.web.review.numbers import Source, total, when
from opsdesk.web.review.paper import Section

FINDINGS = "#findings"


def section(source: Source) -> Section:
    """Every first number, before and now."""
    document = source.document
    before = period_text(document.before, source.desk)
    rows = tuple(
        (
            heading(name_of(each.now.metric)),
            *cells(each, source),
        )
        for each in document.headline
    )
    columns = (
        Column(_("Number"), is_number=False),
        Column(when(source)),
        Column(before),
        Column(_("Difference")),
    )
    note = _("Of shares the difference is in percentage points; a range where requests are still open.")
    return Section(
        "numbers",
        _("In numbers, beside the period before"),
        tables=(Table("headline", _("The first numbers"), columns, rows, note=note),),
    )


def name_of(metric: str) -> str:
    """A metric's name; its key where this version has none of that name."""
    return _(METRICS[metric].name) if metric in METRICS else metric


def first(source: Source) -> SafeString:
    """The answer: how much there was, and how much of it is red."""
    document = source.document
    if document.about is About.DEALS:
        created = ngettext("%(n)d deal was created", "%(n)d deals were created", document.n)
        came = phrase(created, {"n": source.opening(source.whole())})
    else:
        came = phrase(_("%(requests)s came in"), {"requests": source.requests(source.whole())})
    before = source.opening(source.whole(before=True))
    words = {"came": came, "when": when(source), "red": reds(source), "before": before}
    return phrase(_("In %(when)s, %(came)s, after %(before)d in the period before; %(red)s."), words)


def reds(source: Source) -> SafeString:
    """How many findings are red, and how many are on watch: they stand in their section."""
    states = [each.state for each in source.document.findings]
    red, watched = states.count(State.RED), states.count(State.WATCH)
    here = f"{source.path}{FINDINGS}"
    form = ngettext("%(n)d is on watch", "%(n)d are on watch", watched)
    watch = phrase(form, {"n": opening(watched, here)})
    if not red:
        nothing = _("nothing is red, %(watch)s") if watched else _("nothing is red or on watch")
        return phrase(nothing, {"watch": watch})
    form = ngettext("%(n)d finding is red", "%(n)d findings are red", red)
    said = phrase(form, {"n": opening(red, here)})
    return phrase(_("%(red)s, %(watch)s"), {"red": said, "watch": watch}) if watched else said


def chip(source: Source) -> str:
    """How urgent the whole is."""
    states = {each.state for each in source.document.findings}
    looks = ((State.RED, "is-bad"), (State.WATCH, "is-watch"), (State.HEALTHY, "is-good"))
    return next((look for state, look in looks if state in states), "")


def of_tiers(found: OfRequests, source: Source) -> Iterable[SafeString]:
    """What each tier made of what it received."""
    for tier in found.tiers:
        share = tier.rate if tier.tier > 1 else found.questions.alone
        if not tier.received.n or not isinstance(share.answer, Share):
            continue
        words: dict[str, object] = {
            "tier": tier.tier,
            "resolved": source.opening(tier.resolved),
            "share": source.share(share),
            "up": source.opening(tier.escalated),
        }
        if tier.escalated.n:
            yield phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s) and handed %(up)d up."), words)
        elif tier.tier == len(found.tiers) and tier.resolved.n:
            words["kinds"] = kinds_at(found.questions.types, tier.tier, source)
            yield phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s): %(kinds)s."), words)
        else:
            yield phrase(_("Tier %(tier)d resolved %(resolved)d (%(share)s)."), words)
    if sum(tier.open.n for tier in found.tiers):
        yield still_open(total(tier.open for tier in found.tiers), source)
