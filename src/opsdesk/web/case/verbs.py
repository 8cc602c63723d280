"""A dialog as a value: its address, key, words, form, and the action behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from opsdesk.cases import endings
from opsdesk.cases.lifecycle import Move
from opsdesk.cases.opening import open_linked
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import conversation, splits
from opsdesk.web.case import forms
from opsdesk.web.case.look import Look

Words = str | Promise
# The key of what takes a move back.
UNDO = "z"


@dataclass(frozen=True, slots=True)
class Verb:
    """One dialog. `run` gets the look, the form's data and who acts when (with the version seen)."""

    noun: str
    move: Move
    key: str
    name: Words
    title: Words
    button: Words
    done: Words
    form: type[forms.CaseForm]
    run: Callable[[Look, dict[str, Any], dict[str, Any]], object]
    intro: Words = ""
    fields: str = "parts/fields.html"
    buttons: str = ""
    danger: bool = False
    often: bool = False
    leads_to_result: bool = field(default=False)


def simple(action: Callable[..., object]) -> Callable[[Look, dict[str, Any], dict[str, Any]], object]:
    """An action that takes the form's fields by their names."""

    def run(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
        return action(case_id=look.case.id, **data, **by)

    return run


def void(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    return endings.void(
        case_id=look.case.id, reason=data["reason"], duplicate_of_id=data["duplicate_of"], **by
    )


def split(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    text = next((each.text for each in look.incoming() if each.id == data["message"]), "")
    start, end = span_of(text, data["part"], data["start"])
    if not data["of_another"] and _is_of_another(look, data["message"], start, end):
        raise Invalid("of_another", gettext_noop("Words of this part belong to another request already."))
    return splits.split_span(
        case_id=look.case.id,
        message_id=data["message"],
        start=start,
        end=end,
        subject=data["subject"],
        type=data["type"],
        **by,
    )


def _is_of_another(look: Look, message_id: int, start: int, end: int) -> bool:
    """Whether words of the passage were left to the request that this case was split off from.

    What was split off itself is the action's to refuse.
    """
    spans = [span for each in look.conversation.messages if each.id == message_id for span in each.spans]
    left = [span for span in spans if span.kind == conversation.ELSEWHERE and not span.case_id]
    return any(span.text[max(start - span.start, 0) : max(end - span.start, 0)].strip() for span in left)


def span_of(text: str, part: str, start: int | None) -> tuple[int, int]:
    """Where the part stands in the text; a marked start tells one of several places from another."""
    part = part.replace("\r\n", "\n").strip()
    if not part:
        raise Invalid("part", gettext_noop("Mark the words that ask for something."))
    near = text.find(part, max(start - 2, 0)) if start is not None else -1
    if near >= 0 and start is not None and near <= start + len(part):
        return near, near + len(part)
    found = text.find(part)
    if found < 0:
        raise Invalid(
            "part", gettext_noop("This doesn't stand in the message as you wrote it. Copy it from there.")
        )
    if text.find(part, found + 1) >= 0:
        raise Invalid("part", gettext_noop("This stands in the message more than once. Mark more of it."))
    return found, found + len(part)


def move_message(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    who = {"actor": by["actor"], "now": by["now"]}
    return conversation.move(data["message"], from_case=look.case.id, to_case=data["to_case"], **who)


def follow_up(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    """A request that goes on from a closed case, opened by a person for its requester."""
    return open_linked(case_id=look.case.id, **data, actor=by["actor"], now=by["now"])
