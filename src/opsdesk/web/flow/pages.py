"""The pages of a desk's numbers, in the order in which they are listed."""

from opsdesk.web.flow import arrivals, backlog, breakdown, causes, followups, mail, returns, stuck, workers
from opsdesk.web.flow.told import Page

PAGES: dict[str, Page] = {
    page.key: page
    for page in (
        backlog.PAGE,
        stuck.PAGE,
        causes.PAGE,
        returns.PAGE,
        breakdown.TYPES,
        breakdown.ACCOUNTS,
        workers.QUEUES,
        workers.PERSONS,
        arrivals.PAGE,
        followups.PAGE,
        mail.PAGE,
    )
}
