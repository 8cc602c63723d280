"""Filters for money, shares and the words of the deals desk."""

import json
from datetime import datetime

from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from opsdesk.deals.terms import EvidenceItem
from opsdesk.kernel.money import Money
from opsdesk.playbook.definition import PlaybookPage
from opsdesk.web import formats
from opsdesk.web.deals import amounts, labels
from opsdesk.web.moments import Moments

LEFT, TIME_IS_UP = gettext_noop("%(span)s left"), gettext_noop("time is up")
MINUTES_SECONDS = gettext_noop("%(minutes)d min %(seconds)02d s")

register = Library()
register.filter("share", amounts.share)


@register.filter
def money(value: Money | int | None, currency: str = "") -> str:
    """An amount of money, or minor units with their currency; a dash where there is none."""
    if value is None:
        return "–"
    return amounts.written(value if isinstance(value, Money) else Money(value, currency))


@register.simple_tag
def deal_state(state: str) -> SafeString:
    """The chip of a deal's state: a word, a sign and a colour."""
    form = '<span class="chip {}">{}</span>'
    return format_html(form, labels.CHIPS.get(state, ""), labels.word(labels.STATES, state))


@register.simple_tag
def stage_chip(stage: str) -> SafeString:
    """The chip of a scope's stage."""
    form = '<span class="chip {}">{}</span>'
    return format_html(form, labels.STAGE_CHIPS.get(stage, ""), labels.word(labels.STAGES, stage))


@register.simple_tag(takes_context=True)
def countdown(context: Context, due_at: datetime | None) -> SafeString:
    """How long until `due_at`, as of the page; a script lets it tick. The exact instant is its title."""
    if due_at is None:
        return format_html('<span class="muted">{}</span>', "–")
    known = context.get("moments")
    moments = known if isinstance(known, Moments) else Moments(context["now"])
    left = int((due_at - moments.now).total_seconds())
    kind = " is-late" if left <= 0 else " is-soon" if left <= formats.DAY else ""
    form = '<time class="due countdown{}" datetime="{}" title="{}" data-countdown>{}</time>'
    return format_html(form, kind, due_at.isoformat(), moments.full(due_at), left_words(left))


def left_words(seconds: int) -> str:
    """A length of time that is left, two units at most; `time is up` from the instant itself on."""
    if seconds <= 0:
        return _(TIME_IS_UP)
    if formats.MINUTE <= seconds < formats.HOUR:
        minutes, rest = divmod(seconds, formats.MINUTE)
        span = _(MINUTES_SECONDS) % {"minutes": minutes, "seconds": rest}
    else:
        span = formats.elapsed(seconds)
    return _(LEFT) % {"span": span}


@register.simple_tag
def countdown_words() -> str:
    """The phrases a ticking countdown is written with, for its script: JSON in the reader's language."""
    phrases = {
        "left": LEFT,
        "up": TIME_IS_UP,
        "days": formats.DAYS_HOURS,
        "hours": formats.HOURS_MINUTES,
        "minutes": MINUTES_SECONDS,
        "seconds": formats.SECONDS,
    }
    return json.dumps({name: _(phrase) for name, phrase in phrases.items()}, ensure_ascii=False)


@register.filter
def deal_word(code: str, of: str) -> str:
    """The label of a code: `reason|deal_word:"reason"`."""
    return labels.word(WORDS[of], code)


WORDS: dict[str, dict[str, labels.Words]] = {
    "state": labels.STATES,
    "reason": labels.REASONS,
    "outcome": labels.OUTCOMES,
    "ending": labels.ENDINGS,
    "stage": labels.STAGES,
    "decision": labels.DECISIONS,
    "party": labels.PARTIES,
    "action": labels.ACTIONS,
    "cause": labels.CAUSES,
    "timer": labels.TIMERS,
    "move": labels.MOVES,
}

register.filter("scope_name", labels.scope_name)
register.filter("category_name", labels.category_name)


@register.filter
def item_name(item: EvidenceItem) -> str:
    """The name of an item of a checklist in the reader's language."""
    return item.named((get_language() or "en").partition("-")[0])


@register.filter
def pattern_of(playbook: PlaybookPage, reason: str) -> str:
    """How disputes of a reason are usually resolved; empty where the playbook doesn't say."""
    return playbook.pattern(reason)
