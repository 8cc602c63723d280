"""The tag by which a page offers one of its lists as a file."""

from django.http import HttpRequest, QueryDict
from django.template import Context, Library

from opsdesk.web.exports.sheets import KINDS

register = Library()
# What says which part of a list is shown, or was: a file holds all of it.
PLACES = ("after", "before", "below", "seen", "start")


@register.inclusion_tag("exports/save.html", takes_context=True)
def save_as(context: Context, key: str, title: str, path: str = "") -> dict[str, object]:
    """The two files of a page's list `key`, with the filters of the page; `title` is what it lists.

    `path`: where a list stands of which this page shows the beginning.
    """
    request: HttpRequest = context["request"]
    query = QueryDict(mutable=True) if path else request.GET.copy()
    for name in PLACES:
        query.pop(name, None)
    query["table"] = key
    addresses = []
    for kind in KINDS:
        query["as"] = kind
        addresses.append((kind.upper(), f"{path or request.path}?{query.urlencode()}"))
    return {"addresses": addresses, "title": title}
