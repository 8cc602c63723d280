from tests.dovecot import imap_server, mailbox

__all__ = ["imap_server", "mailbox"]
