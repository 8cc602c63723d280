"""The tiers of a period in tables: what each made of its requests, and its times beside their targets."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from opsdesk.review.document import OfRequests, Tier
from opsdesk.review.numbers import Timed
from opsdesk.web.findings import limits
from opsdesk.web.formats import working
from opsdesk.web.numbers.cells import counted
from opsdesk.web.numbers.tables import Cell, Column, Table, heading
from opsdesk.web.review.numbers import Source
from opsdesk.web.review.paper import Section


def section(found: OfRequests, source: Source) -> Section:
    """What each tier received, resolved and handed up; how long it took, and whether that was in time."""
    return Section(
        "tiers",
        _("By tier, against the targets"),
        said=tuple(_said(found)),
        tables=(_counts(found, source), _times(found, source)),
    )


def _said(found: OfRequests) -> Iterable[str]:
    """Which targets half of the requests do not keep."""
    for tier in found.tiers:
        for name, timed in measures(tier):
            if timed.half_keeps_target is False:
                words = {"what": name, "target": working(timed.target_s)}
                yield _("%(what)s: half of them took longer than the target of %(target)s.") % words


def _counts(found: OfRequests, source: Source) -> Table:
    rows = tuple(
        (
            heading(_("Tier %(tier)d") % {"tier": tier.tier}),
            *(
                source.cell(number)
                for number in (
                    tier.received,
                    tier.resolved,
                    tier.escalated,
                    tier.open,
                    tier.rate,
                    tier.returned,
                    tier.finished_below,
                    tier.untouched,
                )
            ),
            Cell(limits.sentence(tier.rate.limits) if tier.rate.limits else "–"),
        )
        for tier in found.tiers
    )
    names = (
        _("Received"), _("Resolved"), _("Escalated"), _("Not resolved"), _("Rate"), _("thereof returned"),
        _("finished below"), _("untouched"),
    )  # fmt: skip
    columns = (
        Column(_("Tier"), is_number=False),
        *(Column(name) for name in names),
        Column(_("Target"), is_number=False),
    )
    note = _(
        "Received = resolved + escalated + not resolved. The rate is resolved of resolved and escalated."
    )
    return Table("tiers", _("What each tier did"), columns, rows, note=note)


def measures(tier: Tier) -> tuple[tuple[str, Timed], ...]:
    """A tier's times by name."""
    words = {"tier": tier.tier}
    return (
        (_("Tier %(tier)d, to first touch") % words, tier.first_touch),
        (_("Tier %(tier)d, at the tier") % words, tier.at_tier),
        (_("Tier %(tier)d, to resolution") % words, tier.to_resolution),
    )


def _times(found: OfRequests, source: Source) -> Table:
    each = [(_("To the first response"), found.first_response)]
    each += [one for tier in found.tiers for one in measures(tier)]
    rows = tuple((heading(name), *_time(timed, source)) for name, timed in each if timed.working.n)
    names = (_("Working, median"), _("90 %"), _("By the wall, median"), _("90 %"), _("n"), _("Target"))
    columns = (Column(_("Time"), is_number=False), *(Column(name) for name in names))
    note = _("Targets are of working time: in time means that half of them took no longer.")
    return Table("times", _("How long it took"), columns, rows, note=note, empty=_("Nothing has a time yet."))


def _time(timed: Timed, source: Source) -> tuple[Cell, ...]:
    return (
        *source.lengths(timed.working, by_wall=False),
        *source.lengths(timed.elapsed, by_wall=True),
        counted(timed.working.n, source.href(timed.working)),
        target_cell(timed),
    )


def target_cell(timed: Timed) -> Cell:
    """A target and whether half keep it."""
    if timed.target_s is None:
        return Cell("–", "")
    state, chip = {
        True: (_("in time"), "is-good"),
        False: (_("late"), "is-bad"),
        None: (_("not yet known"), "is-unknown"),
    }[timed.half_keeps_target]
    return Cell(working(timed.target_s), timed.target_s, chip=chip, state=state)
