"""The questions of a review about requests, each answered in a sentence, with the table behind it."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.insight.bands import Share
from opsdesk.insight.registry import WITHOUT, Side, Tally
from opsdesk.review.document import OfRequests, OfType, Questions
from opsdesk.review.numbers import Number
from opsdesk.web.escaping import html_of
from opsdesk.web.funnel.words import family_name, requests_opening, share_inside, type_name
from opsdesk.web.labels import shipped
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import joined, phrase
from opsdesk.web.review import held
from opsdesk.web.review.numbers import Source, listed, summed, total, when
from opsdesk.web.review.paper import Item, Section

MOST_ROWS = 12


def section(found: OfRequests, source: Source) -> Section:
    """Each question with its answer."""
    asked = found.questions
    items = (
        Item(_("What is the actual split between the tiers?"), tuple(_split(asked, source))),
        Item(
            _("What share can Tier 1 handle alone?"),
            tuple(_alone(asked, source)),
            tables=_by_type(asked, source),
        ),
        Item(_("What goes to Tier 2, and by which path?"), tuple(_to_tier_2(asked, source))),
        Item(_("What passes Tier 2?"), tuple(_past_tier_2(asked, source))),
        Item(
            _("Where do we wait, and on whom?"),
            tuple(held.waits(asked, source)),
            tables=held.held(asked, source),
        ),
        Item(_("How much came in last month?"), tuple(held.volume(asked, source))),
        Item(
            _("What are the causes: bugs, missing features or one-offs?"),
            tuple(held.causes(asked, source)),
            tables=held.cause_table(asked, source),
        ),
    )
    return Section("questions", _("The questions, answered"), items=items)


def _split(asked: Questions, source: Source) -> Iterable[str]:
    whole = source.document.n
    still = whole - summed(asked.split)
    form = _("Tier %(tier)d resolved %(n)d (%(share)s)")
    parts = []
    for tier, number in enumerate(asked.split, 1):
        share = part(number.n, 0, whole)
        parts.append(phrase(form, {"tier": tier, "n": source.opening(number), "share": share}))
    words = {"requests": source.requests(source.whole()), "when": when(source), "parts": joined(parts)}
    yield phrase(_("Of %(requests)s in %(when)s, %(parts)s."), words)
    if still > 0:
        yield still_open(Number("open", Tally(still)), source)


def part(n: int, still: int, whole: int) -> str:
    """A count as a part of another; of nothing a dash."""
    return share_inside(Share(n, n + still, whole))


def still_open(number: Number, source: Source) -> SafeString:
    """How many are not resolved."""
    form = ngettext("%(n)d is not resolved yet.", "%(n)d are not resolved yet.", number.n)
    return phrase(form, {"n": source.opening(number)})


def _alone(asked: Questions, source: Source) -> Iterable[str]:
    share = asked.alone.answer
    if isinstance(share, Share):
        words = {
            "share": source.share(asked.alone),
            "n": source.opening(asked.alone, share.low),
            "requests": requests_opening(share.of, source.href(asked.alone, Side.WHOLE)),
            "when": when(source),
        }
        said = _("Tier 1 handles %(share)s alone: it resolved %(n)d of %(requests)s in %(when)s.")
        yield phrase(said, words)


def _by_type(asked: Questions, source: Source) -> tuple[Table, ...]:
    ordered = sorted(asked.types, key=lambda each: (-each.requests.n, each.type))
    if not ordered:
        return ()
    rows = tuple(_of_type(each, source) for each in ordered[:MOST_ROWS])
    columns = (
        Column(_("Type"), is_number=False),
        Column(_("In")),
        Column(_("Resolved at Tier 1")),
        Column(_("Share")),
        Column(_("To Tier 2")),
        Column(_("To Tier 3")),
    )
    more = len(ordered) - MOST_ROWS
    note = _("%(n)d rarer types are left out.") % {"n": more} if more > 0 else ""
    return (Table("types", _("By type"), columns, rows, note=note),)


def _of_type(each: OfType, source: Source) -> tuple[Cell, ...]:
    """A type with what Tier 1 resolved of it, and what came to the tiers above."""
    n, own, still = each.requests.n, each.resolved[0].n, each.open[0].n
    above = [source.cell(number) for number in each.received[1:3]]
    above += [Cell("–", "")] * (2 - len(above))
    name = shipped(type_name(source.desk, each.type))
    full = f"{shipped(family_name(source.desk, each.family))}: {name}" if each.family else name
    return (
        heading(full),
        source.cell(each.requests),
        source.cell(each.resolved[0]),
        Cell(part(own, still, n), href=source.href(each.resolved[0]) if own else ""),
        *above,
    )


def _to_tier_2(asked: Questions, source: Source) -> Iterable[str]:
    if asked.to_tier_2 is None or not asked.to_tier_2.n:
        yield _("Nothing went to Tier 2 in %(when)s.") % {"when": when(source)}
        return
    paths = listed(asked.paths, "to", source, kind="queue")
    words = {"n": source.opening(asked.to_tier_2), "requests": source.requests(source.whole())}
    if paths:
        yield phrase(_("%(n)d of %(requests)s went to Tier 2: %(paths)s."), {**words, "paths": paths})
    else:
        yield phrase(_("%(n)d of %(requests)s entered at Tier 2 directly."), words)
    if reasons := listed(asked.reasons, "reason", source):
        yield phrase(_("They were handed up for: %(reasons)s."), {"reasons": reasons})
    if asked.direct and asked.direct.n and paths:
        n = asked.direct.n
        said = ngettext("%(n)d entered at Tier 2 directly.", "%(n)d entered at Tier 2 directly.", n)
        yield phrase(said, {"n": source.opening(asked.direct)})


def _past_tier_2(asked: Questions, source: Source) -> Iterable[str]:
    if asked.past_tier_2 is None or asked.to_tier_2 is None:
        yield _("This desk has no Tier 3.")
        return
    words = {
        "n": source.opening(asked.past_tier_2),
        "received": source.opening(asked.to_tier_2),
        "when": when(source),
        "kinds": kinds_at(asked.types, 3, source),
    }
    if not asked.past_tier_2.n:
        said = _("Nothing passed Tier 2 in %(when)s; it received %(received)d.")
    elif asked.at_tier_3 is None or asked.at_tier_3.n == asked.past_tier_2.n:
        said = _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it: %(kinds)s.")
    else:
        said = _("%(n)d of the %(received)d that reached Tier 2 in %(when)s passed it. At Tier 3: %(kinds)s.")
    yield phrase(said, words)


def kinds_at(types: Iterable[OfType], tier: int, source: Source) -> SafeString:
    """What came to a tier by family: `6 Integration (4 Scheduler, 2 DMS), 4 Core (LLM behaviour)`."""
    families: dict[str, list[OfType]] = {}
    for each in types:
        if len(each.received) >= tier and each.received[tier - 1].n:
            families.setdefault(each.family, []).append(each)
    ordered = sorted(families.values(), key=lambda of: -sum(each.received[tier - 1].n for each in of))
    return joined(_family(of, tier, source) for of in ordered)


def _family(types: list[OfType], tier: int, source: Source) -> SafeString:
    """A family's number, and that of each of its types where it has several."""
    key = types[0].family
    numbers = {shipped(type_name(source.desk, each.type)): each.received[tier - 1] for each in types}
    all_of = source.opening(total(numbers.values(), family=key or WITHOUT, tier=str(tier)))
    name = shipped(family_name(source.desk, key))
    if not key:
        return html_of("{} {}", all_of, name)
    ordered = sorted(numbers.items(), key=lambda each: -each[1].n)
    each_of = joined(html_of("{} {}", source.opening(number), leaf) for leaf, number in ordered)
    return html_of("{} {} ({})", all_of, name, each_of if len(numbers) > 1 else next(iter(numbers)))
