"""A case as one page, and the dialogs of its moves."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.accounts import queries as accounts
from opsdesk.cases import marks
from opsdesk.cases.card import case_card, history, present
from opsdesk.cases.importing import IMPORTED
from opsdesk.cases.lifecycle import Kind
from opsdesk.cases.models import Case
from opsdesk.cases.refusals import CustomerWrote, Overtaken
from opsdesk.disputes import queries as disputes
from opsdesk.disputes import timers
from opsdesk.history import queries as imports
from opsdesk.journal.idempotency import Answer
from opsdesk.kernel.permissions import Act, check_may, may
from opsdesk.kernel.refusal import Refusal
from opsdesk.mail import bouncing, conversation, outbox, redaction, thread_joins
from opsdesk.watch import queries as watch
from opsdesk.web.case.forms import UNANSWERED, CaseForm
from opsdesk.web.case.history import in_words
from opsdesk.web.case.look import Look
from opsdesk.web.case.messages import Messages, whole
from opsdesk.web.case.moves import BY_MOVE, BY_NOUN, offered
from opsdesk.web.case.sending import SentOtherwise, say_done, sending
from opsdesk.web.case.verbs import UNDO, Verb
from opsdesk.web.dialogs import Dialog, show
from opsdesk.web.http import Request, go, page, sent
from opsdesk.web.moments import Moments
from opsdesk.web.refusals import message_of, put_on


def case(request: Request, case_id: int) -> HttpResponse:
    """One case: the conversation in the middle, the next step on top, the clocks beside it.

    A dispute has a page of its own.
    """
    look = look_at(request, case_id)
    if look.case.kind == Kind.DISPUTE and (dispute := disputes.of_case(case_id)):
        return redirect("dispute", dispute.id)
    marks.mark_read(case_id=case_id, person_id=request.person.id, now=request.now)
    verbs, facts = offered(look), history(case_id)
    step = look.card.next_step.move
    context = {
        "look": look,
        "card": look.card,
        "desk": look.desk,
        "items": look.items,
        "takes_next": any(seat.desk == look.desk.key for seat in request.actor.seats),
        "often": [verb for verb in verbs if verb.often],
        "seldom": [verb for verb in verbs if not verb.often],
        "next_verb": next((verb for verb in verbs if verb.move is step), BY_MOVE.get(step)) if step else None,
        "incident": watch.about(case_id, look.case.subject) if look.case.kind == Kind.INCIDENT else None,
        "origin": imports.origin_of(case_id) if facts and facts[-1].entry.kind == IMPORTED else None,
        "sees_imports": may(request.actor, Act.BRING_HISTORY, desk=look.case.desk),
        "history": in_words(facts, look.desk),
        "undoes": not verbs or any(verb.key == UNDO for verb in verbs),
        "account": accounts.card(look.case.account_id) if look.case.account_id else None,
        "chooses_account": look.case.kind == Kind.REQUEST and BY_NOUN["type"] in verbs,
        "present": present(case_id, except_person=request.person.id, now=request.now),
        **_conversation(request, look),
        "may_handle": may(request.actor, Act.HANDLE_MAIL, desk=look.case.desk),
        "may_erase": request.actor.is_admin,
    }
    return page(request, "case/case.html", context)


def _conversation(request: Request, look: Look) -> dict[str, object]:
    """The messages as HTML, and what some of them have below."""
    messages = look.conversation.messages
    delivered = [each.id for each in messages if each.delivery]
    letters, bounces = outbox.rows_of(delivered), bouncing.of_messages(delivered)
    written = Messages(
        Moments(request.now),
        with_more={*look.offers, *letters, *bounces},
        erasures=redaction.erasures([each.id for each in messages if each.erased]),
        may_erase=request.actor.is_admin,
    )
    return {"messages_of": dict(written.of(messages)), "letters": letters, "bounces": bounces}


def look_at(request: Request, case_id: int) -> Look:
    """The case as this person may see it; refuses `CaseUnknown`, `NotYourDesk`.

    What was due on a dispute's deal has happened before, so nobody acts on one whose time has passed.
    """
    card = case_card(case_id, actor=request.actor, now=request.now)
    check_may(request.actor, Act.READ, desk=card.case.desk)
    dispute = disputes.of_case(case_id) if card.case.kind == Kind.DISPUTE else None
    if dispute is not None and timers.catch_up(dispute.deal_id, now=request.now):
        card = case_card(case_id, actor=request.actor, now=request.now)
    return Look(card, conversation.of_case(case_id, reader=request.actor), request.actor, request.now)


def verb(request: Request, case_id: int, noun: str) -> HttpResponse:
    """The dialog of a move on GET, the move itself on POST."""
    chosen = BY_NOUN.get(noun)
    if chosen is None:
        raise Http404
    look = look_at(request, case_id)
    initial = {name: value for name, value in request.GET.items() if name in chosen.form.base_fields}
    form = chosen.form(sent(request), request.FILES or None, look=look, initial=initial)
    if form.is_bound:
        try:
            if moved := _move(request, chosen, look, form):
                return moved
        except Refusal as refusal:
            put_on(form, refusal, now=request.now)
            look = _told(request, form, refusal, look)
            return _dialog(request, chosen, look, form, heard=_heard(look, refusal))
    return _dialog(request, chosen, look, form)


def _move(request: Request, chosen: Verb, look: Look, form: CaseForm) -> HttpResponse | None:
    """The move once, however often its form is sent; None where the form doesn't hold what it must."""
    sent_one = sending(request, f"case {look.case.id} {chosen.noun}")
    done: Answer | None
    if form.is_valid():
        given = _given(request, form)
        done = sent_one.once(lambda: str(_onward(chosen, look, chosen.run(look, *given))))
    else:
        # What was done may itself be why the same form doesn't fit any more.
        done = sent_one.before()
    return _moved(request, chosen, look, done) if done else None


