"""The scopes, and what was published, tuned and decided of one, as files."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from opsdesk.cases.queries import desk
from opsdesk.deals.ground import DESK
from opsdesk.deals.overview import Decision, ScopeRow, Tuned
from opsdesk.vault.models import Document
from opsdesk.web import stored
from opsdesk.web.exports.sheets import Sheet

Names = Mapping[int, str]


def _who(names: Names, id: int | None) -> str:
    return names.get(id, "") if id is not None else _("Opsdesk")


def sheet(rows: Sequence[ScopeRow], names: Names) -> Sheet[ScopeRow]:
    """Every scope with its stage, what is left of its cap, its stop."""
    return Sheet(
        "scopes",
        _("Scopes"),
        (
            (_("Scope"), lambda row: row.key),
            (_("Stage"), lambda row: row.stage),
            (_("Stage since"), lambda row: row.stage_since),
            (_("Cap"), lambda row: row.cap),
            (_("Made of it"), lambda row: row.used if row.left is not None else None),
            (_("Left"), lambda row: row.left),
            (_("Running"), lambda row: row.running),
            (_("Template"), lambda row: row.version or None),
            (_("Takes new deals"), lambda row: _("yes") if row.takes_deals else _("no")),
            (_("Stopped since"), lambda row: row.stop.since if row.stop else None),
            (_("Stopped by"), lambda row: _who(names, row.stop.by_id) if row.stop else ""),
            (_("Why"), lambda row: stored.reason(row.stop.reason) if row.stop else ""),
        ),
        lambda: rows,
        desk(DESK).zone,
    )


def versions(key: str, rows: Sequence[Document], names: Names) -> Sheet[Document]:
    """The published versions of a scope's template."""
    return Sheet(
        f"{key}-versions",
        _("Versions of the template"),
        (
            (_("Version"), lambda row: row.version),
            (_("Published"), lambda row: row.published_at),
            (_("By"), lambda row: _who(names, row.published_by_id)),
            (_("Note"), lambda row: row.note),
        ),
        lambda: rows,
        desk(DESK).zone,
        "versions",
    )


def tunings(key: str, rows: Sequence[Tuned], names: Names) -> Sheet[Tuned]:
    """Each parameter that a version changed, what was expected, and what came of it."""
    return Sheet(
        f"{key}-tuning",
        _("Tuning log"),
        (
            (_("Parameter"), lambda row: row.parameter),
            (_("Version"), lambda row: row.version),
            (_("Before"), lambda row: row.old),
            (_("After"), lambda row: row.new),
            (_("Why"), lambda row: row.reason),
            (_("By"), lambda row: _who(names, row.by_id)),
            (_("When"), lambda row: row.at),
            (_("Metric"), lambda row: row.metric),
            (_("Expected"), lambda row: row.expected),
            (_("What came of it"), lambda row: row.actual),
            (_("Said"), lambda row: row.actual_at),
        ),
        lambda: rows,
        desk(DESK).zone,
        "tuning",
    )


def decisions(key: str, rows: Sequence[Decision], names: Names) -> Sheet[Decision]:
    """The stages, caps and stops that were set."""
    return Sheet(
        f"{key}-decisions",
        _("Decisions"),
        (
            (_("When"), lambda row: row.at),
            (_("What"), lambda row: row.what),
            (_("Before"), lambda row: row.old),
            (_("After"), lambda row: row.new),
            (_("By"), lambda row: _who(names, row.by_id)),
            (_("Why"), lambda row: stored.reason(row.reason)),
        ),
        lambda: rows,
        desk(DESK).zone,
        "decisions",
    )
