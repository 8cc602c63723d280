from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.deals import lifecycle


class Stage(models.TextChoices):
    CLOSED = "closed", _("Closed")
    REHEARSAL = "rehearsal", _("Rehearsal")
    LIMITED = "limited", _("Limited")
    OPEN = "open", _("Open")
    DRAINING = "draining", _("Draining")


class Ending(models.TextChoices):
    """How a deal came to be settled."""

    APPROVED = "approved", _("Approved by the buyer")
    AUTO_APPROVED = "auto_approved", _("Approved by silence")
    RULED = "ruled", _("Ruled by an operator")
    EXPIRED = "expired", _("Settled by the deadline")


class Scope(models.Model):
    """A country and a category, with its stage and, beside it, its stop.

    `cap` is the number of deals that may be created from `stage_since` on while the stage is limited.
    """

    country = models.CharField(max_length=2)
    category = models.CharField(max_length=40)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CLOSED)
    stage_since = models.DateTimeField()
    cap = models.IntegerField(null=True)
    stopped_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "category"], name="scope_unique"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="scope_stage_known"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(cap__gte=1), name="scope_cap_above_zero"
            ),
            models.CheckConstraint(
                condition=~Q(stage="limited") | Q(cap__isnull=False), name="scope_limited_has_a_cap"
            ),
        ]

    @property
    def key(self) -> str:
        """As documents, tokens and addresses name it: `MN.USED_CAR_PRIVATE`."""
        return f"{self.country}.{self.category}"


class ScopeDecision(models.Model):
    """Somebody set a scope's stage, cap or stop, or the system stopped it: what, and why in words."""

    APPEND_ONLY = True

    class What(models.TextChoices):
        STAGE = "stage", _("Stage")
        CAP = "cap", _("Cap")
        STOP = "stop", _("Stopped")
        LIFT = "lift", _("Stop lifted")

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=10, choices=What)
    old = models.CharField(max_length=20, blank=True)
    new = models.CharField(max_length=20, blank=True)
    reason = models.TextField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField()


class Tuning(models.Model):
    """One parameter that a template's new version changed: why, by which metric, and what came of it."""

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="tunings")
    version = models.IntegerField()
    parameter = models.CharField(max_length=80)
    old = models.CharField(max_length=80, blank=True)
    new = models.CharField(max_length=80, blank=True)
    reason = models.TextField()
    metric = models.CharField(max_length=80)
    expected = models.TextField()
    actual = models.TextField(blank=True)
    actual_at = models.DateTimeField(null=True)
    tuned_by_id = models.BigIntegerField(null=True)
    tuned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "version", "parameter"], name="tuning_unique"),
            models.CheckConstraint(
                condition=Q(actual="", actual_at__isnull=True) | ~Q(actual="") & Q(actual_at__isnull=False),
                name="tuning_actual_has_its_time",
            ),
        ]


class Deal(models.Model):
    """One deal, pinned to a version of its scope's template. Amounts are minor units of `currency`.

    `held_minor` is H, the holdback the template asked for, not what is held now: that is a sum of transfers.
    `version` counts the moves: a move is a compare-and-set on it. The timers' instants stand here too, for
    lists; the timers themselves are tasks. `words` is what a list finds it by, in small letters.
    """

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="deals", db_index=False)
    template_version = models.IntegerField()
    state = models.CharField(max_length=10)
    version = models.IntegerField(default=0)
    reference = models.CharField(max_length=80, blank=True)
    item = models.CharField(max_length=200)
    buyer_name = models.CharField(max_length=120)
    buyer_reference = models.CharField(max_length=80, blank=True)
    seller_name = models.CharField(max_length=120)
    seller_reference = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    state_since = models.DateTimeField()
    funded_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    issue_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=24, blank=True)
    auto_approve_at = models.DateTimeField(null=True)
    dispute_due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=14, choices=Ending, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at", "id"], name="deal_by_created"),
            models.Index(fields=["scope", "created_at", "id"], name="deal_by_scope"),
            models.Index(fields=["scope", "state", "created_at", "id"], name="deal_by_state"),
            models.Index(
                fields=["reason", "created_at", "id"],
                condition=Q(issue_at__isnull=False),
                name="deal_by_reason",
            ),
            models.Index(
                fields=["ending", "created_at", "id"],
                condition=Q(settled_at__isnull=False),
                name="deal_by_ending",
            ),
            models.Index(fields=["dispute_due_at", "id"], condition=Q(state="ISSUE"), name="deal_in_issue"),
            models.Index(
                fields=["issue_at", "id"], condition=Q(issue_at__isnull=False), name="deal_by_issue"
            ),
            models.Index(
                fields=["settled_at", "id"], condition=Q(settled_at__isnull=False), name="deal_by_settled"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "reference"], condition=~Q(reference=""), name="deal_reference_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in lifecycle.State]), name="deal_state_known"
            ),
            models.CheckConstraint(
                condition=Q(total_minor__gt=0, held_minor__gte=0, held_minor__lte=F("total_minor")),
                name="deal_amounts",
            ),
            models.CheckConstraint(
                condition=Q(reason="", issue_at__isnull=True)
                | Q(reason__in=[reason.value for reason in lifecycle.Reason], issue_at__isnull=False),
                name="deal_reason_iff_issue",
            ),
            models.CheckConstraint(
                condition=Q(state="SETTLED", settled_at__isnull=False, ending__in=Ending.values)
                | ~Q(state="SETTLED") & Q(settled_at__isnull=True, ending=""),
                name="deal_settled_iff_settled",
            ),
            models.CheckConstraint(
                condition=~Q(state="ISSUE") | Q(dispute_due_at__isnull=False, issue_at__isnull=False),
                name="deal_issue_has_a_deadline",
            ),
        ]


class Transfer(models.Model):
    """One movement of a deal's money, from somebody to somebody: balanced by construction, never changed.

    `cause` says which part it is, so that the same one is never written twice: `total`, `immediate`,
    `holdback`, `ruling`, `ttl`.
    """

    APPEND_ONLY = True
    # What a deal's escrow gives out can't be more than what came in.
    REFUSE_INSERT_WHEN = (
        "NEW.from_party = 'escrow' AND NEW.amount_minor > (SELECT COALESCE(SUM("
        "CASE WHEN t.to_party = 'escrow' THEN t.amount_minor ELSE -t.amount_minor END), 0)"
        " FROM deals_transfer t WHERE t.deal_id = NEW.deal_id)"
    )

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="transfers")
    key = models.CharField(max_length=60, unique=True)
    action = models.CharField(max_length=8)
    cause = models.CharField(max_length=10)
    from_party = models.CharField(max_length=8)
    to_party = models.CharField(max_length=8)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(
                condition=Q(action="HOLD", from_party="buyer", to_party="escrow")
                | Q(action="RELEASE", from_party="escrow", to_party="seller")
                | Q(action__in=["REFUND", "OFFSET"], from_party="escrow", to_party="buyer"),
                name="transfer_legs",
            ),
        ]
