"""What can go wrong between us and a mailbox, and what to do about each."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

UNREACHABLE = "unreachable"
UNSAFE = "unsafe"
REFUSED = "refused"
UNAUTHORISED = "unauthorised"
TOKEN_DESK = "token_desk"
SEALED = "sealed"
FOLDER = "folder"
CUT = "cut"
BUSY = "busy"
ODD = "odd"

WORDS = {
    UNREACHABLE: _("The server cannot be reached."),
    UNSAFE: _("The server's certificate is not trusted, or it speaks no TLS."),
    REFUSED: _("The server refuses the sign-in."),
    UNAUTHORISED: _("There is no permission to read this mailbox, or it was withdrawn."),
    TOKEN_DESK: _("Whoever issues the access tokens cannot be reached or answers oddly."),
    SEALED: _("The stored secret was sealed by another master key."),
    FOLDER: _("The folder is not there, or may not be read."),
    CUT: _("The connection broke."),
    BUSY: _("The server is not available just now."),
    ODD: _("The server's answer could not be understood."),
}
REMEDIES = {
    UNREACHABLE: _("Check host, port and the network. It is tried again by itself."),
    UNSAFE: _("Check host and port. A certificate of your own house must be trusted by this machine."),
    REFUSED: _(
        "Enter the right password or permit the access anew: 'opsdesk mailbox authorise'. It is tried again"
        " by itself, slowly."
    ),
    UNAUTHORISED: _("Run 'opsdesk mailbox authorise' for it. It is tried again by itself, slowly."),
    TOKEN_DESK: _("Check the network and the token address. It is tried again by itself."),
    SEALED: _("Put the master.key back that belongs to this database, or enter the secret again."),
    FOLDER: _("Check the folder's name and who may read it. It is tried again by itself."),
    CUT: _("Nothing is lost: reading goes on where it stopped. It is tried again by itself."),
    BUSY: _("Nothing is lost. It is tried again by itself."),
    ODD: _("If it stays, look at the server's own log. It is tried again by itself."),
}
# These need a person; they are tried again all the same, but slowly.
NEEDS_A_PERSON = frozenset({REFUSED, UNAUTHORISED, SEALED})
_LONGEST = 300
_SHORTEST_SECRET = 4


class Trouble(Exception):
    """One of the troubles above. `detail` is what the other side said, without any secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def needs_a_person(self) -> bool:
        return self.code in NEEDS_A_PERSON


def said(error: object, secrets: Iterable[str] = ()) -> str:
    """An error in one short line of text that can be shown: a server may echo what it was sent."""
    text = " ".join(str(error).replace("\x00", "").split())
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "…")
    return text[:_LONGEST]
