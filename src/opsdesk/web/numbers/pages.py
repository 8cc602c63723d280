"""Rendering a page of numbers: whole, or the piece of it that a refresh asks for."""

from collections.abc import Mapping

from django.http import HttpResponse

from opsdesk.web.http import Request, page, wants_fragment


def refreshing(request: Request, template: str, context: Mapping[str, object]) -> HttpResponse:
    """The page; its `numbers` partial alone where the 30-second refresh asks."""
    return page(request, f"{template}#numbers" if wants_fragment(request) else template, context)
