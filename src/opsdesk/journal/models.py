from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


class CurrentTransaction(models.Func):
    """The running transaction's number where the engine has one (PostgreSQL), else 0."""

    output_field = models.BigIntegerField()

    template = "0"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        return "(pg_current_xact_id()::text::bigint)", []


class Entry(models.Model):
    """One fact, never changed: who did what to which subject, and when it happened in the world.

    `payload` holds ids and codes only, never text a person wrote: what is redacted elsewhere
    need not be hunted down here.
    """

    APPEND_ONLY = True

    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    xact = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="entry_by_subject"),
            models.Index(fields=["xact", "id"], name="entry_by_xact"),
            models.Index(fields=["kind", "id"], name="entry_by_kind"),
        ]


class Generation(models.Model):
    """One unbroken run of the change sequence. A restored database starts another.

    Entries up to `base_entry_id` were there when it began and count as visible, whatever
    transaction number an earlier cluster gave them.
    """

    APPEND_ONLY = True

    system_identifier = models.CharField(max_length=40)
    reason = models.CharField(
        max_length=20, choices=[("first", "first"), ("restored", "restored"), ("moved", "moved")]
    )
    base_entry_id = models.BigIntegerField()
    started_at = models.DateTimeField()


class IdempotencyKey(models.Model):
    """A key under which a program or a person's form asked for something, and the answer it got.

    `fingerprint` is the digest of what it asked. Without `status` it is being done, by the try that began at
    `tried_at`; `owner_id` is the program's token or the person, whose keys never look like a program's:
    they hold a blank. Kept for a while, then swept.
    """

    owner_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tried_at = models.DateTimeField()
    attempt = models.IntegerField(default=1)
    status = models.SmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["made_at", "id"], name="idempotency_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "key"], name="idempotency_once"),
            models.CheckConstraint(
                condition=models.Q(status__isnull=True, answered_at__isnull=True)
                | models.Q(status__isnull=False, answered_at__isnull=False),
                name="idempotency_answered_with_its_time",
            ),
        ]
