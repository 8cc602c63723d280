from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.models import Case


class Import(models.Model):
    """One file brought in under one map: what was asked, how far it is, what came of it.

    `position`: how many of the sorted events are behind it; it moves in the transaction that writes their
    cases, by compare-and-set. `origin` names the other tool: with its own id a case is known again.
    `indexed_to`: the last case that can be searched for.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being mapped")
        READING = "reading", _("Being read")
        WRITING = "writing", _("Being written")
        DONE = "done", _("In the numbers")
        WITHDRAWING = "withdrawing", _("Being withdrawn")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RETURNING = "returning", _("Being put back")
        FAILED = "failed", _("Not readable")

    desk = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=State)
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    file_bytes = models.BigIntegerField()
    stored = models.BooleanField(default=False)
    map = models.TextField(blank=True)
    map_digest = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    placed = models.BooleanField(default=False)
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    bytes_read = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    rows_aside = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    cases = models.BigIntegerField(default=0)
    stays = models.BigIntegerField(default=0)
    still_open = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    unmatched = models.JSONField(default=dict)
    indexed_to = models.BigIntegerField(default=0)
    indexed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["file_digest"], name="import_by_file")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(map="") & ~Q(origin=""), name="import_has_a_map"
            ),
            models.CheckConstraint(condition=Q(position__lte=models.F("events")), name="import_position"),
        ]


class Origin(models.Model):
    """Where an imported case comes from. `fingerprint` is of its events: another one says that they changed.

    `stands`: it is in the numbers; of the same case of the same tool only one stands.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="origin")
    imported = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="origins")
    desk = models.CharField(max_length=40)
    tool = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.BigIntegerField()
    stands = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "tool", "key"], condition=Q(stands=True), name="origin_stands_once"
            )
        ]


class RowAside(models.Model):
    """A row of a file that fits nowhere, the `number`th of it, as it stands there on its line, and why."""

    imported = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="aside")
    number = models.BigIntegerField()
    line = models.BigIntegerField()
    words = models.TextField()
    why = models.CharField(max_length=200)
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="row_aside_once")]


class Piece(models.Model):
    """A part of an uploaded file, in order from 0; all of them go when its cases are written."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "number"], name="piece_once")]
