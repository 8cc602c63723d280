"""How long requests took, by the wall and by business hours without the waits."""

from functools import partial

from opsdesk.insight import times
from opsdesk.insight.asking import BY_REQUESTS, OF_REQUESTS
from opsdesk.insight.clocks import Clock
from opsdesk.insight.columns import gathering
from opsdesk.insight.columns import times as from_facts
from opsdesk.insight.columns.lists import of_times
from opsdesk.insight.metrics.support_flow import OPENED, TIERED
from opsdesk.insight.registry import Metric, QueueOf, Subject, Unit
from opsdesk.insight.times import Gather
from opsdesk.kernel.refusal import gettext_noop as _

LEFT = "when the stay ended"


UNITS = {Clock.ELAPSED: Unit.SECONDS, Clock.WORKING: Unit.WORKING_SECONDS}


def both(
    key: str,
    name: tuple[str, str],
    question: str,
    example: tuple[str, str],
    gather: Gather,
    columnar: from_facts.Gather,
    *,
    dated: str = OPENED,
    of_tiers: bool = True,
    queue: QueueOf = QueueOf.STANDS,
) -> tuple[Metric, Metric]:
    """The same times by both clocks, each a metric."""
    more = TIERED if of_tiers else frozenset()
    return tuple(  # type: ignore[return-value]
        Metric(
            key=f"{key}_{clock}",
            name=called,
            question=question,
            unit=UNITS[clock],
            subject=Subject.CASE,
            dated=dated,
            example=worked,
            sql=partial(times.answers, gather=gather, clock=clock),
            members=partial(times.members, gather=gather, clock=clock),
            columns=partial(from_facts.answers, gather=columnar, clock=clock),
            listed=partial(of_times, gather=columnar, clock=clock),
            filters=OF_REQUESTS | more,
            dimensions=BY_REQUESTS | more,
            queue=queue,
        )
        for clock, called, worked in zip(Clock, name, example, strict=True)
    )


METRICS: tuple[Metric, ...] = (
    *both(
        "first_touch",
        (_("Time to first touch, elapsed"), _("Time to first touch, working")),
        _("How long does a stay wait until somebody of its queue does something?"),
        (
            _("Three stays at Tier 2 were touched after 1, 2 and 9 hours, one never: median 2 h, 3 of 4."),
            _("Entered on Friday at 17:00, touched on Monday at 10:00, open 9 to 18: 2 h."),
        ),
        times.first_touches,
        gathering.first_touches,
        queue=QueueOf.WAS_IN,
    ),
    *both(
        "at_tier",
        (_("Time at the tier, elapsed"), _("Time at the tier, working")),
        _("How long are requests at the highest tier they reach?"),
        (
            _("A request was 2 h at Tier 1, 5 at Tier 2, back 1 at Tier 1, 3 at Tier 2: 8 h at Tier 2."),
            _("Of 5 h at Tier 2 it waited 3 for the customer within business hours: 2 h."),
        ),
        times.at_tier,
        gathering.at_tier,
    ),
    *both(
        "to_resolution",
        (_("Time to resolution, elapsed"), _("Time to resolution, working")),
        _("How long does it take until a request is resolved?"),
        (
            _("Opened Monday 9:00, resolved 15:00, open again Tuesday 9:00, resolved 11:00: 6 and 2, 8 h."),
            _("Of those 8 h one was lunch, which the calendar leaves out: 7 h."),
        ),
        times.to_resolution,
        gathering.to_resolution,
    ),
    *both(
        "in_queue",
        (_("Time in queue, elapsed"), _("Time in queue, working")),
        _("How long do stays in each queue take?"),
        (
            _("Of the stays in core-support that ended in October half took 5 h or less: median 5 h."),
            _("The same stays by the queue's business hours, waits left out: median 3 h."),
        ),
        times.in_queues,
        gathering.in_queues,
        dated=LEFT,
        queue=QueueOf.WAS_IN,
    ),
    *both(
        "first_response",
        (_("Time to first response, elapsed"), _("Time to first response, working")),
        _("How long does the customer wait for our first answer?"),
        (
            _("Opened at 9:00, an automatic receipt at 9:01, a person's answer at 9:40: 40 min."),
            _("Opened on Friday at 17:50, answered on Monday at 9:10, open 9 to 18: 20 min."),
        ),
        times.first_responses,
        gathering.first_responses,
        of_tiers=False,
    ),
)
