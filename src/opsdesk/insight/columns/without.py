"""The numbers that have no form over columns, each with the reason: they are asked of the records alone."""

from collections.abc import Mapping

WITHOUT_COLUMNS: Mapping[str, str] = {
    "tasks_failing": "a queue of the machine: a task is in the facts nowhere, and fails without a word of it",
    "tasks_dead": "a queue of the machine, as the failing tasks",
    "mail_quarantined": "a queue of the machine: mail that is of no case yet",
    "quarantine_open": "a queue of the machine: mail that is of no case yet",
    "mail_leaked": "what a mail server has and we don't: it stands with the mailbox",
    "mailboxes_silent": "how the mailboxes stand, of which a desk has a few",
}
