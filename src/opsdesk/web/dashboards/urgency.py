"""How much time the running disputes have left."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.web.charts.histogram import Bin
from opsdesk.web.dashboards.ground import Ground, counted
from opsdesk.web.dashboards.pieces import Picture, bars
from opsdesk.web.phrases import phrase

URGENCY = ("<24", "24-48", ">48")


def urgent(ground: Ground) -> int:
    """How many disputes have less than 24 hours left."""
    return counted(ground.ask("disputes_active", "urgency").get(("<24",)))


def urgent_sentence(ground: Ground) -> str:
    """Is a dispute urgent?"""
    active, soon = ground.count("disputes_active"), urgent(ground)
    if not active:
        return _("No dispute is open.")
    if not soon:
        quiet = ngettext(
            "%(n)d dispute is open and has more than 24 hours left.",
            "%(n)d disputes are open, each with more than 24 hours left.",
            active,
        )
        return phrase(quiet, {"n": ground.opening(active, "disputes_active")})
    words = {
        "n": ground.opening(soon, "disputes_active", ("urgency",), ("<24",)),
        "active": ground.opening(active, "disputes_active"),
    }
    said = ngettext(
        "%(n)d of %(active)d open disputes is urgent: less than 24 hours are left.",
        "%(n)d of %(active)d open disputes are urgent: less than 24 hours are left.",
        soon,
    )
    return phrase(said, words)


def urgency_name(band: str) -> str:
    names = {
        "<24": _("Less than 24 hours left"),
        "24-48": _("24 to 48 hours left"),
        ">48": _("More than 48 hours left"),
    }
    return names[band]


def urgency_picture(ground: Ground) -> Picture:
    """The running disputes by the time they have left."""
    answers = ground.ask("disputes_active", "urgency")
    kinds = {"<24": "series-5", "24-48": "series-2", ">48": "series-4"}
    bins = []
    for band in URGENCY:
        href = ground.href("disputes_active", ("urgency",), (band,))
        bins.append(bin_of(urgency_name(band), counted(answers.get((band,))), href, kinds[band]))
    return bars("urgency", _("Active disputes by the time left"), bins)


def bin_of(name: str, n: int, href: str, kind: str = "series-1") -> Bin:
    """A class that opens its list, if anything is in it."""
    label = _("%(name)s: %(n)d") % {"name": name, "n": n}
    return Bin(name, n, str(n), label, href if n else "", kind)
