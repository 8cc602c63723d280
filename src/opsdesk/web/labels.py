"""The words shown for codes: roles, kinds of facts."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.models import Target
from opsdesk.kernel.actor import Role
from opsdesk.mail.models import Message, Outcome


def shipped(name: str) -> str:
    """A name out of a published document in the reader's language: the shipped ones are in the catalogs."""
    return gettext(name) if name else ""


ROLES = {
    Role.VIEWER: _("viewer"),
    Role.OPERATOR: _("operator"),
    Role.ENGINEER: _("engineer"),
    Role.LEAD: _("lead"),
    Role.ADMIN: _("admin"),
}
BULK = {"take": _("Take"), "assign": _("Assign"), "reroute": _("Reroute"), "void": _("Void")}
TARGETS = dict(Target.Name.choices)
DELIVERY = dict(Message.Delivery.choices)
LINKS = {
    "follows": _("goes on from"),
    "followed_by": _("goes on in"),
    "split_from": _("split off"),
    "part": _("part"),
    "claims": _("claims to belong to"),
    "claimed_by": _("claimed by"),
    "duplicate_of": _("duplicate of"),
    "merged_into": _("merged into"),
    "absorbed": _("merged here"),
}
NOUNS = {
    "reply": _("Answer"),
    "note": _("Note"),
    "wait": _("Wait"),
    "resumption": _("Resume"),
    "escalation": _("Escalate"),
    "return": _("Return"),
    "resolution": _("Resolve"),
    "reroute": _("Reroute"),
    "split": _("Split off a part"),
    "voiding": _("Void"),
}
OUTCOMES = dict(Outcome.choices)
ARRIVAL_FACTS = {
    "arrival.stored": _("stored"),
    "arrival.written_down": _("written down by hand"),
    "arrival.became_requests": _("became requests"),
    "arrival.joined": _("joined a case"),
    "arrival.set_aside": _("set aside"),
    "arrival.found_duplicate": _("found to repeat an earlier mail"),
    "arrival.quarantined": _("quarantined: not understood"),
    "arrival.rerun": _("run again by hand"),
    "arrival.redacted": _("erased"),
}
# Why mail was set aside or quarantined: the codes the ledger keeps.
REASONS = {
    "auto-reply": _("automatic reply"),
    "bounce": _("bounce"),
    "list": _("mailing list"),
    "spam": _("spam"),
    "complaint": _("complaint about spam"),
    "loop": _("loop"),
    "rate": _("too many from one sender at once"),
    "before the start": _("before the start"),
    "by hand": _("by hand"),
    "failed": _("failed several times"),
    "empty": _("empty"),
    "headers too large": _("headers too large"),
    "nested too deep": _("nested too deep"),
    "no headers": _("no headers"),
    "the parser died": _("the parser died"),
    "the parser failed": _("the parser failed"),
    "too large": _("too large"),
    "too many headers": _("too many headers"),
    "too many parts": _("too many parts"),
    "too much memory": _("too much memory"),
    "took too long": _("took too long"),
}
