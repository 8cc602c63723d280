"""Evidence completeness: was what the terms ask for there, or let go, when an operator ruled."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from opsdesk.insight.bands import Share
from opsdesk.insight.metrics.deals_ground import published
from opsdesk.insight.registry import Side
from opsdesk.web.charts.histogram import Bin
from opsdesk.web.dashboards.ground import Ground, brackets, counted
from opsdesk.web.dashboards.pieces import Content, Picture, bars
from opsdesk.web.deals import labels
from opsdesk.web.funnel.words import share_parts
from opsdesk.web.numbers.tables import Column, Table, heading
from opsdesk.web.phrases import phrase

METRICS = ("evidence_complete", "evidence_item", "evidence_waived", "evidence_missing")
BY, ITEM = ("scope",), ("item",)


def content(ground: Ground) -> Content:
    """The page's pieces."""
    return Content(
        sentences=(complete_sentence(ground), missing_sentence(ground)),
        tiles=(
            ground.tile("evidence_complete"),
            ground.tile("evidence_waived", _("let go by an operator, with a reason")),
            ground.tile("evidence_missing", _("ruled with what the deadline would do")),
        ),
        pictures=(_there(ground),),
        tables=(_by_item(ground), _by_scope(ground)),
    )


def complete_sentence(ground: Ground) -> str:
    """In how many rulings everything required was there."""
    found = ground.ask("evidence_complete")[()]
    if not isinstance(found, Share) or not found.of:
        return _("No operator ruled a dispute in this period.")
    words = {
        "of": ground.opening(found.of, "evidence_complete", side=Side.WHOLE),
        "n": ground.opening(found.low, "evidence_complete"),
        "share": brackets(found),
    }
    said = ngettext(
        "In %(n)d of %(of)d ruling every required item was there or let go (%(share)s).",
        "In %(n)d of %(of)d rulings every required item was there or let go (%(share)s).",
        found.of,
    )
    return phrase(said, words)


def missing_sentence(ground: Ground) -> str:
    """Which required item was missing most often."""
    found = {key[0]: counted(each) for key, each in ground.ask("evidence_missing", *ITEM).items()}
    if not found:
        return ""
    worst = max(found, key=lambda item: found[item])
    n = ground.opening(found[worst], "evidence_missing", ITEM, (worst,))
    return phrase(_("Missing most often: %(item)s (%(n)d)."), {"item": item_names()[worst], "n": n})


def item_names() -> dict[str, str]:
    """The names of all items of all terms, by their keys; the newest terms' name counts."""
    language = (get_language() or "en").partition("-")[0]
    return {item.key: item.named(language) for _scope, each in published() for item in each.checklist}


def _there(ground: Ground) -> Picture:
    answers, names = ground.ask("evidence_item", *ITEM), item_names()
    bins = []
    for (item,), share in sorted(answers.items()):
        assert isinstance(share, Share)
        text = share_parts(share)[0]
        label = _("%(name)s: there in %(n)d of %(of)d rulings")
        words = {"name": names.get(item, item), "n": share.low, "of": share.of}
        href = ground.href("evidence_item", ITEM, (item,)) if share.low else ""
        bins.append(Bin(names.get(item, item), share.low / share.of, text, label % words, href))
    return bars("there", _("Items that were there"), bins, most=1)


def _by_item(ground: Ground) -> Table:
    keys = ("evidence_item", "evidence_waived", "evidence_missing")
    answers, names = {key: ground.ask(key, *ITEM) for key in keys}, item_names()
    rows = [
        (
            heading(names.get(item, item)),
            *(ground.cell(key, found, ITEM, (item,)) for key, found in answers.items()),
        )
        for (item,) in sorted(answers["evidence_item"])
    ]
    columns = (
        Column(_("Item"), is_number=False),
        Column(_("There at the ruling")),
        Column(_("Required and let go")),
        Column(_("Required and missing")),
    )
    empty = _("No operator ruled a dispute in this period.")
    return ground.table("items", _("By item"), columns, rows, empty=empty)


def _by_scope(ground: Ground) -> Table:
    answers = {key: ground.ask(key, *BY) for key in ("evidence_complete", "evidence_missing")}
    rows = [
        (
            heading(labels.scope_name(scope)),
            *(ground.cell(key, found, BY, (scope,)) for key, found in answers.items()),
        )
        for (scope,) in sorted(answers["evidence_complete"])
    ]
    columns = (
        Column(_("Scope"), is_number=False),
        Column(_("Complete at the ruling")),
        Column(_("Required and missing")),
    )
    empty = _("No operator ruled a dispute in this period.")
    return ground.table("by-scope", _("By scope"), columns, rows, empty=empty)
