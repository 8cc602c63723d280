from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.models import Case
from opsdesk.deals import lifecycle
from opsdesk.deals.models import Deal, Scope
from opsdesk.people.models import Person
from opsdesk.vault.models import Blob


class Kind(models.TextChoices):
    """What a file of evidence is."""

    PHOTO = "PHOTO", _("Photo")
    VIDEO = "VIDEO", _("Video")
    REPORT = "REPORT", _("Report")
    DOCUMENT = "DOCUMENT", _("Document")


class Basis(models.TextChoices):
    RULING = "ruling", _("Ruled by an operator")
    TTL = "ttl", _("Nobody ruled in time")


class Dispute(models.Model):
    """The dispute of a deal's issue: its case, what the one who raised it said, and its deadline.

    A deal has at most one: an issue is raised once. `decided_at` is when it was ruled or ran out.
    `scope` is the deal's, here for lists.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="dispute")
    deal = models.OneToOneField(Deal, on_delete=models.PROTECT, related_name="dispute")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=24)
    text = models.TextField(blank=True)
    raised_by_kind = models.CharField(max_length=10)
    raised_by_id = models.BigIntegerField(null=True)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(decided_at__isnull=True), name="dispute_open_by_due"
            ),
            models.Index(
                fields=["scope", "due_at", "id"],
                condition=Q(decided_at__isnull=True),
                name="dispute_open_of_scope",
            ),
            models.Index(
                fields=["-decided_at", "-id"],
                condition=Q(decided_at__isnull=False),
                name="dispute_by_decided",
            ),
            models.Index(fields=["raised_at", "id"], name="dispute_by_raised"),
            models.Index(fields=["due_at", "id"], name="dispute_by_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in lifecycle.Reason]),
                name="dispute_reason_known",
            ),
            models.CheckConstraint(
                condition=~Q(reason="OTHER") | ~Q(text=""), name="dispute_other_has_a_text"
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("raised_at")), name="dispute_due_after_raised"),
        ]


class Evidence(models.Model):
    """A file about a deal, tied to an item of its checklist or to none. Its bytes lie in the vault.

    Files come before the issue or after it; once the dispute is decided nothing is added or taken away.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="evidence")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    media_type = models.CharField(max_length=100)
    item = models.CharField(max_length=40, blank=True)
    added_by_kind = models.CharField(max_length=10)
    added_by_id = models.BigIntegerField(null=True)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["deal", "id"], name="evidence_by_deal")]
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "blob", "item"], condition=Q(withdrawn_at__isnull=True), name="evidence_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="evidence_kind_known"),
        ]


class Waiver(models.Model):
    """A required item that somebody let go, and why."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="waivers")
    item = models.CharField(max_length=40)
    reason = models.TextField()
    waived_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    waived_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "item"], condition=Q(withdrawn_at__isnull=True), name="waiver_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
        ]


class Ruling(models.Model):
    """How a dispute ended: apart from the transfers, with which it must agree.

    Amounts are minor units of the deal's currency: to the buyer as what the outcome says, to the seller
    the rest. `replacement` says what is to come and by when. A ruling of the deadline has no person.
    """

    APPEND_ONLY = True

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="ruling")
    basis = models.CharField(max_length=8, choices=Basis)
    outcome = models.CharField(max_length=16)
    to_buyer_minor = models.BigIntegerField()
    to_seller_minor = models.BigIntegerField()
    reason = models.TextField(blank=True)
    replacement = models.TextField(blank=True)
    second_look = models.BooleanField(default=False)
    evidence_complete = models.BooleanField()
    ruled_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ruled_at", "id"], name="ruling_by_ruled")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in lifecycle.Outcome]),
                name="ruling_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(to_buyer_minor__gte=0, to_seller_minor__gte=0), name="ruling_amounts"
            ),
            models.CheckConstraint(
                condition=Q(basis="ttl", ruled_by__isnull=True)
                | Q(basis="ruling", ruled_by__isnull=False) & ~Q(reason=""),
                name="ruling_by_a_person_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="REPLACEMENT") | ~Q(replacement=""), name="ruling_replacement_says_what"
            ),
        ]
