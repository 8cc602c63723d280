from django.db import models
from django.db.models import F, Q

from opsdesk.cases.models import Case
from opsdesk.deals.models import Deal, Scope


class Sweep(models.Model):
    """How far the sweep of the money ledger has come, and how it went last: one row.

    `minute` is the one it was last begun in, by whoever was first. What is newer than `transfer_id` and
    `ruling_id` has not been looked at yet. The others are how far the round through everything has come:
    `deal_after`, `ruling_after`, and `places` among the deals of a state, by state.
    """

    minute = models.DateTimeField()
    transfer_id = models.BigIntegerField()
    ruling_id = models.BigIntegerField()
    deal_after = models.BigIntegerField(default=0)
    ruling_after = models.BigIntegerField(default=0)
    places = models.JSONField(default=dict)
    swept_at = models.DateTimeField(null=True)
    took_ms = models.IntegerField(default=0)
    checked = models.IntegerField(default=0)
    round_began_at = models.DateTimeField()
    round_ended_at = models.DateTimeField(null=True)


class Fault(models.Model):
    """Something wrong with a deal's money or timers, from when it was first seen until it was gone."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="faults")
    kind = models.CharField(max_length=20)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "kind"], condition=Q(gone_at__isnull=True), name="fault_once"
            )
        ]


class Alarm(models.Model):
    """The SEV0 that faults of a scope opened. While its case is unresolved further faults open none."""

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="alarms")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="alarm")
    faults = models.IntegerField()
    raised_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scope", "-id"], name="alarm_by_scope")]


class Look(models.Model):
    """How the desks' findings were last looked at: one row. `number` counts the looks: each is the next one's
    compare-and-set. `slot` is what was last begun, by whoever was first."""

    slot = models.DateTimeField()
    number = models.IntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    took_ms = models.IntegerField(default=0)


class Standing(models.Model):
    """A finding that is red, or was: from when it was first seen so until another verdict was."""

    desk = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    red_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["desk", "-id"], name="standing_by_desk")]
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "key"], condition=Q(ended_at__isnull=True), name="standing_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("red_at")),
                name="standing_ends_after_it_begins",
            ),
        ]
