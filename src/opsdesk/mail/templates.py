"""Texts to begin a reply with: kept by a desk's lead, their fields filled in from the case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from opsdesk.cases.models import Case
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail.models import ReplyTemplate
from opsdesk.mail.refusals import TemplateUnknown

LONGEST_NAME = 80
LONGEST_TEXT = 20_000
FIELDS = ("name", "first_name", "number", "subject", "account", "me", "desk")

_FIELD = re.compile(r"\{([^{}\n]{0,40})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One template of a desk."""

    id: int
    desk: str
    name: str
    text: str
    changed_at: datetime


def of_desk(desk: str) -> list[Template]:
    """The desk's templates by name."""
    rows = ReplyTemplate.objects.filter(desk=desk, removed_at__isnull=True).order_by("name", "id")
    return [Template(row.id, row.desk, row.name, row.text, row.changed_at) for row in rows]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{field}` replaced; a value that isn't known leaves nothing. Pure."""
    return _FIELD.sub(
        lambda field: values.get(field[1].strip(), "") if field[1].strip() in FIELDS else field[0], text
    )


def values_for(case: Case, *, actor: Actor, desk_name: str, account_name: str) -> dict[str, str]:
    """What the fields stand for on a case."""
    name = case.requester_name.strip()
    return {
        "name": name or case.requester_email,
        "first_name": name.split()[0] if name else "",
        "number": f"#{case.id}",
        "subject": case.subject,
        "account": account_name,
        "me": actor.name,
        "desk": desk_name,
    }


@transaction.atomic
def write(
    *, desk: str, name: str, text: str, template_id: int | None = None, actor: Actor, now: datetime
) -> Template:
    """Add a template, or change one. Refuses `Invalid` for a missing or taken name and an unknown field."""
    check_may(actor, Act.SET_TARGETS, desk=desk)
    name, text = name.strip(), text.strip()
    _check(desk, name, text, template_id)
    if template_id is None:
        row = ReplyTemplate.objects.create(desk=desk, name=name, text=text, changed_at=now)
    else:
        row = _standing(desk, template_id)
        row.name, row.text, row.changed_at = name, text, now
        row.save(update_fields=["name", "text", "changed_at"])
    _record("reply_template.written", row, actor, now)
    return Template(row.id, row.desk, row.name, row.text, row.changed_at)


@transaction.atomic
def remove(*, desk: str, template_id: int, actor: Actor, now: datetime) -> None:
    """Take a template off the desk; replies written with it stay. Refuses `TemplateUnknown`."""
    check_may(actor, Act.SET_TARGETS, desk=desk)
    row = _standing(desk, template_id)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    _record("reply_template.removed", row, actor, now)


def _check(desk: str, name: str, text: str, template_id: int | None) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("name", gettext_noop("Give the template a name of at most 80 letters."))
    if not text or len(text) > LONGEST_TEXT:
        raise Invalid("text", gettext_noop("Write the text, at most 20,000 letters."))
    if any(field.strip() not in FIELDS for field in _FIELD.findall(text)):
        raise Invalid(
            "text",
            gettext_noop(
                "A field in braces isn't known. There are:"
                " {name} {first_name} {number} {subject} {account} {me} {desk}."
            ),
        )
    taken = ReplyTemplate.objects.filter(desk=desk, name=name, removed_at__isnull=True)
    if taken.exclude(id=template_id or 0).exists():
        raise Invalid("name", gettext_noop("The desk has a template of this name."))


def _standing(desk: str, template_id: int) -> ReplyTemplate:
    row = ReplyTemplate.objects.filter(id=template_id, desk=desk, removed_at__isnull=True).first()
    if row is None:
        raise TemplateUnknown()
    return row


def _record(kind: str, row: ReplyTemplate, actor: Actor, now: datetime) -> None:
    record(
        kind=kind,
        subject_kind="reply_template",
        subject_id=row.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"desk": row.desk},
    )
