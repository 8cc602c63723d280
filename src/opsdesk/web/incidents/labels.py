"""The words for the codes of incidents and faults."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.incidents import Severity
from opsdesk.deals.ledger import CURRENCY, DUPLICATE, UNBALANCED
from opsdesk.watch.checks import NO_TIMER, RULING
from opsdesk.watch.queries import ANSWERED, ENDED, UNANSWERED

SEVERITIES: dict[str, str | Promise] = {
    Severity.SEV0: _("SEV0: money or a deadline is wrong"),
    Severity.SEV1: _("SEV1: work stands still"),
    Severity.SEV2: _("SEV2: work is hindered"),
    Severity.SEV3: _("SEV3: a nuisance"),
}
VIEW_NAMES: dict[str, str | Promise] = {
    UNANSWERED: _("Not answered yet"),
    ANSWERED: _("Answered, not ended"),
    ENDED: _("Ended"),
}
FAULTS: dict[str, str | Promise] = {
    DUPLICATE: _("a transfer stands in the ledger twice"),
    UNBALANCED: _("its transfers don't add up"),
    CURRENCY: _("a transfer is in another currency"),
    RULING: _("ruling, transfers and case don't agree"),
    NO_TIMER: _("its deadline has no timer"),
}
