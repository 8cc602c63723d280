"""Opening a mailbox with what is stored for it: a password, or a token that is refreshed when it is old."""

from dataclasses import dataclass, field
from time import monotonic

from opsdesk.kernel.refusal import Refusal
from opsdesk.mailboxes import oauth, progress, trouble
from opsdesk.mailboxes.connection import (
    ANSWER_WITHIN_S,
    CONNECT_WITHIN_S,
    Access,
    Line,
    open_line,
)
from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.oauth import Authority
from opsdesk.mailboxes.providers import OTHER, PROVIDERS
from opsdesk.mailboxes.trouble import Trouble
from opsdesk.vault.sealing import unseal


@dataclass(slots=True)
class SignIn:
    """The way into one mailbox, with the access token it remembers."""

    mailbox_id: int
    connect_within_s: float = CONNECT_WITHIN_S
    answer_within_s: float = ANSWER_WITHIN_S
    _token: str = field(default="", repr=False)
    _good_until: float = 0.0

    def open(self) -> Line:
        """A signed-in line. Raises `Trouble`. A token that is refused is replaced once."""
        row = Mailbox.objects.get(id=self.mailbox_id)
        if row.auth == Mailbox.Auth.PASSWORD:
            return open_line(self._access(row, opened(row.secret)))
        remembered = self._remembered()
        try:
            return open_line(self._access(row, remembered or self._renewed(row)))
        except Trouble as problem:
            self._token = ""
            if not remembered or problem.code != trouble.REFUSED:
                raise
        return open_line(self._access(row, self._renewed(row)))

    def token(self) -> str:
        """An access token that is good, for another server of the same provider. Raises `Trouble`."""
        return self._remembered() or self._renewed(Mailbox.objects.get(id=self.mailbox_id))

    def _remembered(self) -> str:
        return self._token if monotonic() < self._good_until else ""

    def _renewed(self, row: Mailbox) -> str:
        refresh = opened(row.secret)
        try:
            tokens = oauth.refreshed(authority_of(row), refresh)
        except Refusal as refusal:
            raise Trouble(trouble.TOKEN_DESK, str(refusal)) from None
        if tokens.refresh and tokens.refresh != refresh:
            progress.keep_refresh(row.id, tokens.refresh, instead_of=row.secret)
        self._token = tokens.access
        self._good_until = monotonic() + tokens.lasts_s - oauth.MARGIN_S
        return tokens.access

    def _access(self, row: Mailbox, word: str) -> Access:
        return Access(
            host=row.host,
            port=row.port,
            security=row.security,
            username=row.username,
            auth=row.auth,
            word=word,
            connect_within_s=self.connect_within_s,
            answer_within_s=self.answer_within_s,
        )


def opened(sealed: str) -> str:
    """A stored secret. Raises `Trouble`: UNAUTHORISED where there is none, SEALED where it doesn't open."""
    if not sealed:
        raise Trouble(trouble.UNAUTHORISED)
    try:
        return unseal(sealed, purpose=progress.SECRET)
    except Refusal as refusal:
        raise Trouble(trouble.SEALED, str(refusal)) from None


def authority_of(row: Mailbox) -> Authority:
    """Where the mailbox's tokens come from: its own addresses, else its provider's."""
    provider = PROVIDERS.get(row.provider, PROVIDERS[OTHER])
    tenant = row.tenant or provider.tenant
    secret = opened(row.client_secret) if row.client_secret else ""
    return Authority(
        authorise_address=(row.authorise_address or provider.authorise_address).replace("{tenant}", tenant),
        token_address=(row.token_address or provider.token_address).replace("{tenant}", tenant),
        device_address=(row.device_address or provider.device_address).replace("{tenant}", tenant),
        scope=row.scope or provider.scope,
        client_id=row.client_id,
        client_secret=secret,
        extra=provider.extra,
    )
