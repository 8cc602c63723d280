"""A review in words: its document, its points and its notes, as one paper."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from opsdesk.review.document import About
from opsdesk.web.funnel.words import period_text
from opsdesk.web.labels import shipped
from opsdesk.web.review import answered, compared, deals, flows, judged, tiers
from opsdesk.web.review.numbers import Source, when
from opsdesk.web.review.paper import NoteLine, Paper, PointLine, Section


def told(
    source: Source,
    *,
    edition: int,
    by: str,
    points: tuple[PointLine, ...] = (),
    closed: tuple[PointLine, ...] = (),
    notes: tuple[NoteLine, ...] = (),
    address: str = "",
) -> Paper:
    """The paper of a document. `by`: who wrote it; `address`: of its page, for what leaves the desk."""
    document, desk = source.document, source.desk
    name, period = shipped(desk.name), period_text(document.period, desk)
    words = {"desk": name, "period": period}
    return Paper(
        title=_("Ops review: %(desk)s, %(period)s") % words,
        desk=name,
        period=period,
        as_of=document.as_of,
        written=by,
        edition=edition,
        first=compared.first(source) if document.has_data else nothing(source),
        chip=compared.chip(source) if document.has_data else "",
        said=tuple(_said(source)),
        sections=tuple(_sections(source)),
        points=points,
        closed=closed,
        notes=notes,
        address=address,
    )


def nothing(source: Source) -> str:
    """The answer where there is nothing to speak of."""
    words = {"when": when(source)}
    if source.document.about is About.DEALS:
        return _("In %(when)s, no deal was created.") % words
    return _("In %(when)s, nothing came in.") % words


def _said(source: Source) -> Iterable[str]:
    if source.document.requests and source.document.has_data:
        yield from compared.of_tiers(source.document.requests, source)
    if source.document.is_running:
        yield _("The period had not ended when this was written.")


def _sections(source: Source) -> Iterable[Section]:
    """What there is to show; of a period without anything only what the desk finds now."""
    document = source.document
    if document.has_data:
        yield compared.section(source)
    if document.requests and document.has_data:
        yield flows.section(document.requests, source)
        yield tiers.section(document.requests, source)
    yield from judged.sections(source)
    if document.requests and document.has_data:
        yield answered.section(document.requests, source)
    if document.deals and document.has_data:
        yield from deals.sections(document.deals, source)
