"""Filters of the pages about webhooks: labels of codes."""

from django.template import Library

from opsdesk.web.webhooks.labels import FACTS, VIEWS

register = Library()
LOOKS = {"delivered": "is-good", "dead": "is-bad", "failing": "is-watch", "held": "is-watch"}


@register.filter
def delivery_view(view: str) -> str:
    return str(VIEWS.get(view, view))


@register.filter
def delivery_look(view: str) -> str:
    """The class of a chip; its words say the same."""
    return LOOKS.get(view, "is-unknown")


@register.filter
def endpoint_words(kind: str) -> str:
    """A fact of an endpoint in words."""
    return str(FACTS.get(kind, kind))