def _given(request: Request, form: CaseForm) -> tuple[dict[str, Any], dict[str, Any]]:
    data = dict(form.cleaned_data)
    seen = data.pop("seen_version")
    del data["form_key"]
    return data, {"actor": request.actor, "now": request.now, "seen_version": seen}


def _onward(chosen: Verb, look: Look, result: object) -> int:
    """The case to look at after a move."""
    return result.id if chosen.leads_to_result and isinstance(result, Case) else look.case.id


def _moved(request: Request, chosen: Verb, look: Look, done: Answer) -> HttpResponse:
    waits = look.case.kind == Kind.DISPUTE and chosen.noun == "wait"
    words = _("It waits; the deadline of the dispute runs on.") if waits else str(chosen.done)
    say_done(request, done, words)
    return go(request, reverse("case", args=[int(done.body)]))


def _told(request: Request, form: CaseForm, refusal: Refusal, look: Look) -> Look:
    """The person knows now what happened: the case as it is since, and the form counts from there."""
    if isinstance(refusal, SentOtherwise):
        form.draw_anew()
    if isinstance(refusal, Overtaken):
        look = look_at(request, look.case.id)
        form.now_seen(look.case.version)
    return look


def _heard(look: Look, refusal: Refusal) -> list[SafeString]:
    """What the customer wrote in between."""
    if not isinstance(refusal, CustomerWrote):
        return []
    messages = [each for each in look.conversation.messages if each.direction == "in"]
    theirs = [each for each in messages if each.at >= refusal.since]
    return whole(theirs, Moments(look.now))


def _dialog(
    request: Request, chosen: Verb, look: Look, form: CaseForm, *, heard: Sequence[SafeString] = ()
) -> HttpResponse:
    dialog = Dialog(
        title=str(chosen.title),
        action=reverse("case_verb", args=[look.case.id, chosen.noun]),
        button=str(chosen.button),
        back=reverse("case", args=[look.case.id]),
        form=form,
        intro=_intro(chosen, look),
        fields=chosen.fields,
        buttons=chosen.buttons,
        danger=chosen.danger,
        draft=f"{look.case.id}:{chosen.noun}",
        noun=chosen.noun,
    )
    return show(request, dialog, {"look": look, "card": look.card, "heard": heard})


def _intro(chosen: Verb, look: Look) -> str:
    if look.case.kind == Kind.DISPUTE and chosen.noun == "wait":
        return _("The deadline of the dispute runs on while it waits.")
    if chosen.noun == "wait" and look.is_unanswered:
        return str(UNANSWERED)
    return str(chosen.intro)


@require_POST
def keep_message(request: Request, case_id: int, message_id: int) -> HttpResponse:
    """A message marked *which request?* is where it belongs."""
    try:
        conversation.keep(message_id, case_id=case_id, actor=request.actor, now=request.now)
        messages.success(request, _("It stays here."))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, reverse("case", args=[case_id]))


@require_POST
def undo_join(request: Request, case_id: int, join_id: int) -> HttpResponse:
    """Part two threads that a message had made one."""
    look_at(request, case_id)
    try:
        thread_joins.undo_join(join_id, actor=request.actor, now=request.now)
        messages.success(request, _("The threads are apart again, and stay so."))
    except Refusal as refusal:
        messages.error(request, message_of(refusal))
    return go(request, reverse("case", args=[case_id]))


@require_POST
def presence(request: Request, case_id: int) -> HttpResponse:
    """I have this case on screen; who else has, and has it moved on since I loaded it?"""
    look = case_card(case_id, actor=request.actor, now=request.now)
    check_may(request.actor, Act.READ, desk=look.case.desk)
    person, writing = request.person.id, request.POST.get("writing", "").replace("\0", "")
    marks.be_present(case_id=case_id, person_id=person, writing=writing, now=request.now)
    others = present(case_id, except_person=person, now=request.now)
    moved_on = request.POST.get("version") != str(look.case.version)
    return page(request, "case/presence.html", {"present": others, "moved_on": moved_on, "case_id": case_id})
