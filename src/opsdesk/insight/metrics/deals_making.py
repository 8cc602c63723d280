"""How a metric of the deals desk is written down: its words, and what it counts."""

from functools import partial

from opsdesk.deals.ground import DESK
from opsdesk.insight.columns.deals_forms import form
from opsdesk.insight.metrics import deals_ground as ground
from opsdesk.insight.metrics.deals_ground import DAY, Counted
from opsdesk.insight.registry import Metric, Subject, Unit

PLACES = frozenset({"country", "category"})
OF_DEALS = PLACES | {"state", "reason"}
OF_DISPUTES = PLACES | {"state", "reason"}
BY_DEALS = OF_DEALS | {"scope", "ending"}
BY_DISPUTES = OF_DISPUTES | {"scope", "basis", "outcome"}
PER = {Unit.DAYS: DAY, Unit.SECONDS: 1}
SUBJECTS = {
    "deal": Subject.DEAL,
    "dispute": Subject.DISPUTE,
    "exhibit": Subject.DISPUTE,
    "incident": Subject.CASE,
}


def made(
    how: str,
    key: str,
    name: str,
    question: str,
    example: str,
    counted: Counted,
    *,
    dated: str,
    unit: Unit,
    filters: frozenset[str],
    dimensions: frozenset[str],
    band: str = "",
) -> Metric:
    """A metric answered as a `tally`, `share`, `mean` or `spread` of what is counted, also over columns."""
    per = PER.get(unit, 1)
    answer = {
        "tally": partial(ground.tally, counted=counted),
        "share": partial(ground.share, counted=counted),
        "mean": partial(ground.mean, counted=counted, per=per),
        "spread": partial(ground.spreads, counted=counted, per=per),
    }
    return Metric(
        key=key,
        name=name,
        question=question,
        unit=unit,
        subject=SUBJECTS[counted.body],
        dated=dated,
        example=example,
        sql=answer[how],
        members=partial(ground.members, counted=counted),
        columns=form(how, key, per),
        of_now=True,
        filters=filters,
        dimensions=dimensions,
        band=band,
        desk=DESK,
    )
