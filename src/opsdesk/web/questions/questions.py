"""The questions that are answered, as data: in words, by which words they are found, who answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from opsdesk.cases.definition import DeskDefinition
from opsdesk.deals.ground import DESK as DEALS
from opsdesk.web.questions import of_deals, of_requests, of_tiers
from opsdesk.web.questions.said import Answerer


class About(StrEnum):
    """What a question is about, and so which desks can answer it."""

    REQUESTS = "requests"
    DEALS = "deals"

    def fits(self, desk: DeskDefinition) -> bool:
        return desk.key == DEALS if self is About.DEALS else desk.takes_mail


@dataclass(frozen=True, slots=True)
class QuestionText:
    """One question. `words` are those it is found by beside its own, as people type them.

    `signs` say what is meant whatever else is typed: they count twice.
    """

    key: str
    text: str
    about: About
    answer: Answerer
    words: str = ""
    signs: str = ""
    of_now: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """What it is found by, its own words in the reader's language first."""
        return (gettext(self.text), self.text, f"{self.words} {self.signs}", self.signs)


ALL: tuple[QuestionText, ...] = (
    QuestionText(
        "stuck-deals",
        _("How many deals are stuck, where, and is any dispute urgent?"),
        About.DEALS,
        of_deals.stuck_deals,
        "deal hang hanging blocked stalled waiting deadline due soon 24 hours ttl disputes escrow state",
        of_now=True,
    ),
    QuestionText(
        "most-disputed",
        _("Which category has the most disputes, why, and what to do?"),
        About.DEALS,
        of_deals.most_disputed,
        "categories dispute worst highest rate reason reasons cars car dealer private real estate compare",
    ),
    QuestionText(
        "split",
        _("What is the actual split between the tiers?"),
        About.REQUESTS,
        of_tiers.split,
        "tier distribution share percent resolves resolved resolve who funnel level levels 1 2 3",
    ),
    QuestionText(
        "tier-1-alone",
        _("What share can Tier 1 handle alone?"),
        About.REQUESTS,
        of_tiers.tier_1_alone,
        "tier1 operators operations ops percent themselves itself first line resolve handles keep",
    ),
    QuestionText(
        "to-tier-2",
        _("What goes to Tier 2, and by which path?"),
        About.REQUESTS,
        of_tiers.to_tier_2,
        "tier2 escalate escalated escalation escalations handed up route routes queue support engineers",
    ),
    QuestionText(
        "past-tier-2",
        _("What passes Tier 2?"),
        About.REQUESTS,
        of_tiers.past_tier_2,
        "tier2 tier3 3 product engineering engineers past beyond through pass passed reaches development",
    ),
    QuestionText(
        "waiting",
        _("Where do we wait, and on whom?"),
        About.REQUESTS,
        of_requests.waits,
        "waiting waits delay delays slow third party parties provider providers customer time held who holds"
        " people staff hire capacity",
    ),
    QuestionText(
        "volume",
        _("How much came in last month?"),
        About.REQUESTS,
        of_requests.volume,
        "volume requests many number count tickets emails mails messages threads month arrived incoming load",
    ),
    QuestionText(
        "causes",
        _("What are the causes: bugs, missing features or one-offs?"),
        About.REQUESTS,
        of_requests.causes,
        "cause bug feature why reason reasons root configuration one off oneoff",
    ),
    QuestionText(
        "stuck-cases",
        _("How many cases are stuck, and where?"),
        About.REQUESTS,
        of_requests.stuck_cases,
        "case hang hanging blocked stalled silent silence overdue queue now",
        "stale untouched idle neglected forgotten lying around",
        of_now=True,
    ),
)
BY_KEY: Mapping[str, QuestionText] = {each.key: each for each in ALL}
# Words that say nothing of what is asked.
_SAYING_NOTHING = """
a an and are as at be by can could did do does for from has have how i in is it its many me my of on or our
please show tell that the their there they this to us was we were what when where which will with you your
"""
EMPTY = frozenset(_SAYING_NOTHING.split())
