"""All the numbers of a funnel page, asked once each."""

from datetime import datetime

from opsdesk.cases.definition import DeskDefinition
from opsdesk.insight.durations import by_queue, durations
from opsdesk.insight.followups import follow_ups
from opsdesk.insight.funnel import funnel
from opsdesk.insight.responses import first_responses
from opsdesk.insight.stuck import stuck
from opsdesk.insight.waiting import waiting
from opsdesk.web.funnel.address import Place
from opsdesk.web.funnel.export import Numbers


def gathered(place: Place, desk: DeskDefinition, now: datetime, as_of: datetime | None = None) -> Numbers:
    """Every number of a place, as it stands, or stood at `as_of`. Refuses `Invalid` and `NoSuchDesk`."""
    period, filters, key = place.period(desk), place.filters, desk.key
    return Numbers(
        funnel=funnel(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        tiers=durations(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        responses=first_responses(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        queues=by_queue(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        follow_ups=follow_ups(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        waited=waiting(desk=key, period=period, filters=filters, now=now, as_of=as_of),
        stuck=stuck(desk=key, filters=filters, now=now, as_of=as_of),
    )
