"""Tags of the pages: moments, lengths of time, labels of codes, form fields."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import uuid4

from django.forms import BoundField
from django.template import Context, Library
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString

from opsdesk.cases.definition import Code, DeskDefinition
from opsdesk.cases.models import CaseState, Entrance, Exit, WaitingOn
from opsdesk.kernel.actor import Role
from opsdesk.web import dates, formats, labels
from opsdesk.web.labels import ARRIVAL_FACTS, BULK, DELIVERY, LINKS, NOUNS, OUTCOMES, ROLES, TARGETS
from opsdesk.web.moments import Moments
from opsdesk.web.once import FIELD

register = Library()
LABELS = {
    "state": dict(CaseState.choices),
    "exit": dict(Exit.choices),
    "entrance": dict(Entrance.choices),
    "waiting": dict(WaitingOn.choices),
}

register.filter("elapsed", formats.elapsed)
register.filter("working", formats.working)
register.filter("bytes", formats.size)


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, form: str = "short") -> str:
    """A `<time>`, short or full, in the person's zone; a dash where there is none."""
    return _moments(context).tag(value, form)


@register.simple_tag(takes_context=True)
def moment_of_desk(context: Context, value: datetime, desk: DeskDefinition) -> str:
    """When it was on the desk's clock, with its date."""
    return _moments(context).dated(value, desk.zone)


@register.simple_tag(takes_context=True)
def due(context: Context, value: datetime | None) -> str:
    """When something is due."""
    return _moments(context).due(value)


@register.simple_tag
def once_key() -> SafeString:
    """The field by which a form that is sent twice is known as one."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid4().hex)


def _moments(context: Context) -> Moments:
    known = context.get("moments")
    return known if isinstance(known, Moments) else Moments(context["now"])


@register.simple_tag
def state_chip(state: str) -> SafeString:
    return format_html('<span class="chip is-{}">{}</span>', state, LABELS["state"].get(state, state))


@register.filter
def label(code: str, of: str) -> str:
    """The label of a code of one of the closed lists."""
    return str(LABELS[of].get(code, code))


@register.filter(expects_localtime=True)
def dated(value: date | None, form: str) -> str:
    """A day in one of the forms of `dates`; nothing where there is none."""
    return dates.dated(value, form) if value else ""


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, layout: str = "") -> dict[str, object]:
    """A form field with its label, its help and what is wrong with it."""
    kind = bound.field.widget.__class__.__name__
    return {
        "field": bound,
        "layout": layout,
        "is_check": kind == "CheckboxInput",
        "is_group": kind in ("RadioSelect", "CheckboxSelectMultiple"),
    }


@register.filter
def role_name(role: str) -> str:
    return str(ROLES[Role(role)])


register.filter("shipped", labels.shipped)


@register.filter
def queue_name(key: str, desk: DeskDefinition) -> str:
    """The queue's name; its key where a later version of the desk dropped it."""
    return labels.shipped(desk.queue(key).name) if desk.has_queue(key) else key


@register.filter
def type_name(key: str, desk: DeskDefinition) -> str:
    found = desk.type(key)
    return labels.shipped(found.name) if found else key


@register.filter
def party_name(key: str, desk: DeskDefinition) -> str:
    return code_name(desk.third_parties, key)


@register.filter
def reason_name(key: str, desk: DeskDefinition) -> str:
    return code_name(desk.escalation_reasons, key)


@register.filter
def cause_name(key: str, desk: DeskDefinition) -> str:
    return code_name(desk.causes, key)


@register.filter
def void_name(key: str, desk: DeskDefinition) -> str:
    return code_name(desk.void_reasons, key)


def code_name(codes: Iterable[Code], key: str) -> str:
    return next((labels.shipped(code.name) for code in codes if code.key == key), key)


@register.filter
def bulk_name(act: str) -> str:
    return str(BULK[act])


@register.filter
def target_name(name: str) -> str:
    return str(TARGETS.get(name, name))


@register.filter
def away(seconds: int | None) -> int:
    """A length without its direction."""
    return abs(seconds or 0)


@register.filter
def link_name(how: str) -> str:
    return str(LINKS.get(how, how))


@register.filter
def noun_name(noun: str) -> str:
    """What the dialog somebody has open is called."""
    return str(NOUNS.get(noun, noun))


@register.filter
def delivery_name(state: str) -> str:
    return str(DELIVERY.get(state, state))


@register.filter
def outcome_name(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, outcome))


@register.filter
def reason_words(reason: str) -> str:
    """Why mail was set aside or quarantined; a reason in a person's own words as it is."""
    return str(labels.REASONS.get(reason, reason))


@register.filter
def arrival_words(kind: str) -> str:
    """A fact of an arrival in words."""
    return str(ARRIVAL_FACTS.get(kind, kind))


@register.filter
def of(names: dict[int, str], key: int | None) -> str:
    """The name under a key; empty where there is none."""
    return names.get(key, "") if key is not None else ""


@register.filter
def weekday(number: int) -> str:
    """The name of a day, Monday being 0."""
    return str(WEEKDAYS[number])


@register.filter
def weekday_short(number: int) -> str:
    return str(WEEKDAYS_ABBR[number])
