"""Tags of the funnel page: a number that opens its cases."""

from collections.abc import Sequence

from django.template import Library
from django.utils.safestring import SafeString

from opsdesk.accounts.queries import AccountValue
from opsdesk.insight.counts import Count
from opsdesk.web.escaping import html_of
from opsdesk.web.funnel.address import Place
from opsdesk.web.phrases import opening

register = Library()


@register.simple_tag
def number(count: Count, place: Place, label: str = "") -> SafeString:
    """A count as a link to its cases; a 0 opens nothing. `label` is what a screen reader adds to it."""
    return counted(count.n, count.pick, place, label)


@register.simple_tag
def counted(n: int, pick: str, place: Place, label: str = "", kind: str | None = None) -> SafeString:
    """The same of a bare number and its token, narrowed to a kind if one is given."""
    if not n:
        return html_of('<span class="muted">{}</span>', 0)
    hidden = html_of('<span class="visually-hidden"> {}</span>', label) if label else ""
    return html_of('<a href="{}">{}{}</a>', place.cases(pick, kind=kind), n, hidden)


@register.simple_tag
def opens(text: object, href: str) -> SafeString:
    """What is read as a link to its list; as it is where there is none."""
    return opening(text, href)


@register.simple_tag
def counted_at(n: int, measure: str, tier: int, place: Place, label: str = "", kind: str = "") -> SafeString:
    """The same of a measure at a tier, narrowed to a kind."""
    return counted(n, f"{measure}:{tier}", place, label, kind)


@register.simple_tag
def choices(accounts: Sequence[AccountValue]) -> SafeString:
    """The accounts as what a field offers."""
    return SafeString(
        "".join(html_of('<option value="{}">{}</option>', row.key, row.name) for row in accounts)
    )


@register.simple_tag
def pick_address(place: Place, pick: str) -> str:
    return place.cases(pick)


@register.simple_tag
def file_address(place: Place, table: str, kind: str) -> str:
    """One of the page's tables as a file: `csv` or `xlsx`."""
    return place.download(table, kind)
