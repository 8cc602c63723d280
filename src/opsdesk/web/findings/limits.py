"""How limits are written. Pure, but for the language."""

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from opsdesk.insight.limits import SCALE, Direction, Limits
from opsdesk.insight.thresholds import Unit

# What no lead sets: from where on a count needs a look.
FIXED: Mapping[str, str] = {
    "stuck_us": gettext_noop(
        "None is healthy; any is on watch. Stuck: open, and no act of ours for 2 business days of its queue."
    ),
    "stuck_others": gettext_noop(
        "None is healthy; any is on watch. Stuck: waiting past the time an answer was expected."
    ),
}


def plain(thousandths: int) -> str:
    """Thousandths as a number with as many decimals as it needs: 70, 12.5."""
    text = f"{thousandths / SCALE:.3f}".rstrip("0").rstrip(".")
    decimals = len(text.partition(".")[2])
    return number_format(text, decimals)


def amount(thousandths: int, unit: Unit = Unit.PERCENT) -> str:
    """The same with its unit: 70 %, 7 days."""
    form = _("%(n)s days") if unit is Unit.DAYS else _("%(n)s %%")
    return form % {"n": plain(thousandths)}


def sentence(limits: Limits, unit: Unit = Unit.PERCENT) -> str:
    """From where on a number is healthy, and from where on red."""
    words = {"healthy": amount(limits.healthy, unit), "red": amount(limits.red, unit)}
    return _form(limits) % words


def _form(limits: Limits) -> str:
    at_one = limits.healthy == limits.red
    if limits.direction is Direction.AT_MOST and limits.healthy == 0:
        return _("None is healthy; red above %(red)s.")
    if limits.direction is Direction.AT_LEAST:
        if at_one:
            return _("Healthy from %(healthy)s, red below.")
        return _("Healthy from %(healthy)s, red below %(red)s.")
    if limits.direction is Direction.ABOVE:
        return _("Healthy above %(healthy)s, red below %(red)s.")
    if limits.direction is Direction.AT_MOST:
        if at_one:
            return _("Healthy up to %(healthy)s, red above.")
        return _("Healthy up to %(healthy)s, red above %(red)s.")
    return _("Healthy below %(healthy)s, red above %(red)s.")
