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


def gathered(place: Place, desk: DeskDefinition, now: datetime) -> Numbers:
    """Every number of a place. Refuses `Invalid` periods and `NoSuchDesk`."""
    period, filters = place.period(desk), place.filters
    return Numbers(
        funnel=funnel(desk=desk.key, period=period, filters=filters, now=now),
        tiers=durations(desk=desk.key, period=period, filters=filters, now=now),
        responses=first_responses(desk=desk.key, period=period, filters=filters, now=now),
        queues=by_queue(desk=desk.key, period=period, filters=filters, now=now),
        follow_ups=follow_ups(desk=desk.key, period=period, filters=filters, now=now),
        waited=waiting(desk=desk.key, period=period, filters=filters, now=now),
        stuck=stuck(desk=desk.key, filters=filters, now=now),
    )
