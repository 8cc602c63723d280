"""Which dialog makes which move, and who is offered which."""

from django.utils.translation import gettext_lazy as _

from opsdesk.cases import actions, endings, handoffs
from opsdesk.cases.lifecycle import Kind, Move, Phase
from opsdesk.kernel.permissions import Act, may
from opsdesk.mail import claims, desk_moves
from opsdesk.web.case import forms
from opsdesk.web.case.look import Look
from opsdesk.web.case.partings import PARTINGS
from opsdesk.web.case.replying import ReplyForm, send
from opsdesk.web.case.verbs import Verb, follow_up, simple, void
from opsdesk.web.incidents.verbs import OF_INCIDENTS

VERBS: tuple[Verb, ...] = (
    Verb(
        "reply",
        Move.SEND_AND_WAIT,
        "a",
        _("Answer"),
        _("Answer the requester"),
        _("Send and wait"),
        _("The answer is queued to be sent."),
        ReplyForm,
        send,
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
        simple(actions.write_note),
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
        simple(actions.wait),
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
        simple(actions.resume),
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
        simple(desk_moves.escalate),
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
        simple(handoffs.give_back),
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
        simple(desk_moves.resolve),
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
        simple(endings.reopen),
        often=True,
    ),
    Verb(
        "follow-up",
        Move.REOPEN,
        "",
        _("Open a linked request"),
        _("Open a linked request"),
        _("Open it"),
        _("A request of its own, linked to the closed case."),
        forms.FollowUpForm,
        follow_up,
        intro=_("The case is closed: what comes now is a new request that goes on from it."),
        often=True,
        leads_to_result=True,
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
        simple(endings.withdraw_thanks),
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
        simple(actions.take),
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
        simple(actions.assign),
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
        simple(actions.classify),
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
        simple(handoffs.reroute),
    ),
    *PARTINGS,
    *OF_INCIDENTS,
    Verb(
        "voiding",
        Move.VOID,
        "v",
        _("Void"),
        _("Void: this is no request"),
        _("Void it"),
        _("Void. It counts nowhere."),
        forms.VoidForm,
        void,
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
        simple(claims.undo_void),
        often=True,
    ),
)
BY_NOUN = {verb.noun: verb for verb in VERBS}
BY_MOVE = {verb.move: verb for verb in reversed(VERBS) if verb.noun != "follow-up"} | {
    Move.SEND: BY_NOUN["reply"],
    Move.CLASSIFY: BY_NOUN["type"],
    Move.VOID: BY_NOUN["voiding"],
}


# What an incident does otherwise, and what no incident can.
REQUESTS_ONLY = {"resolution", "follow-up"}


def offered(look: Look) -> list[Verb]:
    """The dialogs whose moves this person may make now, in their order."""
    return [verb for verb in VERBS if _fits(verb, look) and _makes_sense(verb, look)]


def _fits(verb: Verb, look: Look) -> bool:
    if (verb.noun in REQUESTS_ONLY or verb in OF_INCIDENTS) and not _of_its_kind(verb, look):
        return False
    if verb.noun == "follow-up":
        return look.card.phase is Phase.CLOSED and _may_go_on(look)
    if verb.noun == "claim":
        return _is_claim(look)
    return verb.move in look.card.moves


def _of_its_kind(verb: Verb, look: Look) -> bool:
    """An incident is answered by an act of its own, once, and ended without a type or a check of ours."""
    if verb.noun == "acknowledgement" and look.case.first_response_at is not None:
        return False
    return (look.case.kind == Kind.INCIDENT) is (verb in OF_INCIDENTS)


def _is_claim(look: Look) -> bool:
    unresolved = look.card.phase in (Phase.OPEN, Phase.WAITING)
    return (
        look.case.claims_id is not None
        and unresolved
        and may(look.actor, Act.HANDLE_MAIL, desk=look.case.desk)
    )


def _may_go_on(look: Look) -> bool:
    case = look.case
    return may(look.actor, Act.REOPEN, desk=case.desk, queue=case.queue, tier=case.tier)


def _makes_sense(verb: Verb, look: Look) -> bool:
    if verb.noun == "message":
        return bool(look.conversation.thread_cases and look.has_incoming(joined=True))
    if verb.noun == "split":
        return look.has_incoming()
    if verb.noun == "merge":
        return bool(look.mergeable)
    if verb.noun == "reroute":
        return len(look.desk.queues_at(look.case.tier)) > 1
    if verb.noun == "taking":
        return look.case.assignee_id != look.actor.id
    if verb.noun == "escalation":
        return bool(look.card.queue.up)
    return verb.noun != "assignment" or look.leads or look.case.assignee_id == look.actor.id
