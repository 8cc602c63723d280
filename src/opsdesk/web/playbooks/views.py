"""Playbooks: for each category what usually goes wrong, what to verify, how it is usually resolved."""

from django.http import Http404, HttpResponse

from opsdesk.web.http import Request


def playbooks(request: Request) -> HttpResponse:
    raise Http404


def playbook(request: Request, category: str) -> HttpResponse:
    raise Http404


def version(request: Request, category: str, number: int) -> HttpResponse:
    raise Http404
