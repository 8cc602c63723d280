from typing import Any, ClassVar

from django.db import models
from django.db.models import Func, Q


class LaneName(models.TextChoices):
    DEADLINES = "deadlines"
    IO = "io"
    SOURCES = "sources"


class TaskState(models.TextChoices):
    ARMED = "armed"
    DONE = "done"
    CANCELLED = "cancelled"
    DEAD = "dead"


class ArmedAsLiteral(Func):
    """The state written into the statement: a bound parameter would hide the partial indexes from SQLite."""

    template = "'armed'"
    output_field: ClassVar["models.Field[Any, Any]"] = models.CharField()


class TaskQuerySet(models.QuerySet["Task"]):
    def armed(self) -> "TaskQuerySet":
        return self.filter(state=ArmedAsLiteral())


class Task(models.Model):
    """Something that must happen later.

    `due_at` is when it counts and never changes; `run_at` is when to try: it moves on failure, and to
    the end of a lease. `attempts` counts the failed tries, and the begun ones in the I/O lane.
    """

    kind = models.CharField(max_length=40)
    lane = models.CharField(max_length=10, choices=LaneName)
    unique_key = models.CharField(max_length=120, unique=True)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.ARMED)
    due_at = models.DateTimeField()
    run_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["kind", "run_at", "id"], condition=Q(state="armed"), name="task_armed_by_kind"
            ),
            models.Index(
                fields=["subject_kind", "subject_id", "due_at"],
                condition=Q(state="armed"),
                name="task_armed_by_subject",
            ),
            models.Index(
                fields=["lane", "run_at"],
                condition=(Q(state="armed") & ~Q(last_error="")) | Q(state="dead"),
                name="task_in_trouble",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, state__in=["armed", "dead"])
                | Q(finished_at__isnull=False, state__in=["done", "cancelled"]),
                name="task_finished_iff_done",
            ),
            models.CheckConstraint(condition=Q(attempts__gte=0), name="task_attempts_not_negative"),
        ]


class Lane(models.Model):
    """The sign of life of one lane of one worker; a source's lane is `sources/` and its name."""

    worker = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "name"], name="lane_unique")]


class HouseHoliday(models.Model):
    """A day the house is closed, beside a country's holidays."""

    calendar = models.CharField(max_length=80)
    on = models.DateField()
    name = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "on"],
                condition=Q(withdrawn_at__isnull=True),
                name="house_holiday_unique",
            )
        ]
