from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.people.models import Person
from opsdesk.vault.models import Blob


class Review(models.Model):
    """The document of a desk and a period as it was written: an edition, never changed.

    `made_by` empty: the system.
    """

    APPEND_ONLY = True

    desk = models.CharField(max_length=40)
    since = models.DateTimeField()
    until = models.DateTimeField()
    edition = models.IntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["desk", "-until", "since", "-edition"], name="review_by_desk")]
        constraints = [
            models.UniqueConstraint(fields=["desk", "since", "until", "edition"], name="review_edition_once"),
            models.CheckConstraint(condition=Q(edition__gte=1), name="review_edition_from_1"),
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="review_period_runs_forward"),
        ]


class ReviewNote(models.Model):
    """A meeting note attached to a review: Markdown, its bytes in the vault. A title may be erased."""

    class Source(models.TextChoices):
        MARKDOWN = "markdown", _("Markdown")
        GRANOLA = "granola", _("Granola")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="notes")
    title = models.CharField(max_length=200, blank=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=20, choices=Source)
    added_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "blob"], name="review_note_once"),
            models.CheckConstraint(
                condition=Q(source__in=["markdown", "granola"]), name="review_note_source_known"
            ),
        ]


class Point(models.Model):
    """What a review found to be so, or to be done. It stays until somebody closes or drops it.

    `revision` counts its changes: each is the next one's compare-and-set. `note` and `line`: out of which
    line of which note it was taken. Words are only empty where they were erased.
    """

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("Problem")
        ACTION = "action", _("Action")
        WORKS = "works", _("What works")
        DOESNT = "doesnt", _("What does not")
        WOULD_HELP = "would_help", _("What would help")

    class Tag(models.TextChoices):
        PEOPLE = "people", _("People")
        TOOLS = "tools", _("Tools")
        PROCESS = "process", _("Process")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    desk = models.CharField(max_length=40)
    opened_in = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="points")
    kind = models.CharField(max_length=12, choices=Kind)
    tag = models.CharField(max_length=8, choices=Tag, blank=True)
    words = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_in = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.ForeignKey(ReviewNote, null=True, on_delete=models.PROTECT, related_name="points")
    line = models.IntegerField(null=True)
    revision = models.IntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["desk", "state", "id"], name="point_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["opened_in", "kind", "words"], condition=~Q(words=""), name="point_said_once"
            ),
            models.UniqueConstraint(
                fields=["note", "line"], condition=Q(note__isnull=False), name="point_of_a_line_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["problem", "action", "works", "doesnt", "would_help"]),
                name="point_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(tag__in=["people", "tools", "process"])
                | Q(tag="", kind__in=["works", "doesnt", "would_help"]),
                name="point_tag_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_in__isnull=True)
                | Q(state__in=["done", "dropped"], closed_at__isnull=False),
                name="point_closed_when_done",
            ),
            models.CheckConstraint(
                condition=Q(note__isnull=True, line__isnull=True) | Q(note__isnull=False, line__isnull=False),
                name="point_of_a_line_of_a_note",
            ),
        ]


class Subscription(models.Model):
    """Who gets a desk's digests by mail, since when."""

    class Kind(models.TextChoices):
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="digest_subscriptions")
    desk = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "desk", "kind"], name="subscription_once"),
            models.CheckConstraint(condition=Q(kind__in=["daily", "weekly"]), name="subscription_kind_known"),
        ]


class Digest(models.Model):
    """What a desk's digest of a day or a week said when it was made: never changed."""

    APPEND_ONLY = True

    desk = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Subscription.Kind)
    since = models.DateTimeField()
    until = models.DateTimeField()
    made_at = models.DateTimeField()
    document = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "kind", "until"], name="digest_once"),
            models.CheckConstraint(condition=Q(kind__in=["daily", "weekly"]), name="digest_kind_known"),
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="digest_period_runs_forward"),
        ]
