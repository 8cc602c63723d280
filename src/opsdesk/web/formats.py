"""How the pages write lengths of time and sizes. Pure."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

Say = Callable[[str], str]
MINUTE, HOUR, DAY = 60, 3600, 86400
DAYS_HOURS, DAYS = _("%(days)d d %(hours)d h"), _("%(days)d d")
HOURS_MINUTES, MINUTES, SECONDS = _("%(hours)d h %(minutes)02d min"), _("%(minutes)d min"), _("%(seconds)d s")
BYTES, KILOBYTES, MEGABYTES = _("%(count)d B"), _("%(count).0f kB"), _("%(count).1f MB")


def elapsed(seconds: int | None, say: Say = gettext) -> str:
    """A length by the wall: days, hours, minutes; two units at most."""
    if seconds is None:
        return "–"
    if seconds >= DAY:
        return say(DAYS_HOURS) % {"days": seconds // DAY, "hours": seconds % DAY // HOUR}
    return working(seconds, say)


def roughly(seconds: int, say: Say = gettext) -> str:
    """The same for a list, where whole days are enough from two of them on."""
    if seconds >= 2 * DAY:
        return say(DAYS) % {"days": seconds // DAY}
    return elapsed(seconds, say)


def working(seconds: int | None, say: Say = gettext) -> str:
    """A length of working time: never days, since a working day is no 24 hours."""
    if seconds is None:
        return "–"
    if seconds >= HOUR:
        return say(HOURS_MINUTES) % {"hours": seconds // HOUR, "minutes": seconds % HOUR // MINUTE}
    if seconds >= MINUTE:
        return say(MINUTES) % {"minutes": seconds // MINUTE}
    return say(SECONDS) % {"seconds": seconds}


def size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1000:
        return gettext(BYTES) % {"count": count}
    if count < 1_000_000:
        return gettext(KILOBYTES) % {"count": count / 1000}
    return gettext(MEGABYTES) % {"count": count / 1_000_000}
