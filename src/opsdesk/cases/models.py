from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.accounts.models import Account
from opsdesk.people.models import Person


class CaseKind(models.TextChoices):
    REQUEST = "request", _("Request")
    DISPUTE = "dispute", _("Dispute")
    INCIDENT = "incident", _("Incident")


class CaseState(models.TextChoices):
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    MERGED = "merged", _("Merged")
    VOID = "void", _("Void")


class WaitingOn(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    THIRD_PARTY = "third_party", _("Third party")


class Exit(models.TextChoices):
    RESOLVED = "resolved", _("Resolved")
    ESCALATED = "escalated", _("Escalated")
    RETURNED = "returned", _("Returned")
    REROUTED = "rerouted", _("Rerouted")
    MERGED = "merged", _("Merged")
    VOID = "void", _("Void")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Entrance(models.TextChoices):
    OPENED = "opened", _("Opened")
    ESCALATED = "escalated", _("Escalated")
    RETURNED = "returned", _("Returned")
    REROUTED = "rerouted", _("Rerouted")
    REOPENED = "reopened", _("Reopened")


UNRESOLVED = [CaseState.OPEN.value, CaseState.WAITING.value]
ALIVE = Q(state__in=UNRESOLVED)


class Case(models.Model):
    """One piece of work. Its number is its id.

    `country`: whose hours count in a queue that has some per country; empty, the queue's own.
    `deadline_at`: when the system decides by itself, of a dispute; lists stand by it, also while it waits.
    `due_sort_at` is that, else `due_at`, or the far future where nothing is due or the case waits: lists
    order by it. `version` counts the moves: a move is a compare-and-set on it.
    """

    desk = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=CaseKind)
    state = models.CharField(max_length=10, choices=CaseState)
    version = models.IntegerField(default=0)
    queue = models.CharField(max_length=40)
    tier = models.SmallIntegerField()
    highest_tier = models.SmallIntegerField()
    assignee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="assigned_cases")

    subject = models.CharField(max_length=400)
    excerpt = models.CharField(max_length=400, blank=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="cases")
    requester_email = models.CharField(max_length=254, blank=True)
    requester_name = models.CharField(max_length=160, blank=True)
    family = models.CharField(max_length=40, blank=True)
    type = models.CharField(max_length=80, blank=True)
    severity = models.CharField(max_length=4, blank=True)
    country = models.CharField(max_length=2, blank=True, default="")
    deadline_at = models.DateTimeField(null=True)

    opened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    due_target = models.CharField(max_length=20, blank=True)
    due_sort_at = models.DateTimeField()

    waiting_on = models.CharField(max_length=12, choices=WaitingOn, blank=True)
    waiting_party = models.CharField(max_length=60, blank=True)
    waiting_since = models.DateTimeField(null=True)
    expected_at = models.DateTimeField(null=True)
    overran_at = models.DateTimeField(null=True)

    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="resolved_cases"
    )
    resolution = models.TextField(blank=True)
    cause = models.CharField(max_length=40, blank=True)
    verified = models.BooleanField(default=False)
    void_reason = models.CharField(max_length=40, blank=True)
    voided_at = models.DateTimeField(null=True)
    duplicate_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_cases")
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="split_parts")
    claims = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="claimed_by")
    reopened_count = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["desk", "queue", "due_sort_at", "opened_at", "id"],
                condition=ALIVE,
                name="case_queue_by_due",
            ),
            models.Index(
                fields=["desk", "assignee", "due_sort_at", "opened_at", "id"],
                condition=ALIVE,
                name="case_mine_by_due",
            ),
            models.Index(
                fields=["desk", "due_sort_at", "opened_at", "id"],
                condition=ALIVE,
                name="case_desk_by_due",
            ),
            models.Index(
                fields=["desk", "queue", "state", "assignee"],
                condition=ALIVE,
                name="case_badges",
            ),
            models.Index(fields=["desk", "kind", "opened_at"], name="case_by_opened"),
            models.Index(fields=["account", "opened_at"], name="case_by_account"),
            models.Index(fields=["desk", "resolved_at"], name="case_by_resolved"),
            models.Index(
                fields=["requester_email", "opened_at", "id"], condition=ALIVE, name="case_open_of_requester"
            ),
            models.Index(fields=["account", "opened_at", "id"], condition=ALIVE, name="case_open_of_account"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="case_resolved_at_iff_resolved",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="waiting", waiting_since__isnull=False, waiting_on__in=["customer", "third_party"]
                )
                | (~Q(state="waiting") & Q(waiting_since__isnull=True, waiting_on="", waiting_party="")),
                name="case_waits_iff_waiting",
            ),
            models.CheckConstraint(
                condition=Q(waiting_on="third_party", expected_at__isnull=False) & ~Q(waiting_party="")
                | ~Q(waiting_on="third_party") & Q(waiting_party=""),
                name="case_third_party_is_named",
            ),
            models.CheckConstraint(
                condition=Q(state="void", voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(state="void") & Q(voided_at__isnull=True, void_reason=""),
                name="case_void_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="case_merged_into_iff_merged",
            ),
            models.CheckConstraint(condition=Q(tier__gte=1, highest_tier__gte=F("tier")), name="case_tiers"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in CaseState]), name="case_state_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in CaseKind]), name="case_kind_known"),
        ]


