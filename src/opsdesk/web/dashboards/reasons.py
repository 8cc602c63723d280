"""Why disputes are raised: the reasons by category, beside what is typical there."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.bands import Share
from opsdesk.insight.findings.typical import TYPICAL, Band, meets
from opsdesk.insight.registry import Answer, Answers
from opsdesk.insight.statistics import SMALL
from opsdesk.web.dashboards.ground import Ground, counted
from opsdesk.web.deals import labels
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.phrases import phrase, plain

BY = ("category", "reason")
CHIPS = {True: "is-good", False: "is-watch"}


def reasons_table(ground: Ground) -> Table:
    """Each category's reasons: how many, which part, what is typical, and whether they drift apart."""
    counts, shares = ground.ask("disputes_raised", *BY), ground.ask("dispute_reasons", *BY)
    rows = []
    for category, reason in _pairs(ground, {key[0] for key in counts}, set(counts)):
        key = (category, reason)
        share = shares.get(key) or _none_of(shares, category)
        rows.append(
            (
                heading(labels.category_name(category)),
                heading(labels.word(labels.REASONS, reason)),
                ground.cell("disputes_raised", counts, BY, key),
                ground.cell("dispute_reasons", {**shares, key: share}, BY, key),
                _typical(category, reason),
                _drift(category, reason, share),
            )
        )
    columns = (
        Column(_("Category"), is_number=False),
        Column(_("Reason"), is_number=False),
        Column(_("Disputes")),
        Column(_("Share")),
        Column(_("Typical")),
        Column(_("Compared"), is_number=False),
    )
    note = _(
        "A share differs from what is typical of the category if its 95 % range does not meet it, over 20"
        " disputes or more."
    )
    return ground.table(
        "reasons", _("Reasons"), columns, rows, note, _("No dispute was raised in this period.")
    )


def _pairs(ground: Ground, categories: set[str], there: set[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Every reason there was, and every one that is typical of a category, in the reasons' order."""
    chosen = ground.place.filters.get("reason", ())
    return [
        (category, reason.value)
        for category in sorted(categories)
        for reason in Reason
        if (category, reason.value) in there
        or (reason in TYPICAL.get(category, {}) and (not chosen or reason.value in chosen))
    ]


def _none_of(shares: Answers, category: str) -> Share:
    """The share of a reason that no dispute of the category has."""
    found = [each.of for key, each in shares.items() if key[0] == category and isinstance(each, Share)]
    of = max(found, default=0)
    return Share(0, 0, of)


def typical_of(category: str, reason: str) -> Band | None:
    return {code.value: band for code, band in TYPICAL.get(category, {}).items()}.get(reason)


def _typical(category: str, reason: str) -> Cell:
    band = typical_of(category, reason)
    text = f"{band[0]}-{band[1]} %" if band else ""
    return Cell(text, text)


def _drift(category: str, reason: str, share: Answer) -> Cell:
    band = typical_of(category, reason)
    if band is None or not isinstance(share, Share):
        return Cell("", "")
    if share.of < SMALL:
        words = _("too little data")
        return Cell("", words, state=words, chip="is-unknown")
    fits = meets(share, band)
    above = share.range[0] * 100 > band[1]
    words = _("as is typical") if fits else _("more than typical") if above else _("less than typical")
    return Cell("", words, state=words, chip=CHIPS[fits])


def top_reasons(ground: Ground, category: str) -> tuple[list[str], int]:
    """The reason most disputes of a category have, and how many; several where they are level."""
    counts = {
        key[1]: counted(each)
        for key, each in ground.ask("disputes_raised", *BY).items()
        if key[0] == category
    }
    most = max(counts.values(), default=0)
    return [reason.value for reason in Reason if most and counts.get(reason.value) == most], most


def level_text(several: int, n: int) -> str:
    """Of reasons that are level none is the most frequent: how many they are, and how many each has."""
    return plain(level_opening(several, n))


def level_opening(several: int, n: object) -> SafeString:
    """The same with what each has as a link."""
    return phrase(_("None: %(several)d are level (%(n)d each)"), {"several": several, "n": n})
