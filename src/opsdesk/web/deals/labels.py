"""The words shown for the codes of the deals desk."""

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from opsdesk.deals import flows
from opsdesk.deals.lifecycle import MoneyAction, Move, Outcome, Party, Reason, State, Timer
from opsdesk.deals.models import Ending, ScopeDecision, Stage
from opsdesk.web.labels import shipped

Words = str | Promise

STATES: dict[str, Words] = {
    State.CREATED: pgettext_lazy("deal", "Created"),
    State.FUNDED: pgettext_lazy("deal", "Funded"),
    State.DELIVERED: pgettext_lazy("deal", "Delivered"),
    State.INSPECTION: pgettext_lazy("deal", "Inspection"),
    State.APPROVED: pgettext_lazy("deal", "Approved"),
    State.ISSUE: pgettext_lazy("deal", "Issue"),
    State.SETTLED: pgettext_lazy("deal", "Settled"),
}
# What a deal is in a state, within a sentence.
IS: dict[str, Words] = {
    State.CREATED: _("not paid yet"),
    State.FUNDED: _("paid, but not delivered yet"),
    State.DELIVERED: pgettext_lazy("deal is", "delivered"),
    State.INSPECTION: _("being inspected"),
    State.APPROVED: pgettext_lazy("deal is", "approved"),
    State.ISSUE: _("in issue, to be ruled"),
    State.SETTLED: pgettext_lazy("deal is", "settled"),
}
# How a state's chip looks; its word says the same without the look.
CHIPS: dict[str, str] = {
    State.CREATED: "",
    State.FUNDED: "is-open",
    State.DELIVERED: "is-open",
    State.INSPECTION: "is-waiting",
    State.APPROVED: "is-good",
    State.ISSUE: "is-bad",
    State.SETTLED: "is-resolved",
}
REASONS: dict[str, Words] = {
    Reason.NOT_DELIVERED: _("Not delivered"),
    Reason.DAMAGE_MAJOR: _("Major damage"),
    Reason.DAMAGE_MINOR: _("Minor damage"),
    Reason.MISSING_PARTS: _("Missing parts"),
    Reason.QUALITY_NOT_MATCHING: _("Quality not as described"),
    Reason.DOCUMENT_MISMATCH: _("Papers do not match"),
    Reason.OTHER: _("Other"),
}
OUTCOMES: dict[str, Words] = {
    Outcome.REJECT: _("Reject: all to the seller"),
    Outcome.OFFSET: _("Offset to the buyer"),
    Outcome.PARTIAL_REFUND: _("Partial refund"),
    Outcome.FULL_REFUND: _("Full refund of the holdback"),
    Outcome.REPLACEMENT: _("Replacement by the seller"),
}
# The details of refusals that hold codes, each with the words for them.
DETAILS: dict[str, dict[str, Words]] = {
    "outcome": OUTCOMES,
    "allowed": OUTCOMES,
    "reason": REASONS,
    "state": IS,
}
ENDINGS: dict[str, Words] = dict(Ending.choices)
STAGES: dict[str, Words] = dict(Stage.choices)
STAGE_CHIPS: dict[str, str] = {
    Stage.CLOSED: "is-void",
    Stage.REHEARSAL: "is-calm",
    Stage.LIMITED: "is-watch",
    Stage.OPEN: "is-good",
    Stage.DRAINING: "is-waiting",
}
DECISIONS: dict[str, Words] = dict(ScopeDecision.What.choices)
PARTIES: dict[str, Words] = {
    Party.BUYER: _("Buyer"),
    Party.SELLER: _("Seller"),
    Party.ESCROW: _("Escrow"),
    Party.OPERATOR: _("Operator"),
}
ACTIONS: dict[str, Words] = {
    MoneyAction.HOLD: _("Hold"),
    MoneyAction.RELEASE: _("Release"),
    MoneyAction.REFUND: _("Refund"),
    MoneyAction.OFFSET: _("Offset"),
}
CAUSES: dict[str, Words] = {
    flows.TOTAL: _("the buyer paid in"),
    flows.IMMEDIATE: _("immediate part, at delivery"),
    flows.HOLDBACK: _("holdback, or what was left of it"),
    flows.RULING: _("by ruling"),
    flows.TTL: _("by the deadline"),
}
TIMERS: dict[str, Words] = {
    Timer.AUTO_APPROVE: _("Approval by silence"),
    Timer.DISPUTE_TTL: _("Deadline of the dispute"),
    Timer.HOLDBACK_RELEASE: _("Release of the holdback"),
}
MOVES: dict[str, Words] = {
    Move.CREATE: _("Create"),
    Move.FUND: _("Fund"),
    Move.DELIVER: _("Deliver"),
    Move.APPROVE: _("Approve"),
    Move.AUTO_APPROVE: _("Approve by silence"),
    Move.HOLDBACK_RELEASE: _("Release the holdback"),
    Move.RAISE_ISSUE: _("Raise an issue"),
    Move.RULE: _("Rule"),
    Move.DISPUTE_TTL: _("Settle by the deadline"),
}


def word(words: dict[str, Words], code: str) -> str:
    """The label of a code; the code itself where it has none."""
    return str(words.get(code, code))


def said(detail: str, value: str) -> str:
    """A refusal's detail in words. Codes with commas between are said one by one; other texts as they are.

    A code that the catalog of a language words for sentences is said so, any other one by its label.
    """
    words, codes = DETAILS.get(detail, {}), value.split(", ")
    if not all(code in words for code in codes):
        return gettext(value)
    return ", ".join(told if (told := gettext(code)) != code else str(words[code]) for code in codes)


def scope_name(key: str) -> str:
    """A scope's key as people read it: `MN.USED_CAR_PRIVATE` is MN × Used car private."""
    country, _dot, category = key.partition(".")
    return f"{country} × {category_name(category)}" if category else key


def category_name(category: str) -> str:
    """A category's code as people read it; a new category needs no list."""
    return shipped(category.replace("_", " ").capitalize())
