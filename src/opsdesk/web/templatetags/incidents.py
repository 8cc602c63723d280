"""Filters of the pages about incidents: labels of codes."""

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString

from opsdesk.web import stored
from opsdesk.web.incidents.labels import FAULTS, SEVERITIES

register = Library()
register.filter("subject_said", stored.subject)
register.filter("excerpt_said", stored.excerpt)
register.filter("reason_said", stored.reason)
LOOKS = {"SEV0": "is-bad", "SEV1": "is-bad", "SEV2": "is-watch"}


@register.simple_tag
def severity_chip(severity: str) -> SafeString:
    """How severe: the code as a word, a colour beside it, and what it means on demand."""
    form = '<span class="chip {}" title="{}">{}</span>'
    return format_html(form, LOOKS.get(severity, ""), SEVERITIES.get(severity, severity), severity)


@register.filter
def fault_words(kind: str) -> str:
    """What is wrong with a deal."""
    return str(FAULTS.get(kind, kind))
