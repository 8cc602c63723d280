"""What each finding about requests means, and what to do: by rule, and by what it says.

`bad` is for red, `watch` for between; a rule without a text of its own for *watch* takes the one for red.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Says:
    """What a state means and what to do next."""

    means: str
    todo: str


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one rule; `noted` is for a healthy number with a note."""

    name: str
    bad: Says
    good: str
    watch: Says | None = None
    noted: Says | None = None


OF_NUMBERS: Mapping[str, Text] = {
    "tier_1_share": Text(
        _("Tier 1 share"),
        Says(
            _("Tier 1's toolkit is too small: it hands up too much of what comes in."),
            _(
                "Read what went up for want of access or of a runbook: each of them is a dial to turn or"
                " a page to write. Then look at the types that go up most."
            ),
        ),
        _("Tier 1 resolves what it should by itself."),
        watch=Says(
            _("Tier 1 resolves less than it should, and more than would be alarming."),
            _("Look at what goes up most often, by type and by reason, and write the runbook it lacks."),
        ),
        noted=Says(
            _("Tier 1 resolves nearly everything; too much, if customers come back."),
            _("Look at the reopened ones: %(reopened)s of these requests were."),
        ),
    ),
    "tier_2_rate": Text(
        _("Tier 2 rate"),
        Says(
            _("Too much of what reaches Tier 2 goes on up: tools are lacking, or there are many bugs."),
            _("Read what Tier 2 handed up: give it the tools and access it missed, count the bugs apart."),
        ),
        _("Tier 2 resolves what reaches it."),
        noted=Says(
            _("Tier 2 resolves nearly everything it gets: Tier 1 may hand up what it could keep."),
            _("Look at what Tier 2 resolved quickest: those are runbooks for Tier 1."),
        ),
    ),
    "tier_3_share": Text(
        _("Tier 3 share"),
        Says(
            _("Product engineers are drawn into support."),
            _("Look at what reached Tier 3, type by type: what could Tier 2 have fixed with a tool?"),
        ),
        _("Few requests reach the product engineers."),
        watch=Says(
            _("More requests reach the product engineers than should, fewer than would be alarming."),
            _("Look at what reached Tier 3, type by type: what could Tier 2 have fixed with a tool?"),
        ),
    ),
    "last_resort": Text(
        _("Last resort"),
        Says(
            _("Founders are pulled in."),
            _("Look at each of them: who else could have had it? Name that person for the queue."),
        ),
        _("Nobody had to ask a founder."),
        watch=Says(
            _("Some requests came to a queue where a founder sits."),
            _("Look at each of them: who else could have had it?"),
        ),
    ),
    "right_queue": Text(
        _("Right queue at the first hand-off"),
        Says(
            _("Too many first hand-offs come to the wrong queue: they are handed on or back."),
            _("Look at those that were, by type: is the route wrong, or the type?"),
        ),
        _("First hand-offs come to the queue that can answer them."),
    ),
    "returned": Text(
        _("Returned"),
        Says(
            _("Too much of what goes up comes back down."),
            _("Read what the returns explained: each of them is a runbook that Tier 1 lacked."),
        ),
        _("Little of what goes up comes back down."),
    ),
    "reopened": Text(
        _("Reopened"),
        Says(
            _("Too much of what was resolved comes back."),
            _("Read the reopened ones: was it verified, and was it the cause that was mended?"),
        ),
        _("What was resolved stays resolved."),
    ),
    "untyped": Text(
        _("Without a type"),
        Says(
            _("Too many requests have no type, so nothing about types can be trusted."),
            _("Give them a type; resolving asks for one."),
        ),
        _("Nearly every request has its type."),
    ),
    "no_cause": Text(
        _("Resolved without a cause"),
        Says(
            _("Too many resolved requests say nothing of their cause."),
            _("Ask for the cause at resolving; imported requests can get theirs from the old tool."),
        ),
        _("Nearly every resolved request has its cause."),
    ),
    "leaked": Text(
        _("Leaked mail"),
        Says(
            _("Mail lies on the server and is not in the desk; mailboxes where it does: %(mailboxes)s."),
            _("It is asked for again by itself. On the mailbox page an admin sees what the server says."),
        ),
        _("Everything that the servers have is in the desk."),
    ),
    "stuck_us": Text(
        _("Stuck on us"),
        Says(
            _("Nobody of ours has touched them for two business days: %(where)s."),
            _("Take the oldest first, or give them to somebody who is there."),
        ),
        _("Nothing waits on us for two business days."),
    ),
    "stuck_others": Text(
        _("Stuck on others"),
        Says(
            _("They wait past the time an answer was expected: %(where)s."),
            _("Ask again, or set a new day to expect it."),
        ),
        _("Nobody lets us wait longer than expected."),
    ),
}

OF_OUTCOMES: Mapping[str, tuple[str, Says]] = {
    "works": (
        _("The tiers work"),
        Says(
            _("Most of what was resolved was resolved at Tier 1: %(part)s of %(resolved)s."),
            _("When volume grows, add operators first."),
        ),
    ),
    "more_tier_2": (
        _("More Tier 2 support engineers"),
        Says(
            _("Most of what was resolved had gone to Tier 2: %(part)s of %(resolved)s."),
            _("Staff Tier 2 with support engineers; widen Tier 1's toolkit beside it."),
        ),
    ),
    "tools_or_senior": (
        _("Tools and access for Tier 2, or more senior people"),
        Says(
            _("Most of what went up passed Tier 2: %(part)s of %(above)s."),
            _("Ask what Tier 2 lacked: tools, access, or experience."),
        ),
    ),
    "specialist": (
        _("A specialist, not a generalist"),
        Says(
            _("Most of what went up is of one kind: %(family)s, %(part)s of %(above)s."),
            _("Whoever joins Tier 2 next should know that kind."),
        ),
    ),
    "third_party_delays": (
        _("Process and tools, not people"),
        Says(
            _("Most of the time was spent waiting for third parties: %(third_party_s)s of %(elapsed_s)s."),
            _("More people would not shorten that: agree on times with %(parties)s, remind by rule."),
        ),
    ),
    "no_outcome": (
        _("Nothing stands out"),
        Says(
            _("No tier, no kind of request and no third party has more than half."),
            _("Go on; look at what is on watch."),
        ),
    ),
    "instrument_first": (
        _("Instrument first"),
        Says(
            _("The numbers can't carry a conclusion yet: %(lacking)s."),
            _("Mend that first; then the numbers say what the desk needs."),
        ),
    ),
}
# What is missing where the data can't carry a conclusion.
LACKING: Mapping[str, str] = {
    "leaked": _("%(n)s mails leaked"),
    "untyped": _("%(n)s requests without a type"),
    "no_cause": _("%(n)s resolved without a cause"),
    "resolved": _("only %(n)s resolved, 20 are needed"),
}
