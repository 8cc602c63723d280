"""What the words of a finding have places for: its facts, written out."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.bands import Share
from opsdesk.insight.findings.finding import Fact, Finding
from opsdesk.insight.findings.typical import TYPICAL
from opsdesk.web.deals import labels
from opsdesk.web.findings.texts import LACKING
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.words import family_name
from opsdesk.web.labels import shipped

MOST_NAMED = 3


def values_of(finding: Finding, desk: DeskDefinition) -> dict[str, object]:
    """Every place's value by its name."""
    facts = finding.facts
    found: dict[str, object] = {name: value for name, value in facts.items() if isinstance(value, int | str)}
    if isinstance(finding.number, Share):
        found["open"] = finding.number.open
    found |= {name: write(facts[name], desk) for name, write in WRITTEN.items() if name in facts}
    found["where"] = found.pop("queues", "")
    found["lacking"] = "; ".join(
        _(LACKING[name]) % {"n": value} for name, value in facts.items() if name in LACKING
    )
    found |= {"window_text": window(finding), "drifts": drifts(finding)}
    return found


def window(finding: Finding) -> str:
    """Which part of the mean time the inspection is, where that is known."""
    if "window" not in finding.facts:
        return ""
    words = {"days": finding.facts["window"], "share": finding.facts["window_share"]}
    return " " + _("The inspection alone is %(days)s days, %(share)s %% of it.") % words


def pairs(value: Fact) -> tuple[tuple[str, int], ...]:
    return value if isinstance(value, tuple) else ()


def _length(value: Fact, desk: DeskDefinition) -> str:
    return elapsed(value if isinstance(value, int) else 0)


def _family(value: Fact, desk: DeskDefinition) -> str:
    return shipped(family_name(desk, str(value)))


def _queues(value: Fact, desk: DeskDefinition) -> str:
    return ", ".join(f"{n} {queue_name(desk, key)}" for key, n in pairs(value))


def queue_name(desk: DeskDefinition, key: str) -> str:
    return shipped(desk.queue(key).name) if desk.has_queue(key) else key


def _parties(value: Fact, desk: DeskDefinition) -> str:
    return ", ".join(party_name(desk, key) for key, _seconds in pairs(value)[:MOST_NAMED])


def party_name(desk: DeskDefinition, key: str) -> str:
    return next((shipped(party.name) for party in desk.third_parties if party.key == key), key)


def _scopes(value: Fact, desk: DeskDefinition) -> str:
    return ", ".join(f"{n} {labels.scope_name(key)}" for key, n in pairs(value))


def _states(value: Fact, desk: DeskDefinition) -> str:
    return ", ".join(f"{n} {labels.word(labels.STATES, key)}" for key, n in pairs(value))


def drifts(finding: Finding) -> str:
    """The reasons that drift, each with its actual share and its usual band."""
    typical = TYPICAL.get(finding.scope.category, {})
    each = _("%(reason)s %(percent)s %% (usually %(low)s-%(high)s)")
    found = []
    for key, n in pairs(finding.facts.get("drifts")):
        low, high = typical[Reason(key)]
        words = {"reason": labels.word(labels.REASONS, key), "percent": n, "low": low, "high": high}
        found.append(each % words)
    return ", ".join(found)


WRITTEN: dict[str, Callable[[Fact, DeskDefinition], str]] = {
    "family": _family,
    "queues": _queues,
    "parties": _parties,
    "third_party_s": _length,
    "elapsed_s": _length,
    "scopes": _scopes,
    "states": _states,
}
