"""A mailbox as pages and commands show it."""

from dataclasses import dataclass
from datetime import datetime

from opsdesk.mailboxes.models import Mailbox
from opsdesk.mailboxes.trouble import REMEDIES, WORDS


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox and how it goes. `source_closed`: its source takes no more, it is not read."""

    id: int
    key: str
    desk: str
    provider: str
    server: str
    folder: str
    username: str
    auth: str
    start_at: datetime | None
    history: bool
    state: str
    state_since: datetime
    problem: str
    remedy: str
    detail: str
    failures: int
    retry_at: datetime | None
    last_look_at: datetime | None
    last_mail_at: datetime | None
    behind: int
    uidvalidity: int | None
    last_uid: int
    reconciled_at: datetime | None
    reconcile_asked_at: datetime | None
    reader: str
    source_closed: bool
    has_secret: bool
    leaked: int = 0
    pending: int = 0
    vanished: int = 0
    vanished_lately: int = 0

    @property
    def is_off(self) -> bool:
        return self.state == Mailbox.State.OFF

    @property
    def never_opened(self) -> bool:
        """Whether it was tried and nobody has got in yet."""
        return bool(self.problem) and self.uidvalidity is None and self.last_look_at is None

    @property
    def is_asked(self) -> bool:
        """Whether a comparison was asked for and has not been made yet."""
        asked, done = self.reconcile_asked_at, self.reconciled_at
        return asked is not None and (done is None or asked > done)


def row_of(row: Mailbox, counts: dict[str, int]) -> MailboxRow:
    return MailboxRow(
        id=row.id,
        key=row.source.key,
        desk=row.source.desk,
        provider=row.provider,
        server=f"{row.host}:{row.port}",
        folder=row.folder,
        username=row.username,
        auth=row.auth,
        start_at=row.source.start_at,
        history=row.history,
        state=row.state,
        state_since=row.state_since,
        problem=str(WORDS.get(row.trouble, "")),
        remedy=str(REMEDIES.get(row.trouble, "")),
        detail=row.detail,
        failures=row.failures,
        retry_at=row.retry_at,
        last_look_at=row.last_look_at,
        last_mail_at=row.last_mail_at,
        behind=row.behind,
        uidvalidity=row.uidvalidity,
        last_uid=row.last_uid,
        reconciled_at=row.reconciled_at,
        reconcile_asked_at=row.reconcile_asked_at,
        reader=row.reader,
        source_closed=row.source.closed_at is not None,
        has_secret=bool(row.secret),
        **counts,
    )
