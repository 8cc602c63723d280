"""What a dispute and its evidence refuse, by name."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class DisputeUnknown(Refusal):
    message = gettext_noop("There is no dispute %(dispute)s.")


class RaisedMeanwhile(Refusal):
    """Somebody else raised the issue first. Files that were added stay: they are evidence of the deal."""

    message = gettext_noop("%(by)s was first and raised the issue “%(reason)s”: dispute %(dispute)s.")


class RuledMeanwhile(Refusal):
    """Somebody else ruled first. Nothing of this ruling was done."""

    message = gettext_noop(
        "%(by)s was first and ruled %(outcome)s. Your text is kept; nothing was paid twice."
    )


class RuledAlready(Refusal):
    """The same person ruled before: a click that came twice, or a page that was left open."""

    message = gettext_noop("You have ruled this already: %(outcome)s. Nothing was paid twice.")


class DeadlinePassed(Refusal):
    """The deadline decided first: at its very instant it wins. Nothing of this ruling was done."""

    message = gettext_noop("The deadline was first: it decided %(outcome)s. Nothing was paid twice.")


class DealOvertaken(Refusal):
    """The deal moved between the look and the act. Nothing of the act was done."""

    message = gettext_noop("%(by)s was first: %(what)s. Your text is kept; look again and decide.")


class EvidenceUnknown(Refusal):
    message = gettext_noop("There is no file %(evidence)s.")


class EvidenceFrozen(Refusal):
    message = gettext_noop("Deal %(deal)s is settled, so its evidence stays as it is.")


class EvidenceWithdrawn(Refusal):
    message = gettext_noop("This file was taken away before.")


class EvidenceErased(Refusal):
    message = gettext_noop("These bytes were erased for good before, so they can't come back.")


class NotYourFile(Refusal):
    message = gettext_noop("This file was added by somebody else. An operator can take it away.")


class FileTooLarge(Refusal):
    message = gettext_noop("A file may have %(most)s MB; this one has more.")


class FileEmpty(Refusal):
    message = gettext_noop("This file is empty. Choose it again.")


class FileDamaged(Refusal):
    message = gettext_noop(
        "This file is damaged: it begins as a file of %(found)s does, but nothing in it can be shown."
        " Send it again, or another one."
    )


class CannotBeDrawn(Refusal):
    message = gettext_noop(
        "No picture of this file can be drawn: it is damaged, or of a kind we draw none of."
        " Download the file itself to look at it."
    )


class TooManyFiles(Refusal):
    message = gettext_noop("A deal may have %(most)s files. Take one away first.")


class NotEvidence(Refusal):
    message = gettext_noop(
        "This is no photo, video or document, by what is in it (%(found)s)."
        " Send a picture, a video, a PDF, a text or an office document."
    )


class AlreadyWaived(Refusal):
    message = gettext_noop("This item was waived before.")


class NotWaived(Refusal):
    message = gettext_noop("This item isn't waived.")
