"""The words for the codes of mailboxes."""

from django.utils.translation import gettext_lazy as _

from opsdesk.mailboxes.models import Mailbox, MissingUid

STATES = dict(Mailbox.State.choices)
MISSING_KINDS = dict(MissingUid.Kind.choices)
FACTS = {
    "mailbox.added": _("set up"),
    "mailbox.changed": _("set up otherwise"),
    "mailbox.authorised": _("given a new password or permission"),
    "mailbox.switched_off": _("switched off"),
    "mailbox.switched_on": _("switched on"),
    "mailbox.reconciliation_asked": _("comparing asked for"),
    "mailbox.reconciled": _("compared with the ledger"),
    "mailbox.troubled": _("in trouble"),
    "mailbox.refused": _("sign-in refused"),
    "mailbox.recovered": _("well again"),
    "mailbox.renumbered": _("numbered anew by its server: read again from the start"),
    "mailbox.uids_missed": _("numbers without a mail noticed"),
}
