"""What the review room refuses."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class ReviewUnknown(Refusal):
    message = gettext_noop("There is no review %(review)s.")


class NotBegun(Refusal):
    message = gettext_noop("That period has not begun. Choose one that has.")


class NoteUnknown(Refusal):
    message = gettext_noop("There is no meeting note %(note)s.")


class NoteTooLong(Refusal):
    message = gettext_noop(
        "The note has %(size)d bytes; %(most)d are allowed. Attach the summary, or the note in parts."
    )


class NoteEmpty(Refusal):
    message = gettext_noop("The note is empty, so nothing was attached.")


class NoteNotText(Refusal):
    message = gettext_noop(
        "The note is no UTF-8 text: byte %(place)d can't be read. Save it as Markdown in UTF-8 and attach"
        " it again."
    )


class NoteErased(Refusal):
    message = gettext_noop("This note was erased on purpose, so it can't be attached or read again.")


class PointUnknown(Refusal):
    message = gettext_noop("There is no point %(point)s.")


class PointThere(Refusal):
    message = gettext_noop("The same point stands in this review already.")


class PointChanged(Refusal):
    message = gettext_noop("Somebody changed this point meanwhile. Look at it again and repeat your change.")


class PointNotOpen(Refusal):
    message = gettext_noop("This point is not open. Reopen it first.")


class PointOpen(Refusal):
    message = gettext_noop("This point is open.")


class PointErased(Refusal):
    message = gettext_noop("The words of this point were erased before.")
