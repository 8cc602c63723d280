"""The words for what a token may."""

from django.utils.translation import gettext_lazy as _

from opsdesk.kernel.permissions import Act

# In the order in which they are needed.
ABILITIES = {
    Act.READ.value: _("read deals, disputes, evidence and ledger"),
    Act.CREATE_DEAL.value: _("create deals"),
    Act.FUND_DEAL.value: _("fund deals"),
    Act.DELIVER_DEAL.value: _("deliver deals"),
    Act.APPROVE_DEAL.value: _("approve deals"),
    Act.RAISE_ISSUE.value: _("raise issues and send evidence"),
}
