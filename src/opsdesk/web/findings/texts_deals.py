"""What each finding about deals means, and what to do."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from opsdesk.web.findings.texts import Says, Text

OF_DEALS: Mapping[str, Text] = {
    "completion": Text(
        _("Completion"),
        Says(
            _("Fewer than half of the deals come to their end: %(missing)s old enough ones are not settled."),
            _("Look at those that are not settled, and propose to roll the scope back to its last stage."),
        ),
        _("Deals come to their end."),
        watch=Says(
            _("Some deals do not come to their end: %(missing)s old enough ones are not settled."),
            _("Look at where they stand, and ask whoever the deal waits for."),
        ),
    ),
    "dispute_rate": Text(
        _("Dispute rate"),
        Says(
            _("Too many deals come to an issue."),
            _("Read the reasons; change the playbook first, the terms next, and let no other scope open."),
        ),
        _("Few deals come to an issue."),
        watch=Says(
            _("More deals come to an issue than should, fewer than would be alarming."),
            _("Read the reasons, and what the playbook asks sellers to show before."),
        ),
    ),
    "time_to_settle": Text(
        _("Mean time to settle"),
        Says(
            _("Deals take too long.%(window_text)s"),
            _("Look at the longest: what do they wait for beside the inspection?"),
        ),
        _("Deals are settled in good time.%(window_text)s"),
        watch=Says(
            _("Deals take longer than they should.%(window_text)s"),
            _("Look at the longest: what do they wait for beside the inspection?"),
        ),
    ),
    "intervention": Text(
        _("Intervention"),
        Says(
            _("People rule on most disputes; the deadline was meant to settle the plain ones."),
            _("Ask whether the terms give what operators rule; if so, let the deadline do it."),
        ),
        _("The deadline settles the plain disputes by itself."),
        watch=Says(
            _("People rule on many disputes that the deadline could settle."),
            _("Compare the rulings with what the deadline would have given."),
        ),
    ),
    "drift": Text(
        _("Reasons of disputes"),
        Says(
            _("The reasons are not the usual ones: %(drifts)s."),
            _("Read those disputes: has what is sold changed, how it is shown, or how reasons are chosen?"),
        ),
        _("The reasons are those that are usual for the category."),
    ),
    "urgent_disputes": Text(
        _("Urgent disputes"),
        Says(
            _("Their deadline is less than 24 hours away: %(scopes)s. Then the terms decide, not a person."),
            _("Rule on them now, the first due first."),
        ),
        _("No dispute has less than 24 hours left."),
    ),
    "timer_visibility": Text(
        _("Timers"),
        Says(
            _("For %(missing)s deals that have to end by themselves no timer is armed."),
            _("See the incident that the sweep opened; the scope stays stopped until a lead lifts it."),
        ),
        _("Every deal that has to end by itself has its timer."),
    ),
    "deals_stuck": Text(
        _("Stuck deals"),
        Says(
            _("They stand in one state for more than seven days: %(states)s."),
            _("Ask whoever the deal waits for: the seller to deliver, the buyer to look."),
        ),
        _("No deal stands in one state for more than seven days."),
    ),
    "integrity_faults": Text(
        _("Faults of money or timers"),
        Says(
            _("The sweep found deals whose money or timers are wrong: %(scopes)s."),
            _("See the incident; new deals of the scope are stopped."),
        ),
        _("The money adds up, and every timer is armed."),
    ),
}
