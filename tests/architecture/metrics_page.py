"""Writes docs/handbook/metrics.md from the catalogue: python -m tests.architecture.metrics_page"""

import os
from collections.abc import Iterator
from types import ModuleType

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.config.settings")
django.setup()

from opsdesk.insight.bands import NO_BAND  # noqa: E402 - Django has to know its settings first
from opsdesk.insight.catalogue import FAMILIES  # noqa: E402
from opsdesk.insight.registry import Metric, Subject, Unit  # noqa: E402
from tests.architecture.source import ROOT  # noqa: E402

PAGE = ROOT / "docs" / "handbook" / "metrics.md"
HEAD = """\
# The metrics

Made from the catalogue in `insight/metrics`; `python -m tests.architecture.metrics_page` writes it again,
and a test holds it.

Every reported number of both desks is defined once. Pages, findings, exports and `opsdesk report METRIC` ask
for it in the same way, so they can't disagree:

- **Dated** names the instant that puts a record into the period, half-open and cut in the desk's zone.
  *As of* means that the period plays no part: the number is how things stand.
- **Filters** narrow the number; several values of one mean any of them, `-` those without one. **By** is what
  it can be broken down by. Which queue `queue` is stands with each, and is the same on every page and in
  `opsdesk report`: for numbers about requests the one they stand in (or were resolved in), for arrivals the
  one they entered, for stays and hand-offs the queue of those.
- **As of** a past instant (`--as-of`): moves, states, waits and touches as they were then; type, cause and
  account as they are known now. A part of a split is there since it was split off.
- A **share** has bounds while some of it is open: low counts the open ones as not, high as yes. It is healthy
  or red only if both agree, and over 20 or more. Times are medians and 90th percentiles by linear
  interpolation; what still runs enters at its age and makes a figure that it touches *at least* so much.
- Instants are cut to their second. **Working** time is by the queue's calendar with all waiting left out.

Where the [facts](facts.md) are ready most numbers of the support desk come from them, at once; else from the
records, with the same result.

`opsdesk report` lists all metrics; `opsdesk report tier_1_share --month 2026-10 --by account` asks for one.
"""


def page() -> str:
    parts = [HEAD]
    for family in FAMILIES:
        parts += [f"## {title(family)}\n", *section(family)]
    return "\n".join(parts)


def title(family: ModuleType) -> str:
    """What the family is about, without its first words' article and its last point."""
    first = (family.__doc__ or family.__name__).strip().split("\n")[0]
    return first.rstrip(".")


def section(family: ModuleType) -> Iterator[str]:
    for metric in family.METRICS:
        yield f"**{metric.name}**, `{metric.key}`. *{metric.question}* {said(metric)}\n"
        yield f"> {metric.example}\n"


def said(metric: Metric) -> str:
    parts = [unit(metric), f"Dated: {metric.dated}.", named("Filters", metric.filters)]
    parts.append(named("By", metric.dimensions))
    if metric.takes_queue:
        parts.append(f"`queue`: {metric.queue.words.lower()}.")
    if metric.band and metric.band != NO_BAND.key:
        parts.append(f"Threshold: `{metric.band}`.")
    if metric.members is None or metric.subject is Subject.NONE:
        parts.append("Without a list.")
    return " ".join(part for part in parts if part)


def unit(metric: Metric) -> str:
    return "A share." if metric.unit is Unit.SHARE else f"In {metric.unit.value}."


def named(what: str, names: frozenset[str]) -> str:
    return f"{what}: {', '.join(sorted(names))}." if names else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
