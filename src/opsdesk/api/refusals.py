"""What the door itself refuses, before any room is asked."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class Unauthenticated(Refusal):
    message = gettext_noop(
        "Send a valid token as 'Authorization: Bearer opd_...'. An admin makes one on the tokens page."
    )


class AddressUnknown(Refusal):
    message = gettext_noop("There is nothing at this address. /api/docs lists what there is.")


class MethodNotAllowed(Refusal):
    message = gettext_noop("This address takes no %(method)s. The Allow header says what it takes.")


class RequestUnreadable(Refusal):
    message = gettext_noop("The request can't be read: %(problem)s")


class LengthMissing(Refusal):
    message = gettext_noop("Say how long the body is (Content-Length).")


class BodyTooLarge(Refusal):
    message = gettext_noop("The body has more than %(most)s bytes. Send less at once.")


class MediaTypeRefused(Refusal):
    message = gettext_noop("Send the body as %(wanted)s and say so in Content-Type.")


class FieldsInvalid(Refusal):
    message = gettext_noop("Something doesn't hold what it must: 'errors' says what and where.")


class TooManyRequests(Refusal):
    message = gettext_noop("More than %(limit)s requests in a minute. Go on after %(seconds)s seconds.")


class TooManyWrongTokens(Refusal):
    message = gettext_noop("Too many wrong tokens from this address. Try again in %(seconds)s seconds.")


class AnswerErased(Refusal):
    message = gettext_noop(
        "This was done, and answered under this key; what was answered has been erased since. Look at the"
        " deal for how it stands."
    )


class DeskBusy(Refusal):
    message = gettext_noop(
        "The desk can't do this at the moment; nothing was changed. Send the same again later."
    )


class DeskFailed(Refusal):
    message = gettext_noop(
        "Something went wrong here; nothing was changed. Send the same again later, or tell the desk."
    )
