"""What the mailboxes' actions refuse."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class MailboxUnknown(Refusal):
    message = gettext_noop("There is no mailbox %(mailbox)s.")


class MailboxThere(Refusal):
    message = gettext_noop(
        "There is a source named %(key)s already. Choose another name, or change or remove that one."
    )


class MailTakenIn(Refusal):
    message = gettext_noop("Mail was taken in by %(key)s, so it stays. Switch it off instead.")


class NotSwitchedOff(Refusal):
    message = gettext_noop("It is not switched off.")


class SwitchedOff(Refusal):
    message = gettext_noop("It is switched off.")


class SourceClosed(Refusal):
    message = gettext_noop("Its source is closed: it is read no more.")


class ReadByAnother(Exception):
    """Somebody else reads the mailbox now; whoever is told so stops and has changed nothing."""
