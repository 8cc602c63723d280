"""Refusals on a page: the same form again, with what was typed and the reason in words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.forms import BaseForm
from django.utils.translation import gettext

from opsdesk.kernel.refusal import Invalid, Refusal
from opsdesk.web.deals.labels import said
from opsdesk.web.moments import Moments

T = TypeVar("T")
UNPROCESSABLE = 422


def message_of(refusal: Refusal, *, now: datetime | None = None) -> str:
    """The refusal in the reader's language; its moments as short as `now` lets them be, else in full."""
    details = {name: _shown(name, value, now) for name, value in refusal.details.items()}
    return gettext(refusal.message) % details


def _shown(name: str, value: object, now: datetime | None) -> object:
    if isinstance(value, datetime):
        moments = Moments(now or value)
        return moments.short(value) if now else moments.full(value)
    return said(name, value) if isinstance(value, str) and value else value


def put_on(form: BaseForm, refusal: Refusal, *, now: datetime | None = None) -> None:
    """Show the refusal at the field it is about, else above the form."""
    if isinstance(refusal, Invalid) and refusal.field in form.fields:
        form.add_error(refusal.field, message_of(refusal, now=now))
    else:
        form.add_error(None, message_of(refusal, now=now))


def submitted(form: BaseForm, act: Callable[[dict[str, Any]], T]) -> T | None:
    """Act on a form that was sent and holds what it must; None when the form has to be shown (again)."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except Refusal as refusal:
        put_on(form, refusal)
        return None


def status_of(form: BaseForm) -> int:
    """200 for a form to fill in, 422 for one that was refused."""
    return UNPROCESSABLE if form.is_bound and form.errors else 200
