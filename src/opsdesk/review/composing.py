"""Making a document: everything in it is asked of the registry, the funnel and the findings."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.cases import queries as cases
from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.insight.findings.finding import Finding
from opsdesk.insight.findings.queries import Findings
from opsdesk.kernel.period import Period
from opsdesk.review import of_deals, of_requests, periods
from opsdesk.review.asking import Asked
from opsdesk.review.comparing import turned
from opsdesk.review.document import About, Document, SinceLast
from opsdesk.review.numbers import Change
from opsdesk.review.refusals import NotBegun
from opsdesk.watch import standing


@dataclass(frozen=True, slots=True)
class Earlier:
    """The review that this one is compared with, and what its document found."""

    id: int
    edition: int
    period: Period
    findings: tuple[Finding, ...]


def compose(
    desk: str, period: Period, *, last: Earlier | None, made_by: int | None, now: datetime
) -> Document:
    """The document of a desk and a period as things stand now. `last`: the desk's review before.

    Refuses `NoSuchDesk`, `NotBegun`.
    """
    definition = cases.desk(desk)
    if period.start > now:
        raise NotBegun
    asked = Asked(definition, period, periods.before(period, definition.zone), now)
    found = standing.findings(definition, period, now=now)
    about = about_of(definition)
    headline = _headline(asked, about)
    return Document(
        desk=desk,
        about=about,
        period=period,
        before=asked.before,
        as_of=now,
        made_by=made_by,
        n=found.n,
        n_before=_n_before(headline),
        headline=headline,
        findings=found.found,
        red_since=_red_since(found),
        since_last=_since(last, found) if last else None,
        requests=of_requests.of_requests(asked) if about is About.REQUESTS else None,
        deals=of_deals.of_deals(asked) if about is About.DEALS else None,
    )


def about_of(desk: DeskDefinition) -> About:
    """What a desk's reviews are about."""
    if desk.key == DEALS:
        return About.DEALS
    return About.REQUESTS if desk.takes_mail else About.NEITHER


def _headline(asked: Asked, about: About) -> tuple[Change, ...]:
    if about is About.NEITHER:
        return ()
    return of_deals.headline(asked) if about is About.DEALS else of_requests.headline(asked)


def _n_before(headline: tuple[Change, ...]) -> int:
    """How many came before: the first number of the headline is how many came."""
    first = next((each.before for each in headline), None)
    return first.n if first else 0


def _red_since(found: Findings) -> dict[str, datetime]:
    red = {each.key for each in found.red}
    return {key: at for key, at in standing.red_since(found.desk.key).items() if key in red}


def _since(last: Earlier, found: Findings) -> SinceLast:
    return SinceLast(last.id, last.edition, last.period, turned(found.found, last.findings))
