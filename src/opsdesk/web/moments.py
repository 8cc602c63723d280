"""How the pages write moments, for one reader: in their zone, in their language, as of one now."""

from datetime import datetime, timedelta, tzinfo
from functools import cache, lru_cache

from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from opsdesk.web import formats
from opsdesk.web.escaping import html_of

SOON = timedelta(hours=1)
AGO, AHEAD, NOW = _("%(span)s ago"), _("in %(span)s"), _("just now")
DUE, LATE, IMMINENT = _("due %(when)s"), _("late by %(span)s"), _("soon: %(when)s")
NOTHING_DUE, DUE_NOW = _("nothing due"), _("due now")
MINUTE_S = 60
DAY_SHORT, DAY_AND_YEAR = _("%(day)d %(month)s %(clock)s"), _("%(day)d %(month)s %(year)d %(clock)s")
FULL = _("%(day)d %(month)s %(year)d, %(clock)s %(zone)s")


class Moments:
    """Writes moments. One for each page: it looks up zone, language and words once, not once a row."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.say = _phrases(get_language())
        self._zone = timezone.get_current_timezone()
        self._today = now.astimezone(self._zone).date()
        self._long, self._short = _months(get_language())

    def short(self, value: datetime) -> str:
        """As short as it can be told apart from now: 14:05, 3 Nov 14:05, 3 Nov 2025 14:05."""
        local = value.astimezone(self._zone)
        clock = f"{local.hour:02d}:{local.minute:02d}"
        if local.date() == self._today:
            return clock
        form = DAY_SHORT if local.year == self._today.year else DAY_AND_YEAR
        day = {"day": local.day, "month": self._short[local.month], "year": local.year, "clock": clock}
        return self.say(form) % day

    def full(self, value: datetime) -> str:
        """With its date and zone."""
        local = value.astimezone(self._zone)
        day = {"day": local.day, "month": self._long[local.month], "year": local.year}
        return self.say(FULL) % {
            **day,
            "clock": f"{local.hour:02d}:{local.minute:02d}",
            "zone": local.tzname(),
        }

    def dated(self, value: datetime, zone: tzinfo) -> str:
        """With its date, in another zone than the reader's: whoever uses it names that zone."""
        local = value.astimezone(zone)
        day = {"day": local.day, "month": self._short[local.month], "year": local.year}
        return self.say(DAY_AND_YEAR) % {**day, "clock": f"{local.hour:02d}:{local.minute:02d}"}

    def distance(self, value: datetime) -> str:
        """How far it is from now, in words."""
        gap = int((value - self.now).total_seconds())
        if not gap:
            return self.say(NOW)
        return self.say(AGO if gap < 0 else AHEAD) % {"span": formats.roughly(abs(gap), self.say)}

    def tag(self, value: datetime | None, form: str = "short") -> str:
        """A `<time>`, `short`, `full` or as a `distance`; a dash where there is none."""
        if value is None:
            return "–"
        full = self.full(value)
        text = full if form == "full" else self.distance(value) if form == "distance" else self.short(value)
        return html_of('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, text)

    def due(self, value: datetime | None) -> SafeString:
        """When something is due; late and soon are said in words, not by colour alone."""
        if value is None:
            return html_of('<span class="due is-none">{}</span>', self.say(NOTHING_DUE))
        gap = value - self.now
        if gap <= timedelta(0):
            late = int(-gap.total_seconds())
            words = self.say(LATE) % {"span": formats.roughly(late, self.say)}
            kind, words = " is-late", words if late >= MINUTE_S else self.say(DUE_NOW)
        else:
            kind, phrase = (" is-soon", IMMINENT) if gap <= SOON else ("", DUE)
            words = self.say(phrase) % {"when": self.distance(value)}
        form = '<time class="due{}" title="{}" datetime="{}">{}</time>'
        return html_of(form, kind, self.full(value), value.isoformat(), words)


@cache
def _phrases(language: str | None) -> formats.Say:
    """The translations of the language that is active, each looked up once."""
    return lru_cache(maxsize=256)(gettext)


@cache
def _months(language: str | None) -> tuple[dict[int, str], dict[int, str]]:
    """The names of the months in the language that is active, long and short."""
    return (
        {number: str(name) for number, name in MONTHS.items()},
        {number: str(name)[:1].upper() + str(name)[1:] for number, name in MONTHS_3.items()},
    )
