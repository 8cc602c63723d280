"""Periods that move with the day: what a saved view means next week is next week's. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Days = Callable[[date], tuple[date, date]]


@dataclass(frozen=True, slots=True)
class Rolling:
    """A name and the first and last day it stands for, given today."""

    name: str | Promise
    days: Days


def _back(count: int) -> Days:
    return lambda today: (today - timedelta(days=count - 1), today)


def _this_month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, _month_end(first)


def _last_month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _months_back(today: date) -> tuple[date, date]:
    """This month and the eleven before it."""
    this = today.replace(day=1)
    year, month = (this.year, 1) if this.month == 12 else (this.year - 1, this.month + 1)
    return date(year, month, 1), today


ROLLING: dict[str, Rolling] = {
    "7-days": Rolling(_("Last 7 days"), _back(7)),
    "30-days": Rolling(_("Last 30 days"), _back(30)),
    "this-month": Rolling(_("This month"), _this_month),
    "last-month": Rolling(_("Last month"), _last_month),
    "90-days": Rolling(_("Last 90 days"), _back(90)),
    "this-year": Rolling(_("This year"), lambda today: (today.replace(month=1, day=1), today)),
    "12-months": Rolling(_("Last 12 months"), _months_back),
}
