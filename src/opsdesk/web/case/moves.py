"""Which dialog makes which move: its address, key, words, form, and the action behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.lifecycle import Move
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.mail import conversation, desk_moves, replies, splits
from opsdesk.web.case import forms
from opsdesk.web.case.look import Look

Words = str | Promise


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


def _simple(action: Callable[..., object]) -> Callable[[Look, dict[str, Any], dict[str, Any]], object]:
    """An action that takes the form's fields by their names."""

    def run(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
        return action(case_id=look.case.id, **data, **by)

    return run


def _void(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    return endings.void(
        case_id=look.case.id, reason=data["reason"], duplicate_of_id=data["duplicate_of"], **by
    )


def _split(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    text = next((each.text for each in look.incoming() if each.id == data["message"]), "")
    start, end = span_of(text, data["part"], data["start"])
    return splits.split_span(
        case_id=look.case.id,
        message_id=data["message"],
        start=start,
        end=end,
        subject=data["subject"],
        type=data["type"],
        **by,
    )


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


def _move_message(look: Look, data: dict[str, Any], by: dict[str, Any]) -> object:
    who = {"actor": by["actor"], "now": by["now"]}
    return conversation.move(data["message"], from_case=look.case.id, to_case=data["to_case"], **who)


VERBS: tuple[Verb, ...] = (
    Verb(
        "reply",
        Move.SEND_AND_WAIT,
        "a",
        _("Answer"),
        _("Answer the requester"),
        _("Send and wait"),
        _("The answer is on its way."),
        forms.ReplyForm,
        _simple(replies.reply),
        fields="case/reply_fields.html",
        buttons="case/reply_buttons.html",
        often=True,
    ),
    Verb(
        "note",
        Move.NOTE,
        "c",
        _("Note"),
        _("A note among ourselves"),
        _("Write it down"),
        _("The note stands."),
        forms.NoteForm,
        _simple(actions.write_note),
        often=True,
    ),
    Verb(
        "wait",
        Move.WAIT,
        "w",
        _("Wait"),
        _("Wait on somebody"),
        _("Wait"),
        _("The case waits; our clock stands."),
        forms.WaitForm,
        _simple(actions.wait),
        often=True,
    ),
    Verb(
        "resumption",
        Move.RESUME,
        "o",
        _("Resume"),
        _("Stop waiting?"),
        _("Resume"),
        _("It is our move again."),
        forms.NothingForm,
        _simple(actions.resume),
        intro=_("The next move is ours again, and our clock runs on."),
        often=True,
    ),
    Verb(
        "escalation",
        Move.ESCALATE,
        "e",
        _("Escalate"),
        _("Escalate: hand it one tier up"),
        _("Escalate"),
        _("Handed up."),
        forms.EscalateForm,
        _simple(desk_moves.escalate),
        often=True,
    ),
    Verb(
        "return",
        Move.RETURN,
        "r",
        _("Return"),
        _("Return: you can do this, here is how"),
        _("Return"),
        _("Returned."),
        forms.ReturnForm,
        _simple(handoffs.give_back),
        often=True,
    ),
    Verb(
        "resolution",
        Move.RESOLVE,
        "s",
        _("Resolve"),
        _("Resolve"),
        _("Resolve"),
        _("Resolved."),
        forms.ResolveForm,
        _simple(desk_moves.resolve),
        often=True,
    ),
    Verb(
        "reopening",
        Move.REOPEN,
        "",
        _("Reopen"),
        _("Reopen"),
        _("Reopen"),
        _("Open again, in the queue that resolved it."),
        forms.ReopenForm,
        _simple(endings.reopen),
        often=True,
    ),
    Verb(
        "thanks",
        Move.WITHDRAW_THANKS,
        "h",
        _("Only a thanks"),
        _("Only a thanks?"),
        _("Withdraw it"),
        _("Resolved as before; the thanks counts nowhere."),
        forms.NothingForm,
        _simple(endings.withdraw_thanks),
        intro=_("The case is resolved again since its earlier resolution, as if the thanks had not come."),
        often=True,
    ),
    Verb(
        "taking",
        Move.TAKE,
        "t",
        _("Take"),
        _("Take this case?"),
        _("Take it"),
        _("It is yours."),
        forms.NothingForm,
        _simple(actions.take),
    ),
    Verb(
        "assignment",
        Move.ASSIGN,
        "",
        _("Assign"),
        _("Assign"),
        _("Assign"),
        _("Assigned."),
        forms.AssignForm,
        _simple(actions.assign),
    ),
    Verb(
        "type",
        Move.CLASSIFY,
        "",
        _("Set the type"),
        _("Set the type"),
        _("Set it"),
        _("The type is set."),
        forms.TypeForm,
        _simple(actions.classify),
    ),
    Verb(
        "reroute",
        Move.REROUTE,
        "b",
        _("Reroute"),
        _("Reroute within the tier"),
        _("Reroute"),
        _("Rerouted."),
        forms.RerouteForm,
        _simple(handoffs.reroute),
    ),
    Verb(
        "split",
        Move.SPLIT,
        "p",
        _("Split off a part"),
        _("Split off a part as a request of its own"),
        _("Split off"),
        _("This part is a request of its own now."),
        forms.SplitForm,
        _split,
        fields="case/split_fields.html",
        leads_to_result=True,
    ),
    Verb(
        "split-undo",
        Move.UNDO_SPLIT,
        "z",
        _("Undo the split"),
        _("Undo the split?"),
        _("Undo it"),
        _("The split is undone; this part counts nowhere."),
        forms.NothingForm,
        _simple(splits.undo),
        intro=_("The part goes back to the case it came from. This works while nobody has worked on it."),
        danger=True,
    ),
    Verb(
        "message",
        Move.CLASSIFY,
        "m",
        _("Move a message"),
        _("Move a message to another request"),
        _("Move it"),
        _("Moved."),
        forms.MoveMessageForm,
        _move_message,
        fields="case/move_fields.html",
    ),
    Verb(
        "voiding",
        Move.VOID,
        "v",
        _("Void"),
        _("Void: this is no request"),
        _("Void it"),
        _("Void. It counts nowhere."),
        forms.VoidForm,
        _void,
        danger=True,
    ),
    Verb(
        "void-undo",
        Move.UNDO_VOID,
        "z",
        _("Undo the void"),
        _("Open it again?"),
        _("Undo the void"),
        _("Open again, as if it had not been void."),
        forms.NothingForm,
        _simple(endings.undo_void),
        often=True,
    ),
)
BY_NOUN = {verb.noun: verb for verb in VERBS}
BY_MOVE = {verb.move: verb for verb in reversed(VERBS)} | {
    Move.SEND: BY_NOUN["reply"],
    Move.CLASSIFY: BY_NOUN["type"],
}


def offered(look: Look) -> list[Verb]:
    """The dialogs whose moves this person may make now, in their order."""
    return [verb for verb in VERBS if verb.move in look.card.moves and _makes_sense(verb, look)]


def _makes_sense(verb: Verb, look: Look) -> bool:
    if verb.noun == "message":
        return bool(look.conversation.thread_cases and look.incoming(joined=True))
    if verb.noun == "split":
        return bool(look.incoming())
    if verb.noun == "reroute":
        return len(look.desk.queues_at(look.case.tier)) > 1
    if verb.noun == "taking":
        return look.case.assignee_id != look.actor.id
    if verb.noun == "escalation":
        return bool(look.card.queue.up)
    return verb.noun != "assignment" or look.leads or look.case.assignee_id == look.actor.id
