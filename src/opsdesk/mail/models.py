from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from opsdesk.cases.models import Case
from opsdesk.people.models import Person
from opsdesk.vault.models import Blob


class Outcome(models.TextChoices):
    """What became of an arrival. Empty: in hand, the second step not done."""

    REQUESTS = "requests", _("Became requests")
    JOINED = "joined", _("Joined")
    SET_ASIDE = "set_aside", _("Set aside")
    DUPLICATE = "duplicate", _("Duplicate")
    QUARANTINED = "quarantined", _("Quarantined")


class Source(models.Model):
    """Where mail comes from. Mail received before `start_at` is history and opens nothing."""

    class Kind(models.TextChoices):
        FILES = "files", _("Files")
        FORM = "form", _("Form")
        IMAP = "imap", _("Mailbox (IMAP)")
        SMTP = "smtp", _("Mail server of the desk (SMTP)")
        WEBHOOK = "webhook", _("Webhook")

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    desk = models.CharField(max_length=40)
    start_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    token_digest = models.CharField(max_length=64, blank=True, default="")
    closed_at = models.DateTimeField(null=True)


class Thread(models.Model):
    """Messages that answer one another."""

    created_at = models.DateTimeField()
    joined_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")


class ThreadJoin(models.Model):
    """That a message made one thread part of another, and what moved: for undoing it.

    The two stay apart once undone: later mail that names ids of both joins its parent's thread alone.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="joins")
    into = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("Message", null=True, on_delete=models.PROTECT, related_name="+")
    message_ids = models.JSONField(default=list)
    key_ids = models.JSONField(default=list)
    joined_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["thread"], condition=Q(undone_at__isnull=False), name="thread_join_undone")
        ]


class ThreadKey(models.Model):
    """A Message-ID seen or referenced, and the thread it belongs to."""

    message_id = models.CharField(max_length=250, unique=True)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="keys")


class Message(models.Model):
    """An e-mail as it is, never changed but for the state of its delivery.

    `identity` is what makes two deliveries the same message: Message-ID and content digest, or the
    digest of the raw bytes where there is no usable id.
    """

    class Direction(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")

    class Delivery(models.TextChoices):
        NONE = "", _("Received")
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    direction = models.CharField(max_length=3, choices=Direction)
    identity = models.CharField(max_length=330, unique=True)
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=250, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    subject = models.CharField(max_length=1000, blank=True)
    text = models.TextField(blank=True)
    has_html = models.BooleanField(default=False)
    machine = models.CharField(max_length=20, blank=True)
    dated_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    automatic = models.BooleanField(default=False)
    delivery = models.CharField(max_length=10, choices=Delivery, blank=True)
    delivered_at = models.DateTimeField(null=True)
    delivery_problem = models.TextField(blank=True, default="", db_default="")
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["thread", "received_at", "id"], name="message_by_thread"),
            models.Index(fields=["from_address", "received_at"], name="message_by_sender"),
            models.Index(fields=["id"], condition=Q(delivery="failed"), name="message_failed"),
            models.Index(
                fields=["delivered_at"], condition=Q(delivered_at__isnull=False), name="message_delivered"
            ),
        ]


class Bounce(models.Model):
    """That a message of ours did not reach somebody, as a machine reported."""

    outgoing = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="bounces")
    report = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    recipient = models.CharField(max_length=254, blank=True)
    status = models.CharField(max_length=20, blank=True)
    permanent = models.BooleanField()
    detail = models.CharField(max_length=1000, blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outgoing", "report", "recipient"], name="bounce_once")
        ]


class ProposalAnswer(models.Model):
    """What was said to the proposed split of a message; no row: nobody has answered yet."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("One request")

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="proposal_answer")
    answer = models.CharField(max_length=10, choices=Answer)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()


class ReplyTemplate(models.Model):
    """A text to begin a reply with; `{name}` and the like are filled in from the case."""

    desk = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    text = models.TextField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "name"], condition=Q(removed_at__isnull=True), name="reply_template_unique"
            )
        ]


class Retention(models.Model):
    """How long a desk keeps the words of mail, decided at an instant; the newest decision holds.

    `keep_days` None: for ever.
    """

    desk = models.CharField(max_length=40)
    keep_days = models.IntegerField(null=True)
    decided_at = models.DateTimeField()


class Part(models.Model):
    """A part of a message's raw bytes that is a file: where it lies in the MIME tree, not a copy."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="parts")
    path = models.CharField(max_length=60)
    filename = models.CharField(max_length=250, blank=True)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "path"], name="part_path_unique")]


# When an arrival reached the server: of what nobody has read yet, when it was stored.
CAME_AT = Coalesce("received_at", "recorded_at")


class Arrival(models.Model):
    """One coming of raw bytes from a source, with its one current outcome."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="arrivals")
    mailbox = models.CharField(max_length=190, blank=True)
    uidvalidity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=400, blank=True)
    envelope = models.TextField(null=True)  # noqa: DJ001 - none came with it, as most sources tell none
    received_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    sorted_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="arrivals")

    class Meta:
        indexes = [
            models.Index("outcome", CAME_AT.desc(), F("id").desc(), name="arrival_by_outcome"),
            models.Index(CAME_AT.desc(), F("id").desc(), name="arrival_newest"),
            models.Index(fields=["received_at"], name="arrival_by_received"),
            models.Index(fields=["id"], condition=Q(outcome=""), name="arrival_in_hand"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "mailbox", "uidvalidity", "uid"],
                condition=Q(uid__isnull=False),
                name="arrival_uid_unique",
            ),
            models.UniqueConstraint(
                fields=["source", "blob"], condition=Q(uid__isnull=True), name="arrival_digest_unique"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", sorted_at__isnull=True) | ~Q(outcome="") & Q(sorted_at__isnull=False),
                name="arrival_sorted_iff_outcome",
            ),
        ]


class CaseMessage(models.Model):
    """That a message belongs to a case, and how; a span when only part of it does."""

    class How(models.TextChoices):
        OPENED = "opened", _("Opened the case")
        JOINED = "joined", _("Joined the case")
        SPLIT = "split", _("Split off")
        MOVED = "moved", _("Moved here")
        REPLY = "reply", _("Our reply")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_messages")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="case_messages")
    how = models.CharField(max_length=10, choices=How)
    span_start = models.IntegerField(null=True)
    span_end = models.IntegerField(null=True)
    which_request = models.BooleanField(default=False)
    linked_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="case_message_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_end__gt=models.F("span_start")),
                name="case_message_span",
            ),
            models.UniqueConstraint(
                fields=["case", "message"],
                condition=Q(removed_at__isnull=True, span_start__isnull=True),
                name="case_message_once",
            ),
        ]
