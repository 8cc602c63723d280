"""What a case refuses, by name."""

from datetime import datetime

from opsdesk.kernel.refusal import Refusal, gettext_noop


class CaseUnknown(Refusal):
    message = gettext_noop("There is no case #%(case)s.")


class StandsNowhere(Refusal):
    message = gettext_noop(
        "Case #%(case)s came with an import and stands in no queue. A lead can put what the import left open"
        " into the queues."
    )


class NotOpen(Refusal):
    message = gettext_noop("Case #%(case)s is not open, so this can't be done on it.")


class AlreadyResolved(Refusal):
    message = gettext_noop("Case #%(case)s is resolved. Reopen it first.")


class CaseClosed(Refusal):
    message = gettext_noop(
        "Case #%(case)s is closed: its time for reopening has passed. Open a linked request."
    )


class CaseMerged(Refusal):
    message = gettext_noop("Case #%(case)s was merged into another one. Go on there.")


class CaseVoid(Refusal):
    message = gettext_noop("Case #%(case)s is void. Undo that first.")


class NotWaiting(Refusal):
    message = gettext_noop("Case #%(case)s isn't waiting, so there is nothing to resume.")


class NotResolved(Refusal):
    message = gettext_noop("Case #%(case)s isn't resolved, so there is nothing to reopen.")


class NotMerged(Refusal):
    message = gettext_noop("Case #%(case)s isn't merged into another one.")


class NotOneAccount(Refusal):
    message = gettext_noop("Cases #%(case)s and #%(other)s are of different customers, so they stay apart.")


class NotARequest(Refusal):
    message = gettext_noop("Case #%(case)s is no request: its account can't be chosen.")


class NotBothRequests(Refusal):
    message = gettext_noop("Only requests of one desk can be merged; #%(case)s and #%(other)s are not.")


class NotVoid(Refusal):
    message = gettext_noop("Case #%(case)s isn't void.")


class TooLateToUndo(Refusal):
    message = gettext_noop("Case #%(case)s ended more than %(days)s days ago. Open a linked request.")


class SplitWasUndone(Refusal):
    message = gettext_noop("Case #%(case)s was a part that was taken back. Split the passage off again.")


class NotClosed(Refusal):
    message = gettext_noop("Case #%(case)s isn't closed: go on in it.")


class ThanksNotFound(Refusal):
    message = gettext_noop(
        "Case #%(case)s wasn't reopened by a message, or somebody has worked on it since. Resolve it instead."
    )


class PartTouched(Refusal):
    message = gettext_noop(
        "Case #%(case)s was worked on since it was split off. Void it with a reason instead."
    )


class NotAPart(Refusal):
    message = gettext_noop("Case #%(case)s wasn't split off another case.")


class NoTierAbove(Refusal):
    message = gettext_noop("There is no tier above %(queue)s.")


class NoTierBelow(Refusal):
    message = gettext_noop("There is no tier below %(queue)s to return to.")


class NoSuchQueue(Refusal):
    message = gettext_noop("The desk has no queue %(queue)s there. It may be one of: %(choices)s.")


class NotOnTheRoute(Refusal):
    message = gettext_noop(
        "A case of this type goes to %(route)s. Change the type, or ask a lead to send it elsewhere."
    )


class ChooseAQueue(Refusal):
    message = gettext_noop("This type has no route of its own: choose one of %(choices)s.")


class DisputeDecided(Refusal):
    message = gettext_noop("Dispute #%(case)s is decided, and that is for good.")


class RuledOnly(Refusal):
    message = gettext_noop("Dispute #%(case)s ends by a ruling or by its deadline alone. Rule on it there.")


class NotOfDisputes(Refusal):
    message = gettext_noop(
        "#%(case)s is a dispute: it is never void, merged, split, reopened or of another type."
        " It ends by a ruling."
    )


class NotADispute(Refusal):
    message = gettext_noop("#%(case)s is no dispute, so there is nothing to rule on.")


class NotAnIncident(Refusal):
    message = gettext_noop("#%(case)s is no incident, so there is nothing to acknowledge.")


class NotOfIncidents(Refusal):
    message = gettext_noop("#%(case)s is an incident: it is neither merged nor split.")


class IncidentStays(Refusal):
    message = gettext_noop("Incident #%(case)s stays with whoever is on call. Assign it to somebody there.")


class NotByMail(Refusal):
    message = gettext_noop("#%(case)s is no request, so nobody is answered by mail. Write a note.")


class AlreadyAcknowledged(Refusal):
    message = gettext_noop("Incident #%(case)s was acknowledged before.")


class TakesNoRequests(Refusal):
    message = gettext_noop(
        "The desk %(desk)s has no address, so it has no requests. Its cases come from elsewhere."
    )


class NothingToTake(Refusal):
    message = gettext_noop("No unassigned open case is left in your queues.")


class NotInThatQueue(Refusal):
    message = gettext_noop("%(person)s doesn't sit in %(queue)s.")


class Overtaken(Refusal):
    """Somebody moved the case between the look and the act. Nothing of the act was done."""

    message = gettext_noop("%(by)s was first: %(what)s. Your text is kept; look again and decide.")


class CustomerWrote(Overtaken):
    """The customer's word that came between the look and the act. Nothing of the act was done.

    `at` is when their newest one came, `since` when the first did that came in between.
    """

    message = gettext_noop("The customer wrote at %(at)s. Your text is kept; read what they say and decide.")

    def __init__(self, *, at: datetime, since: datetime) -> None:
        super().__init__(at=at)
        self.since = since
