"""What importing answers when it can't do what was asked."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class ImportUnknown(Refusal):
    message = gettext_noop("There is no import %(number)s.")


class BroughtBefore(Refusal):
    message = gettext_noop(
        "This file stands here under the same map: import %(number)s. It would add nothing."
    )


class TooBig(Refusal):
    message = gettext_noop(
        "The file is bigger than %(most)s MB. Bring it in with the command: opsdesk import-history."
    )


class NotInTheNumbers(Refusal):
    message = gettext_noop("Import %(number)s is not in the numbers, so there is nothing to withdraw.")


class NotWithdrawn(Refusal):
    message = gettext_noop("Import %(number)s was not withdrawn, so there is nothing to put back.")


class NotAllOfIt(Refusal):
    message = gettext_noop(
        "Import %(number)s was stopped before all of it was written. Bring the file in again instead."
    )


class SameCasesStand(Refusal):
    message = gettext_noop(
        "%(count)s of its cases stand here by another import (number %(other)s). Withdraw that one first."
    )


class NothingOpen(Refusal):
    message = gettext_noop("None of the cases of import %(number)s is open and outside the queues.")
