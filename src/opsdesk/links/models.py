from typing import Any, ClassVar

from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _


class QueuedAsLiteral(Func):
    """The state written into the statement: a bound parameter would hide the partial index from SQLite."""

    template = "'queued'"
    output_field: ClassVar["models.Field[Any, Any]"] = models.CharField()


class WaitingAsLiteral(Func):
    """The same of what waits."""

    template = "'waiting'"
    output_field: ClassVar["models.Field[Any, Any]"] = models.CharField()


class Endpoint(models.Model):
    """Where the outside is told of deal events.

    `secret` is sealed by the master key, as is `old_secret`, which signs beside it until `old_secret_until`.
    No `kinds`: all of them; no `scopes`: every scope. While it is off its deliveries are queued.
    """

    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    secret = models.TextField(blank=True)
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True)
    kinds = models.JSONField(default=list)
    scopes = models.JSONField(default=list)
    is_on = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    added_by_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(removed_at__isnull=True), name="endpoint_name_unique"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=False) | ~Q(secret=""), name="endpoint_has_a_secret"
            ),
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until__isnull=True)
                | ~Q(old_secret="") & Q(old_secret_until__isnull=False),
                name="endpoint_old_secret_ends",
            ),
        ]


class Position(models.Model):
    """How far the change sequence has been told on: one row, made with the first endpoint."""

    generation = models.BigIntegerField()
    xact = models.BigIntegerField()
    entry_id = models.BigIntegerField()


class Delivery(models.Model):
    """One event for one endpoint, with the very bytes that are sent.

    *Queued*: given to the worker once the endpoint is on. *Waiting*: its task is armed, `next_at` is when.
    *Held*: a backup was restored and nobody knows whether it was sent. A test has no entry and no deal.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Given up")
        HELD = "held", _("Held")
        DROPPED = "dropped", _("Dropped")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    entry_id = models.BigIntegerField(null=True)
    deal_id = models.BigIntegerField(null=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    tries = models.IntegerField(default=0)
    status = models.IntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["endpoint", "next_at", "id"], condition=Q(state="waiting"), name="delivery_waiting"
            ),
            models.Index(fields=["endpoint", "id"], condition=Q(state="queued"), name="delivery_queued"),
            models.Index(fields=["endpoint", "state", "id"], name="delivery_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "waiting", "delivered", "dead", "held", "dropped"],
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="delivery_has_its_time"
            ),
        ]


class Attempt(models.Model):
    """One try: what the server answered, or why there was no answer. `answer`: its first characters.

    It goes with its delivery, and with nothing else.
    """

    APPEND_ONLY = True
    MAY_DELETE_WHEN = "NOT EXISTS (SELECT 1 FROM links_delivery WHERE id = OLD.delivery_id)"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    tried_at = models.DateTimeField()
    took_ms = models.IntegerField()
    status = models.IntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"], name="attempt_by_delivery")]
