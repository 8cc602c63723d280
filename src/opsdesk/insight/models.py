from django.db import models
from django.db.models import F, Q

from opsdesk.insight.limits import Direction


class Threshold(models.Model):
    """The limits of one number of a desk from a day on; the newest that has begun counts. Never changed.

    `country` and `category` narrow it to a scope; empty: every one. `healthy`, `red` and `note` are
    thousandths of the number's unit; without them the wider threshold holds again.
    """

    APPEND_ONLY = True

    desk = models.CharField(max_length=40)
    key = models.CharField(max_length=40)
    country = models.CharField(max_length=2, blank=True)
    category = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Direction])
    healthy = models.BigIntegerField(null=True)
    red = models.BigIntegerField(null=True)
    note = models.BigIntegerField(null=True)
    holds_from = models.DateField()
    set_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["desk", "holds_from", "id"], name="threshold_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction__in=[each.value for each in Direction]),
                name="threshold_direction_known",
            ),
            models.CheckConstraint(
                condition=Q(healthy__isnull=True, red__isnull=True, note__isnull=True)
                | Q(healthy__isnull=False, red__isnull=False)
                & (
                    Q(direction__in=["at least", "above"], healthy__gte=F("red"), red__gte=0)
                    | Q(direction__in=["at most", "below"], healthy__lte=F("red"), healthy__gte=0)
                ),
                name="threshold_limits_in_order",
            ),
        ]
