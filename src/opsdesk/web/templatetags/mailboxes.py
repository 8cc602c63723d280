"""Filters of the pages about mailboxes: labels of codes."""

from django.template import Library

from opsdesk.web.mailboxes.labels import FACTS, MISSING_KINDS, STATES

register = Library()


@register.filter
def mailbox_state(state: str) -> str:
    return str(STATES.get(state, state))


@register.filter
def missing_kind(kind: str) -> str:
    return str(MISSING_KINDS.get(kind, kind))


@register.filter
def mailbox_words(kind: str) -> str:
    """A fact of a mailbox in words."""
    return str(FACTS.get(kind, kind))
