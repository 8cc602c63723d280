"""Filters for evidence: what a file is, and whether there is a picture of it."""

from django.template import Library

from opsdesk.disputes.checklist import FileRow
from opsdesk.disputes.models import Kind
from opsdesk.mail import pictures

register = Library()
KINDS = dict(Kind.choices)


@register.filter
def file_kind(code: str) -> str:
    return str(KINDS.get(code, code))


@register.filter
def is_pictured(file: FileRow) -> bool:
    """Whether a picture of it is offered: of images and PDFs."""
    return pictures.may_have_one(file.media_type, "", file.size)