class Stay(models.Model):
    """One unbroken time of one case in one queue; the last one is open while the case is.

    Durations are seconds, written when the stay closes: `elapsed_s` by the wall, `business_s` by
    the queue's calendar with waiting out, the two `waiting_*_s` by the wall.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stays")
    number = models.IntegerField()
    desk = models.CharField(max_length=40)
    queue = models.CharField(max_length=40)
    tier = models.SmallIntegerField()
    last_resort = models.BooleanField(default=False)
    entrance = models.CharField(max_length=10, choices=Entrance)
    entered_at = models.DateTimeField()
    entered_by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True)
    assignee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    first_touch_at = models.DateTimeField(null=True)
    first_touch_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True)
    left_by_id = models.BigIntegerField(null=True)
    exit = models.CharField(max_length=10, choices=Exit, blank=True)
    next_queue = models.CharField(max_length=40, blank=True)
    elapsed_s = models.BigIntegerField(null=True)
    business_s = models.BigIntegerField(null=True)
    waiting_customer_s = models.BigIntegerField(null=True)
    waiting_third_party_s = models.BigIntegerField(null=True)
    calendar_version = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["desk", "tier", "left_at"], name="stay_by_tier_left"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="stay_number_unique"),
            models.UniqueConstraint(fields=["case"], condition=Q(left_at__isnull=True), name="stay_one_open"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, exit="", elapsed_s__isnull=True)
                | Q(left_at__isnull=False, elapsed_s__isnull=False) & ~Q(exit=""),
                name="stay_exit_iff_left",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")),
                name="stay_leaves_after_entering",
            ),
        ]


class Wait(models.Model):
    """One waiting of a case on the customer or a named third party, within one stay."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="waits")
    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="waits")
    on = models.CharField(max_length=12, choices=WaitingOn)
    party = models.CharField(max_length=60, blank=True)
    expected_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="wait_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="wait_ends_after_it_begins",
            ),
        ]


class Note(models.Model):
    """A word among ourselves on a case; the customer never sees it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField()


class Target(models.Model):
    """A budget of working time, from the day it holds. The newest that holds counts."""

    class Name(models.TextChoices):
        FIRST_RESPONSE = "first_response", _("First response")
        FIRST_TOUCH = "first_touch", _("First touch")
        RESOLUTION = "resolution", _("Resolution")

    desk = models.CharField(max_length=40)
    name = models.CharField(max_length=20, choices=Name)
    tier = models.SmallIntegerField(default=0)
    budget_s = models.IntegerField()
    holds_from = models.DateField()
    set_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["desk", "name", "tier", "-holds_from", "-id"], name="target_newest")]
        constraints = [models.CheckConstraint(condition=Q(budget_s__gt=0), name="target_above_zero")]


class ReadMark(models.Model):
    """How far a person has read a case."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="read_marks")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="read_marks")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "case"], name="read_mark_unique")]


class Presence(models.Model):
    """Who has a case on screen, and whether they write."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="presences")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="presences")
    seen_at = models.DateTimeField()
    writing = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "case"], name="presence_unique")]
