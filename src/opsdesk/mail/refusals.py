"""What the mail room refuses, and why a mail could not be understood. The parser's process
reads this file: no Django here.
"""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class NotUnderstood(Exception):
    """A mail that the parser gives up on. `reason` is one of a few fixed phrases, `detail` says more."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class SourceDiffers(Refusal):
    message = gettext_noop("The source %(source)s is there already, for another desk or with another start.")


class SourceUnknown(Refusal):
    message = gettext_noop("There is no source %(source)s.")


class SourceClosed(Refusal):
    message = gettext_noop("The source %(source)s is closed: nothing is taken there any more.")


class SourceNotThatKind(Refusal):
    message = gettext_noop("The source %(source)s is of kind %(kind)s, and this isn't for those.")


class ArrivalUnknown(Refusal):
    message = gettext_noop("There is no arrival %(arrival)s.")


class MessageUnknown(Refusal):
    message = gettext_noop("There is no message %(message)s on this case.")


class NotReadable(Refusal):
    message = gettext_noop("This can't be shown (%(reason)s). Download the whole mail instead.")


class AlreadyErased(Refusal):
    message = gettext_noop("This was erased before.")


class MessageErased(Refusal):
    message = gettext_noop("This mail was erased on %(on)s by %(by)s. Why: %(reason)s.")


class StillToBeSent(Refusal):
    message = gettext_noop("A reply that waits to be sent can't be erased. Wait until it has gone out.")


class NothingToRerun(Refusal):
    message = gettext_noop("This mail is done with: only what is quarantined or set aside can be run again.")


class NotInQuarantine(Refusal):
    message = gettext_noop("Only quarantined mail can be set aside by hand. Void the request instead.")


class SomebodyWasFirst(Refusal):
    message = gettext_noop("Somebody else has dealt with this mail in the meantime. Look again.")


class SettledBefore(Refusal):
    message = gettext_noop("%(by)s was first: its outcome is “%(outcome)s” by now.")


class NobodyToAnswer(Refusal):
    message = gettext_noop("No address is known for the requester of case #%(case)s.")


class AddressNotSendable(Refusal):
    message = gettext_noop("No mail can be sent to %(address)s. Ask for another address, or copy the text.")


class NobodyReadsThere(Refusal):
    message = gettext_noop(
        "Nobody reads what is sent to %(address)s. Ask for another address, or copy the text."
    )


class AttachmentsTooLarge(Refusal):
    message = gettext_noop(
        "The files have %(size)s MB; at most %(most)s MB go with an answer. Send fewer, or a link to them."
    )


class TooManyAttachments(Refusal):
    message = gettext_noop("These are %(files)s files; at most %(most)s go with an answer: pack them.")


class SpanTaken(Refusal):
    message = gettext_noop("Part of this passage belongs to request #%(case)s already.")


class NotOfThisThread(Refusal):
    message = gettext_noop("Case #%(case)s has nothing to do with this message: it is in another thread.")


class JoinUnknown(Refusal):
    message = gettext_noop("These threads are apart already. Look again.")


class NoClaim(Refusal):
    message = gettext_noop("Case #%(case)s doesn't say that it belongs to another one.")


class OpenedByThisMessage(Refusal):
    message = gettext_noop("This message opened case #%(case)s. Void the case as a duplicate instead.")


class AlreadyAnswered(Refusal):
    message = gettext_noop("Somebody has answered this proposal already. Look again.")


class SplitBefore(AlreadyAnswered):
    message = gettext_noop(
        "%(by)s was first: split it off into %(cases)s. What you typed is kept; look at those and decide."
    )


class OneRequestBefore(AlreadyAnswered):
    message = gettext_noop(
        "%(by)s was first: said that it is one request. What you typed is kept; take that back, and you can"
        " split it."
    )


class NotAnswered(Refusal):
    message = gettext_noop("Nobody has answered this proposal, so there is nothing to take back.")


class TemplateUnknown(Refusal):
    message = gettext_noop("This template is not there any more.")
