"""How the pages write moments and lengths of time. Pure."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86400


def moment(value: datetime, now: datetime) -> str:
    """A moment as short as it can be told apart from `now`: 14:05, 3 Nov 14:05, 3 Nov 2025 14:05."""
    local, today = timezone.localtime(value), timezone.localtime(now)
    if local.date() == today.date():
        return date_format(local, "H:i")
    if local.year == today.year:
        return date_format(local, "j M H:i")
    return date_format(local, "j M Y H:i")


def full_moment(value: datetime) -> str:
    """A moment with its date and zone."""
    local = timezone.localtime(value)
    return f"{date_format(local, 'j F Y, H:i')} {local.tzname()}"


def elapsed(seconds: int | None) -> str:
    """A length by the wall: days, hours, minutes; two units at most."""
    if seconds is None:
        return "–"
    if seconds >= DAY:
        return _("%(days)d d %(hours)d h") % {"days": seconds // DAY, "hours": seconds % DAY // HOUR}
    return working(seconds)


def roughly(seconds: int) -> str:
    """The same for a list, where whole days are enough from two of them on."""
    if seconds >= 2 * DAY:
        return _("%(days)d d") % {"days": seconds // DAY}
    return elapsed(seconds)


def working(seconds: int | None) -> str:
    """A length of working time: never days, since a working day is no 24 hours."""
    if seconds is None:
        return "–"
    if seconds >= HOUR:
        return _("%(hours)d h %(minutes)02d min") % {
            "hours": seconds // HOUR,
            "minutes": seconds % HOUR // MINUTE,
        }
    if seconds >= MINUTE:
        return _("%(minutes)d min") % {"minutes": seconds // MINUTE}
    return _("%(seconds)d s") % {"seconds": seconds}


def distance(value: datetime, now: datetime) -> str:
    """How far a moment is from now, in words."""
    gap = int((value - now).total_seconds())
    if gap < 0:
        return _("%(span)s ago") % {"span": roughly(-gap)}
    return _("in %(span)s") % {"span": roughly(gap)}


def size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1000:
        return _("%(count)d B") % {"count": count}
    if count < 1_000_000:
        return _("%(count).0f kB") % {"count": count / 1000}
    return _("%(count).1f MB") % {"count": count / 1_000_000}
