"""What the words of a finding have places for: its facts, written out, each number opening what it counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.lifecycle import Reason
from opsdesk.insight.bands import Share
from opsdesk.insight.findings.finding import Behind, Fact, Finding
from opsdesk.insight.findings.typical import TYPICAL
from opsdesk.web.deals import labels
from opsdesk.web.escaping import html_of
from opsdesk.web.findings.counted import HITS, OPEN, Opens, list_of, list_of_pair
from opsdesk.web.findings.links import PAGES
from opsdesk.web.findings.texts import LACKING
from opsdesk.web.formats import elapsed
from opsdesk.web.funnel.words import family_name
from opsdesk.web.labels import shipped
from opsdesk.web.phrases import joined, opening, phrase

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Written:
    """A finding of a desk, and the way from a list behind it to its address."""

    finding: Finding
    desk: DeskDefinition
    opens: Opens

    def number(self, text: object, place: str) -> SafeString:
        """The number at a place, as a link where it has a list."""
        return opening(text, self._to(list_of(self.finding, place)) or self._page(place))

    def pair(self, text: object, fact: str, key: str, n: int) -> SafeString:
        """The same of a fact's number for a key."""
        return opening(text, self._to(list_of_pair(self.finding, fact, key, n)) or self._page(fact))

    def _to(self, behind: Behind | None) -> str:
        return self.opens(self.finding, behind) if behind else ""

    def _page(self, place: str) -> str:
        """The page where what has no list of its own is shown."""
        rule = "leaked" if place == "leaked" else self.finding.rule
        if place not in ON_PAGES or rule not in PAGES:
            return ""
        return reverse(PAGES[rule][1])


ON_PAGES = (HITS, "leaked", "mailboxes", "scopes")


def values_of(written: Written) -> dict[str, object]:
    """Every place's value by its name."""
    facts, desk = written.finding.facts, written.desk
    found: dict[str, object] = {
        name: written.number(value, name) for name, value in facts.items() if isinstance(value, int | str)
    }
    if isinstance(written.finding.number, Share):
        found[OPEN] = written.number(written.finding.number.open, OPEN)
    found |= {name: write(facts[name], desk) for name, write in NAMED.items() if name in facts}
    found |= {name: _counted(written, name, name_of) for name, name_of in PAIRED.items() if name in facts}
    found["where"] = found.pop("queues", "")
    found["lacking"] = joined(_lacking(written), "; ")
    found |= {"window_text": window(written.finding), "drifts": drifts(written)}
    return found


def _lacking(written: Written) -> Iterable[SafeString]:
    for name, value in written.finding.facts.items():
        if name in LACKING:
            yield phrase(_(LACKING[name]), {"n": written.number(value, name)})


def window(finding: Finding) -> str:
    """Which part of the mean time the inspection is, where that is known."""
    if "window" not in finding.facts:
        return ""
    words = {"days": finding.facts["window"], "share": finding.facts["window_share"]}
    return " " + _("The inspection alone is %(days)s days, %(share)s %% of it.") % words


def pairs(value: Fact) -> tuple[tuple[str, int], ...]:
    return value if isinstance(value, tuple) else ()


def _counted(written: Written, fact: str, name_of: Callable[[str, DeskDefinition], str]) -> SafeString:
    """Each number of a fact with the name of its key: `2 Operations, 1 Core support`."""
    return joined(
        html_of("{} {}", written.pair(n, fact, key, n), name_of(key, written.desk))
        for key, n in pairs(written.finding.facts[fact])
    )


def _length(value: Fact, desk: DeskDefinition) -> str:
    return elapsed(value if isinstance(value, int) else 0)


def _family(value: Fact, desk: DeskDefinition) -> str:
    return shipped(family_name(desk, str(value)))


def queue_name(desk: DeskDefinition, key: str) -> str:
    return shipped(desk.queue(key).name) if desk.has_queue(key) else key


def _parties(value: Fact, desk: DeskDefinition) -> str:
    return ", ".join(party_name(desk, key) for key, _seconds in pairs(value)[:MOST_NAMED])


def party_name(desk: DeskDefinition, key: str) -> str:
    return next((shipped(party.name) for party in desk.third_parties if party.key == key), key)


def drifts(written: Written) -> SafeString:
    """The reasons that drift, each with its actual share and its usual band."""
    typical = TYPICAL.get(written.finding.scope.category, {})
    each = _("%(reason)s %(percent)s %% (usually %(low)s-%(high)s)")
    found = []
    for key, n in pairs(written.finding.facts.get("drifts")):
        low, high = typical[Reason(key)]
        percent = written.pair(n, "drifts", key, n)
        words = {"reason": labels.word(labels.REASONS, key), "percent": percent, "low": low, "high": high}
        found.append(phrase(each, words))
    return joined(found)


NAMED: dict[str, Callable[[Fact, DeskDefinition], str]] = {
    "family": _family,
    "parties": _parties,
    "third_party_s": _length,
    "elapsed_s": _length,
}
PAIRED: dict[str, Callable[[str, DeskDefinition], str]] = {
    "queues": lambda key, desk: queue_name(desk, key),
    "scopes": lambda key, desk: labels.scope_name(key),
    "states": lambda key, desk: labels.word(labels.STATES, key),
}
