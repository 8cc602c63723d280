"""How pages of numbers write their period, in the order each language has. Pure, but for the language."""

from datetime import date, timedelta

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from opsdesk.web.numbers.address import Place


def period_text(place: Place) -> str:
    """`October 2026`, one day, or the first and the last day."""
    first = place.period.start.astimezone(place.zone).date()
    last = place.period.end.astimezone(place.zone).date() - timedelta(days=1)
    if first.day == 1 and (last + timedelta(days=1)).day == 1 and last - first < timedelta(days=31):
        return _("%(month)s %(year)d") % {"month": MONTHS[first.month], "year": first.year}
    if first == last:
        return day_text(first)
    return _("%(first)s to %(last)s") % {"first": day_text(first), "last": day_text(last)}


def known_text(place: Place) -> str:
    """`As of the end of 15 October 2026`, in days of the desk; empty where that is now."""
    return as_of_text(place.as_of_day) if place.as_of_day and place.as_of < place.now else ""


def standing_text(place: Place) -> str:
    """The same of what stands at an instant: of a past period its end."""
    return as_of_text(place.standing_day) if place.standing_day else ""


def as_of_text(day: date) -> str:
    return _("As of the end of %(day)s") % {"day": day_text(day)}


def day_text(day: date) -> str:
    """`3 October 2026`."""
    return _("%(day)d %(month)s %(year)d") % {
        "day": day.day,
        "month": MONTHS[day.month],
        "year": day.year,
    }
