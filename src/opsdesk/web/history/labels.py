"""How an import looks in each state, and the names of roles and meanings on the mapping page."""

from django.utils.translation import gettext_lazy as _

from opsdesk.history.models import Import
from opsdesk.history.rules import Meaning

State = Import.State
LOOKS: dict[str, tuple[object, str]] = {
    State.DRAFT.value: (_("being mapped"), ""),
    State.READING.value: (_("being read"), "is-watch"),
    State.WRITING.value: (_("being written"), "is-watch"),
    State.DONE.value: (_("in the numbers"), "is-good"),
    State.WITHDRAWING.value: (_("being withdrawn"), "is-watch"),
    State.WITHDRAWN.value: (_("withdrawn"), "is-void"),
    State.RETURNING.value: (_("being put back"), "is-watch"),
    State.FAILED.value: (_("not readable"), "is-bad"),
}
LEFT_OUT = {
    "person": _("Persons kept as words"),
    "account": _("Accounts kept as words"),
    "type": _("Types left out"),
    "cause": _("Causes left out"),
}
ROLES = {
    "case": (_("Case"), _("The other tool’s number of it. Needed.")),
    "time": (_("Time"), _("When it happened. Needed where a row is one thing that happened.")),
    "queue": (_("Team or queue"), _("Where the case is from then on: it gives the tier.")),
    "queue_before": (_("Team before"), _("Where the case was until then, in a file that tells changes.")),
    "queue_now": (_("Team today"), _("Where a case is that was never moved.")),
    "status": (_("Status"), _("What the case is from then on.")),
    "activity": (_("Activity"), _("What was done.")),
    "person": (_("Person"), _("Who did it.")),
    "subject": (_("Subject"), ""),
    "account": (_("Account"), _("By key, name or domain. None is entered by the way.")),
    "type": (_("Type"), ""),
    "requester": (_("Requester"), _("An e-mail address finds the account too.")),
    "cause": (_("Cause"), ""),
}
TABLES = {
    "queue": _("What its teams are here"),
    "status": _("What its statuses mean"),
    "activity": _("What its activities mean"),
}
MEANINGS = {
    Meaning.OPEN.value: _("open, nobody has begun"),
    Meaning.WORK.value: _("somebody works on it"),
    Meaning.REPLY.value: _("our answer to the customer"),
    Meaning.NOTE.value: _("an act of ours"),
    Meaning.WAITING_CUSTOMER.value: _("waits on the customer"),
    Meaning.WAITING_THIRD_PARTY.value: _("waits on a third party"),
    Meaning.RESOLVED.value: _("resolved"),
    Meaning.VOID.value: _("void: not a request"),
    Meaning.NOTHING.value: _("changes nothing"),
}
DELIMITED = {";": _("; semicolon"), ",": _(", comma"), "\t": _("tab"), "|": _("| bar")}
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": _("Windows, Western Europe"),
    "cp1250": _("Windows, Central Europe"),
    "cp1251": _("Windows, Cyrillic"),
    "cp949": _("Korean"),
    "cp932": _("Japanese"),
    "gb18030": _("Chinese"),
}
ASIDE = _("keep such rows aside")
UNKNOWN = _("Not known here: say what it is, or leave it so.")
